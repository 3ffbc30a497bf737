select
    order_no, order_date, is_purchase, revenue, margin_amount, units, lines, channel,
    count(*) over () as orders_total
from customer_orders
where customer_id = {id}
order by order_date desc, order_no desc
limit {limit}
