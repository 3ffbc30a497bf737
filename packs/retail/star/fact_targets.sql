-- Targets. `target_of` tells those of the whole shop, `net_sales`, from those of its parts,
-- `net_sales by store`, which are never added to each other.
select
    t.target_key,
    t.period_from,
    t.period_to,
    t.metric,
    t.period,
    t.scope_column,
    t.scope_value,
    case when t.scope_column is null then t.metric else concat(t.metric, ' by ', case when t.scope_column = 'store_id' then 'store' else t.scope_column end) end as target_of,
    t.value,
    date_key(t.period_from) as date_key,
    case when t.scope_column in ('store', 'store_id') then surrogate_key(t.scope_value) else 0 end as store_key,
    t.source_file,
    t.source_line
from stg_targets as t
