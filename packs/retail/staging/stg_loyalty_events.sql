-- Points events. One that is delivered again with other values is replaced. Points count up when they
-- are earned and down when they are redeemed or expire, whichever sign the source gives them.
select
    e.event_id,
    last_value(e.customer_id order by e.source_file, e.source_line) as customer_id,
    last_value(e.occurred_at order by e.source_file, e.source_line) as occurred_at,
    last_value(e.kind order by e.source_file, e.source_line) as kind,
    last_value(abs(e.points) order by e.source_file, e.source_line) as points,
    last_value(case when e.kind = 'earn' then abs(e.points) else -abs(e.points) end order by e.source_file, e.source_line)
        as points_change,
    count(*) as delivery_count,
    last_value(e.source_file order by e.source_file, e.source_line) as source_file,
    last_value(e.source_line order by e.source_file, e.source_line) as source_line
from source_loyalty_events as e
group by e.event_id
