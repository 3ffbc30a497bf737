-- Postings. `result_amount` says what a posting does to the profit: costs lower it, other income raises it.
select
    e.entry_id,
    e.posted_date,
    e.account,
    e.statement_line,
    e.amount,
    case when e.account = 'other_income' then e.amount else -e.amount end as result_amount,
    e.store_id,
    e.delivery_count,
    date_key(e.posted_date) as date_key,
    surrogate_key(e.store_id) as store_key,
    e.source_file,
    e.source_line
from stg_ledger_entries as e
