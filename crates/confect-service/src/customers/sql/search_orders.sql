select
    o.customer_id, v.country, v.loyalty_tier, v.rfm_segment as segment, v.last_purchase_date, v.frequency, v.monetary, v.clv_12m,
    min(o.order_no) as order_no
from customer_orders as o
inner join single_customer_view as v on v.customer_id = o.customer_id
where starts_with(lower(o.order_no), {search})
group by 1, 2, 3, 4, 5, 6, 7, 8
order by order_no, o.customer_id
limit {limit}
