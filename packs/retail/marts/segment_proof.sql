-- Segments as of the latest month that was over 91 days before the end, and what their customers brought in the
-- 91 days from then on. In the window that made the segments the claim would prove itself.
with clock as (
    select s.whole_months_to as as_of_date from settings as s
),

snapshot as (
    select max(r.as_of_date) as as_of_date
    from clock as k
    cross join customer_rfm as r
    where r.as_of_date <= cast(k.as_of_date - interval '91 days' as date)
),

brought as (
    select o.customer_id, sum(o.revenue) as outcome
    from snapshot as s
    cross join customer_orders as o
    where o.order_date >= s.as_of_date and o.order_date < cast(s.as_of_date + interval '91 days' as date)
    group by o.customer_id
)

select
    r.rfm_segment as segment,
    r.segment_position,
    coalesce(b.outcome, 0) as outcome,
    s.as_of_date,
    cast(s.as_of_date + interval '90 days' as date) as outcome_to
from customer_rfm as r
inner join snapshot as s on s.as_of_date = r.as_of_date
left join brought as b on b.customer_id = r.customer_id
