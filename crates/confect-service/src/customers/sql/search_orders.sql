select
    o.customer_id, v.country, v.loyalty_tier, cast(null as varchar) as segment, v.last_purchase_date, v.frequency, v.monetary, cast(null as decimal(18, 4)) as clv_12m,
    min(o.order_no) as order_no
from customer_orders as o
inner join single_customer_view as v on v.customer_id = o.customer_id
where starts_with(lower(o.order_no), {search})
group by o.customer_id, v.country, v.loyalty_tier, v.last_purchase_date, v.frequency, v.monetary
order by order_no, o.customer_id
limit {limit}
