-- The customers that the viewer sees, cut into a thousand steps of equal size by each measure, and the largest value
-- of each step. It is the same question for every customer, so its answer is kept as long as the publication.
with seen as (
    select
        cast(monetary as double) as monetary,
        cast(margin_amount as double) as margin,
        cast(frequency as double) as frequency,
        cast(average_order_value as double) as average_order_value,
        cast(recency_days as double) as recency,
        coalesce(cast(returns_amount as double) / nullif(cast(sales_amount as double), 0), 0) as return_rate
    from single_customer_view
),

steps as (
    select 'monetary' as measure, monetary as value, ntile(1000) over (order by monetary) as step from seen where monetary is not null
    union all
    select 'margin', margin, ntile(1000) over (order by margin) from seen where margin is not null
    union all
    select 'frequency', frequency, ntile(1000) over (order by frequency) from seen where frequency is not null
    union all
    select 'average_order_value', average_order_value, ntile(1000) over (order by average_order_value) from seen where average_order_value is not null
    union all
    select 'recency', recency, ntile(1000) over (order by recency) from seen where recency is not null
    union all
    select 'return_rate', return_rate, ntile(1000) over (order by return_rate) from seen
)

select measure, step, max(value) as most, count(*) as customers
from steps
group by measure, step
order by measure, step
