-- What the methods on customers read, and the history of one customer. A return is a row of its own on the day
-- it came back, so that last month's history never changes; its margin is what was lost with it.
with booked as (
    select
        f.customer_id,
        f.invoice_no as order_no,
        true as is_purchase,
        min(f.invoice_date) as order_date,
        sum(f.revenue) as revenue,
        sum(f.margin_amount) as margin_amount,
        sum(case when f.is_merchandise then f.quantity else 0 end) as units,
        count(*) as lines,
        min(f.channel) as channel,
        case when min(f.store_key) = max(f.store_key) then min(f.store_key) else 0 end as store_key
    from fact_sales as f
    where f.customer_id is not null
    group by f.customer_id, f.invoice_no
    union all
    select
        r.customer_id,
        r.invoice_no,
        false,
        min(r.invoice_date),
        -sum(r.revenue),
        -sum(r.margin_amount),
        -sum(case when r.is_merchandise then r.quantity else 0 end),
        count(*),
        min(r.channel),
        case when min(r.store_key) = max(r.store_key) then min(r.store_key) else 0 end
    from fact_returns as r
    where r.customer_id is not null
    group by r.customer_id, r.invoice_no
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
inner join dim_customer as d on d.customer_id = b.customer_id and d.is_current
