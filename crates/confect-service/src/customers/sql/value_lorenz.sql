-- From the least valuable customer on: the share of value that each share of customers brings.
with ranked as (
    select
        clv_12m,
        ntile(100) over (order by clv_12m, customer_id) as part
    from customer_value
),

parts as (
    select
        part,
        count(*) as customers,
        sum(clv_12m) as value
    from ranked
    group by part
)

select
    part,
    cast(sum(customers) over (order by part) as double) / sum(customers) over () as customers_share,
    cast(sum(value) over (order by part) as double) / nullif(cast(sum(value) over () as double), 0) as value_share
from parts
order by part
