-- Sums that a bridge is made of; what kinds there are stands in the method.
-- The month in progress is no month to compare with.
with sold as (
    select
        cast(date_trunc('month', f.invoice_date) as date) as month,
        f.invoice_date,
        f.country_key,
        f.customer_id,
        f.invoice_no,
        f.product_key,
        f.quantity,
        f.gross_amount,
        f.revenue
    from settings as s
    cross join fact_sales as f
    where f.invoice_date < s.whole_months_to
),

taken_back as (
    select
        cast(date_trunc('month', r.invoice_date) as date) as month,
        r.invoice_date,
        r.country_key,
        r.customer_id,
        r.revenue
    from settings as s
    cross join fact_returns as r
    where r.invoice_date < s.whole_months_to
),

span as (
    select
        min(d.first_day) as data_from,
        max(d.last_day) as data_to
    from (
        select min(invoice_date) as first_day, max(invoice_date) as last_day from sold
        union all
        select min(invoice_date), max(invoice_date) from taken_back
    ) as d
),

orders as (
    select
        f.month,
        f.country_key,
        f.customer_id,
        f.invoice_no
    from sold as f
    where f.customer_id is not null
    group by 1, 2, 3, 4
),

sums as (
    select
        'sold' as kind,
        f.month,
        f.country_key,
        f.product_key,
        sum(f.quantity) as quantity,
        sum(f.gross_amount) as gross,
        sum(f.gross_amount - f.revenue) as discount,
        0 as customers,
        0 as orders,
        0 as lines
    from sold as f
    where f.customer_id is not null
    group by 2, 3, 4
    union all
    select 'returned', r.month, r.country_key, 0, 0, sum(r.revenue), 0, 0, 0, 0
    from taken_back as r
    where r.customer_id is not null
    group by 2, 3
    union all
    select 'unknown', u.month, u.country_key, 0, 0, sum(u.revenue), 0, 0, 0, count(*)
    from (
        select month, country_key, revenue from sold where customer_id is null
        union all
        select month, country_key, -revenue from taken_back where customer_id is null
    ) as u
    group by 2, 3
    union all
    select 'buyers', o.month, o.country_key, 0, 0, 0, 0, count(distinct o.customer_id), count(distinct o.invoice_no), 0
    from orders as o
    group by 2, 3
    union all
    select 'all_buyers', o.month, 0, 0, 0, 0, 0, count(distinct o.customer_id), count(distinct o.invoice_no), 0
    from orders as o
    group by 2
)

select
    s.kind,
    s.month,
    s.country_key,
    s.product_key,
    s.quantity,
    s.gross,
    s.discount,
    s.customers,
    s.orders,
    s.lines,
    d.data_from,
    d.data_to
from span as d
cross join sums as s
