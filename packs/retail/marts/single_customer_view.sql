-- The one row that marketing reads. Recency counts from the day after the last sale, never from
-- today's clock, so that yesterday's answer can be had again.
-- Only what a customer's own lines say: a viewer of one country reads these rows, and a score or a value that
-- comes from all customers would tell it about the others. Those are in customer_rfm, customer_value, customer_signals.
with clock as (
    select coalesce(max(s.as_of), max(f.day)) as as_of_date
    from settings as s
    cross join (select cast(max(invoice_date) + interval '1 day' as date) as day from stg_orders where kind = 'sales') as f
),

bought as (
    select
        o.customer_id,
        min(o.order_date) as first_purchase_date,
        max(o.order_date) as last_purchase_date,
        count(*) as frequency,
        count(distinct o.order_date) as order_days,
        sum(o.revenue) as sales_amount,
        sum(o.units) as units,
        sum(o.margin_amount) as margin_amount
    from customer_orders as o
    where o.is_purchase
    group by o.customer_id
),

returned as (
    select
        o.customer_id,
        -sum(o.revenue) as returns_amount,
        -sum(o.units) as returned_units,
        -sum(o.margin_amount) as margin_amount
    from customer_orders as o
    where not o.is_purchase
    group by o.customer_id
)

select
    b.customer_id,
    d.customer_key,
    d.country,
    d.sole_country_key,
    d.loyalty_tier,
    k.as_of_date,
    b.first_purchase_date,
    b.last_purchase_date,
    cast(date_trunc('month', b.first_purchase_date) as date) as cohort_month,
    cast(cast(k.as_of_date as int) - cast(b.last_purchase_date as int) as bigint) as recency_days,
    b.frequency,
    b.sales_amount - coalesce(r.returns_amount, 0) as monetary,
    b.sales_amount,
    coalesce(r.returns_amount, 0) as returns_amount,
    b.units,
    coalesce(r.returned_units, 0) as returned_units,
    cast(cast(b.sales_amount - coalesce(r.returns_amount, 0) as decimal(28, 8)) / b.frequency as decimal(18, 4)) as average_order_value,
    b.margin_amount - coalesce(r.margin_amount, 0) as margin_amount,
    cast(cast(k.as_of_date as int) - cast(b.first_purchase_date as int) as bigint) as tenure_days,
    case
        when b.order_days > 1
            then cast(cast(cast(b.last_purchase_date as int) - cast(b.first_purchase_date as int) as decimal(18, 4)) / (b.order_days - 1) as decimal(18, 4))
    end as days_between_orders,
    a.stock_code as favourite_stock_code,
    a.description as favourite_article,
    a.favourite_category
from clock as k
cross join bought as b
inner join dim_customer as d on d.customer_id = b.customer_id and d.is_current
left join returned as r on r.customer_id = b.customer_id
left join customer_articles as a on a.customer_id = b.customer_id and a.place = 1
