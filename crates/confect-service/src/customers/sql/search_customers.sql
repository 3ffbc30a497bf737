select customer_id, country, loyalty_tier, cast(null as varchar) as segment, last_purchase_date, frequency, monetary, cast(null as decimal(18, 4)) as clv_12m, cast(null as varchar) as order_no
from single_customer_view
where starts_with(lower(customer_id), {search})
order by {order}
limit {limit}
