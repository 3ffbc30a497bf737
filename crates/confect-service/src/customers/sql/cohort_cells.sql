-- The countries that the viewer may see, added up. `observed` is null where no customer has reached the age.
with summed as (
    select
        cohort,
        min(cohort_start) as cohort_start,
        age,
        min(period_start) as period_start,
        sum(customers) as customers,
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
        cohort_start,
        age,
        period_start,
        max(customers) over (partition by cohort) as customers,
        observed,
        {numerator} as amount,
        max(case when age = 0 then observed end) over (partition by cohort) as first_observed,
        max(case when age = 0 then {numerator} end) over (partition by cohort) as first_amount,
        is_complete,
        is_warm_up
    from summed
)

select
    cohort,
    cohort_start,
    age,
    period_start,
    customers,
    observed,
    {value} as value,
    is_complete,
    is_warm_up
from chosen
order by cohort_start, customers desc, cohort, age
