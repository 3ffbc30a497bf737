-- Sold merchandise by article, day and price; the method finds the list prices that changed.
with sold as (
    select
        a.stock_code,
        a.invoice_date as day,
        a.unit_price,
        sum(a.lines) as lines,
        sum(a.quantity) as quantity
    from settings as k
    cross join stg_article_days as a
    where a.invoice_date < k.whole_months_to
    group by a.stock_code, a.invoice_date, a.unit_price
)

select
    s.stock_code,
    p.category,
    s.day,
    s.unit_price,
    s.lines,
    s.quantity,
    t.last_day
from (select max(day) as last_day from sold) as t
cross join sold as s
left join dim_product as p on p.stock_code = s.stock_code and p.is_current
