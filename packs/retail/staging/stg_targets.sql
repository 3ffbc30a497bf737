-- Targets with the days they are for. One that is delivered again is replaced.
select
    surrogate_key(t.metric, t.period, t.scope_column, t.scope_value) as target_key,
    t.metric,
    t.period,
    period_from(t.period) as period_from,
    period_to(t.period) as period_to,
    t.scope_column,
    t.scope_value,
    last_value(t.value order by t.source_file, t.source_line) as value,
    last_value(t.source_file order by t.source_file, t.source_line) as source_file,
    last_value(t.source_line order by t.source_file, t.source_line) as source_line
from source_targets as t
group by t.metric, t.period, t.scope_column, t.scope_value
