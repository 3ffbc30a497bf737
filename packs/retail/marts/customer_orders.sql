-- What the methods on customers read, and the history of one customer. A return is a row of its own on the day
-- it came back, so that last month's history never changes; its margin is what was lost with it.
with booked as (
    select
        o.customer_id,
        o.invoice_no as order_no,
        o.kind = 'sales' as is_purchase,
        min(o.invoice_date) as order_date,
        sum(case when o.kind = 'sales' then o.revenue else -o.revenue end) as revenue,
        sum(case when o.kind = 'sales' then o.margin_amount else -o.margin_amount end) as margin_amount,
        sum(case when o.kind = 'sales' then o.units else -o.units end) as units,
        sum(o.lines) as lines,
        min(o.channel) as channel,
        case when min(surrogate_key(o.store_id)) = max(surrogate_key(o.store_id)) then min(surrogate_key(o.store_id)) else 0 end as store_key
    from stg_orders as o
    where o.customer_id is not null and o.kind in ('sales', 'returns')
    group by o.customer_id, o.invoice_no, o.kind = 'sales'
)

select
    b.customer_id,
    b.order_no,
    b.order_date,
    b.is_purchase,
    b.revenue,
    b.margin_amount,
    b.units,
    b.lines,
    b.channel,
    d.sole_country_key,
    b.store_key
from booked as b
inner join stg_customer_homes as d on d.customer_id = b.customer_id
