-- Events by day: their names in order of the alphabet, and what the day is.
with named as (
    select e.date, e.name, max(e.kind) as kind
    from source_calendar_events as e
    group by e.date, e.name
)

select
    n.date,
    string_agg(n.name, '; ' order by n.name) as event_names,
    coalesce(bool_or(n.kind = 'holiday'), false) as is_holiday,
    coalesce(bool_or(n.kind in ('promotion', 'campaign')), false) as is_promotion,
    coalesce(bool_or(n.kind = 'closure'), false) as is_closure
from named as n
group by n.date
