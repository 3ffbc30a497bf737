-- Texts under which articles were written, by month.
select
    l.stock_code,
    l.description,
    cast(date_trunc('month', l.invoice_date) as date) as month,
    count(*) filter (where l.line_bucket = 'sales') as sale_lines,
    count(*) as lines,
    max(l.invoice_date) as last_date,
    bool_and(l.is_merchandise) as is_merchandise
from stg_sale_lines as l
group by l.stock_code, l.description, cast(date_trunc('month', l.invoice_date) as date)
