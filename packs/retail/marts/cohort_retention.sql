-- Orders with what is known of the first order of their customer: its country, channel, and the article that
-- most was paid for.
with clock as (
    -- The month in progress would look like one in which nobody came back.
    select s.whole_months_to as as_of_date from settings as s
),

orders as (
    select o.* from customer_orders as o
    cross join clock as k
    where o.order_date < k.as_of_date
),

firsts as (
    select
        o.customer_id,
        first_value(o.order_no order by o.order_date, o.order_no) as order_no
    from orders as o
    where o.is_purchase
    group by o.customer_id
),

first_lines as (
    select
        f.customer_id,
        first_value(f.product_key order by f.is_merchandise desc, f.revenue desc, f.product_key) as product_key,
        min(f.country_key) as country_key,
        min(f.channel) as channel
    from fact_sales as f
    inner join firsts as i on i.customer_id = f.customer_id and i.order_no = f.invoice_no
    group by f.customer_id
),

labels as (
    select
        l.customer_id,
        c.country as first_country,
        l.channel as first_channel,
        p.stock_code as first_article,
        p.category as first_category
    from first_lines as l
    inner join dim_country as c on c.country_key = l.country_key
    inner join dim_product as p on p.product_key = l.product_key
)

select
    o.customer_id,
    o.sole_country_key,
    o.order_date,
    o.is_purchase,
    o.revenue,
    o.margin_amount,
    k.as_of_date,
    l.first_country,
    l.first_channel,
    l.first_article,
    l.first_category
from orders as o
left join labels as l on l.customer_id = o.customer_id
cross join clock as k
