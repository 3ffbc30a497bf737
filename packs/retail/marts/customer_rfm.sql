-- What the scores are made of. A project's copy of this file may leave out returns, or whole kinds of orders.
with clock as (
    select
        coalesce(max(s.as_of), max(f.day)) as as_of_date,
        -- What came back after the last sale counts on the day of that sale, so that nothing is forgotten.
        case when max(s.as_of) is null then cast(max(f.day) - interval '1 day' as date) end as last_day
    from settings as s
    cross join (select cast(max(invoice_date) + interval '1 day' as date) as day from stg_orders where kind = 'sales') as f
)

select
    o.customer_id,
    o.sole_country_key,
    least(o.order_date, coalesce(k.last_day, o.order_date)) as order_date,
    o.is_purchase,
    o.revenue,
    k.as_of_date
from clock as k
cross join customer_orders as o
