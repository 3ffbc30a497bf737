-- Spans of days in which a customer's lines name one country. Nearly all customers have one span,
-- so only the others are ordered by day. A day with two countries counts for the later invoice.
with named as (
    select
        l.customer_id,
        l.country,
        min(l.invoice_date) as first_date
    from stg_orders as l
    where l.customer_id is not null
    group by l.customer_id, l.country
),

counted as (
    select
        n.customer_id,
        count(*) as countries,
        min(n.first_date) as first_date,
        max(n.country) as country
    from named as n
    group by n.customer_id
),

days as (
    select
        l.customer_id,
        l.invoice_date,
        last_value(l.country order by l.last_sold_at, l.invoice_no) as country
    from stg_orders as l
    inner join counted as c on c.customer_id = l.customer_id and c.countries > 1
    group by l.customer_id, l.invoice_date
),

changes as (
    select
        d.customer_id,
        d.country,
        d.invoice_date,
        (d.country is distinct from lag(d.country) over (partition by d.customer_id order by d.invoice_date))
            or (row_number() over (partition by d.customer_id order by d.invoice_date) = 1) as is_change
    from days as d
),

several as (
    select
        c.customer_id,
        c.country,
        c.invoice_date as valid_from,
        lead(c.invoice_date) over (partition by c.customer_id order by c.invoice_date) as valid_to,
        count(*) over (partition by c.customer_id) as spans
    from changes as c
    where c.is_change
)

select customer_id, country, first_date as valid_from, cast(null as date) as valid_to, 1 as spans
from counted
where countries = 1
union all
select customer_id, country, valid_from, valid_to, spans
from several
