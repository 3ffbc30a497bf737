-- Customers never leave the list, so the later month holds all; those without an earlier one bought since.
select
    coalesce(b.rfm_segment, '') as from_segment,
    coalesce(b.segment_position, 0) as from_position,
    a.rfm_segment as to_segment,
    a.segment_position as to_position,
    count(*) as customers
from (select customer_id, rfm_segment, segment_position from customer_rfm where as_of_month = {month}) as a
left join (select customer_id, rfm_segment, segment_position from customer_rfm where as_of_month = {before}) as b
    on b.customer_id = a.customer_id
group by 1, 2, 3, 4
order by from_position, to_position
