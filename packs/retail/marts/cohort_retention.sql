-- Orders with what is known of the first order of their customer: its country, channel, and the article that
-- most was paid for.
with clock as (
    -- The month in progress would look like one in which nobody came back.
    select s.whole_months_to as as_of_date from settings as s
),

orders as (
    -- One row first: a cross join goes through its left side row by row.
    select o.* from clock as k
    cross join customer_orders as o
    where o.order_date < k.as_of_date
),

firsts as (
    select n.customer_id, n.order_no
    from (
        select
            o.customer_id,
            o.order_no,
            row_number() over (partition by o.customer_id order by o.order_date, o.order_no) as place
        from orders as o
        where o.is_purchase
    ) as n
    where n.place = 1
),

first_lines as (
    select n.customer_id, n.product_key, n.country_key, n.channel
    from (
        select
            f.customer_id,
            f.product_key,
            min(f.country_key) over (partition by f.customer_id) as country_key,
            min(f.channel) over (partition by f.customer_id) as channel,
            row_number() over (
                partition by f.customer_id order by f.is_merchandise desc, f.revenue desc, f.product_key
            ) as place
        -- The few first orders stand first: the join keeps that side in memory.
        from firsts as i
        inner join fact_sales as f on i.customer_id = f.customer_id and i.order_no = f.invoice_no
    ) as n
    where n.place = 1
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
from clock as k
cross join orders as o
left join labels as l on l.customer_id = o.customer_id
