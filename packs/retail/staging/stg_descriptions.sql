-- Texts under which articles were written, and how often of late.
with latest as (select max(invoice_date) as day from stg_sale_lines)

select
    l.stock_code,
    l.description,
    count(*) filter (where l.line_bucket = 'sales' and l.invoice_date > t.day - interval '1 year') as sale_lines,
    count(*) as lines,
    max(l.invoice_date) as last_date
from stg_sale_lines as l
cross join latest as t
where l.description is not null
group by l.stock_code, l.description
