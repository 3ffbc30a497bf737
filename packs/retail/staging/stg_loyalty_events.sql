-- Points events. One that is delivered again with other values is replaced. Points count up when they
-- are earned and down when they are redeemed or expire, whichever sign the source gives them.
with told as (
    select
        e.*,
        row_number() over (partition by e.event_id order by e.source_file desc, e.source_line desc) as place,
        count(*) over (partition by e.event_id) as delivery_count
    from source_loyalty_events as e
)

select
    t.event_id,
    t.customer_id,
    t.occurred_at,
    t.kind,
    abs(t.points) as points,
    case when t.kind = 'earn' then abs(t.points) else -abs(t.points) end as points_change,
    t.delivery_count,
    t.source_file,
    t.source_line
from told as t
where t.place = 1
