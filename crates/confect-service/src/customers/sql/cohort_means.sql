-- Weighted by customers, over cells that are whole, without cohorts of the warm-up: what was not observed is left out.
with summed as (
    select
        cohort,
        age,
        sum(observed_customers) as observed,
        sum(active_customers) as active,
        sum(returning_customers) as rolling,
        sum(orders) as orders,
        sum(revenue) as revenue,
        sum(margin_amount) as margin,
        sum(cumulative_revenue) as cumulative_revenue,
        sum(cumulative_margin) as cumulative_margin,
        min(case when is_complete then 1 else 0 end) as is_complete,
        max(case when is_warm_up then 1 else 0 end) as is_warm_up
    from cohort_retention
    where definition = {definition}
    group by cohort, age
),

chosen as (
    select
        cohort,
        age,
        observed,
        {numerator} as amount,
        max(case when age = 0 then observed end) over (partition by cohort) as first_observed,
        max(case when age = 0 then {numerator} end) over (partition by cohort) as first_amount,
        is_complete,
        is_warm_up
    from summed
),

whole as (
    select
        age,
        count(*) as cohorts,
        sum(observed) as observed,
        sum(amount) as amount,
        sum(first_observed) as first_observed,
        sum(first_amount) as first_amount
    from chosen
    where is_complete = 1 and is_warm_up = 0 and observed > 0
    group by age
)

select
    age,
    cohorts,
    observed,
    {mean} as value
from whole
order by age
