-- Targets spread evenly over the days they are for, to the ten-thousandth: each day has the difference
-- of two rounded running sums, so that the days add up to the target exactly.
with days as (
    select
        t.target_key,
        t.metric,
        t.target_of,
        t.value,
        t.store_key,
        d.date as target_date,
        cast(d.date as int) - cast(t.period_from as int) as days_before,
        cast(t.period_to as int) - cast(t.period_from as int) as days_all
    from fact_targets as t
    inner join dim_date as d on d.date >= t.period_from and d.date < t.period_to
)

select
    d.target_key,
    d.target_date,
    d.metric,
    d.target_of,
    cast(cast(d.value * (d.days_before + 1) as decimal(30, 8)) / d.days_all as decimal(18, 4))
        - cast(cast(d.value * d.days_before as decimal(30, 8)) / d.days_all as decimal(18, 4)) as value,
    date_key(d.target_date) as date_key,
    d.store_key
from days as d
