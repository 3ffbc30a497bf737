-- The one row that marketing reads. Recency counts from the day after the last sale, never from
-- today's clock, so that yesterday's answer can be had again.
with clock as (
    select coalesce(max(s.as_of), max(f.day)) as as_of_date
    from settings as s
    cross join (select cast(max(invoice_date) + interval '1 day' as date) as day from stg_orders where kind = 'sales') as f
),

orders as (
    select
        f.customer_id,
        f.invoice_no,
        min(f.invoice_date) as invoice_date,
        sum(f.revenue) as revenue,
        sum(f.units) as units,
        sum(f.margin_amount) as margin_amount
    from stg_orders as f
    where f.customer_id is not null and f.kind = 'sales'
    group by f.customer_id, f.invoice_no
),

bought as (
    select
        o.customer_id,
        min(o.invoice_date) as first_purchase_date,
        max(o.invoice_date) as last_purchase_date,
        count(*) as frequency,
        count(distinct o.invoice_date) as order_days,
        sum(o.revenue) as sales_amount,
        sum(o.units) as units,
        sum(o.margin_amount) as margin_amount
    from orders as o
    group by o.customer_id
),

returned as (
    select
        r.customer_id,
        sum(r.revenue) as returns_amount,
        sum(r.units) as returned_units,
        sum(r.margin_amount) as margin_amount
    from stg_orders as r
    where r.customer_id is not null and r.kind = 'returns'
    group by r.customer_id
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
    end as days_between_orders
from bought as b
inner join dim_customer as d on d.customer_id = b.customer_id and d.is_current
left join returned as r on r.customer_id = b.customer_id
cross join clock as k
