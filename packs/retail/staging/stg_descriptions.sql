-- Texts under which articles were written, and how often of late.
with latest as (
    select cast(date_trunc('month', max(m.last_date)) - interval '11 months' as date) as from_month
    from stg_description_months as m
)

select
    m.stock_code,
    m.description,
    coalesce(sum(m.sale_lines) filter (where m.month >= t.from_month), 0) as sale_lines,
    sum(m.lines) as lines,
    max(m.last_date) as last_date
from latest as t
cross join stg_description_months as m
where m.description is not null
group by m.stock_code, m.description
