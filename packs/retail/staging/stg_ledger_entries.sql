-- Postings, each with its line of the profit and loss statement. One that is delivered again with other
-- values is replaced: an entry names each account of a shop once.
select
    e.entry_id,
    e.account,
    e.store_id,
    last_value(e.posted_date order by e.source_file, e.source_line) as posted_date,
    last_value(e.amount order by e.source_file, e.source_line) as amount,
    case
        when e.account in ('payroll', 'rent', 'utilities', 'marketing', 'admin') then 'operating_expense'
        when e.account in ('payment_fees', 'delivery', 'packaging') then 'variable_cost'
        else e.account
    end as statement_line,
    count(*) as delivery_count,
    last_value(e.source_file order by e.source_file, e.source_line) as source_file,
    last_value(e.source_line order by e.source_file, e.source_line) as source_line
from source_ledger_entries as e
group by e.entry_id, e.account, e.store_id
