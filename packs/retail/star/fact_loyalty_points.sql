-- Points events. Customer and country are those of the version that was valid on the day.
select
    e.event_id,
    cast(e.occurred_at as date) as event_date,
    e.occurred_at,
    e.customer_id,
    e.kind,
    e.points,
    e.points_change,
    e.delivery_count,
    date_key(cast(e.occurred_at as date)) as date_key,
    coalesce(v.customer_key, surrogate_key(e.customer_id)) as customer_key,
    coalesce(v.country_key, f.country_key) as country_key,
    e.source_file,
    e.source_line
from stg_loyalty_events as e
inner join dim_customer as f on f.customer_key = surrogate_key(e.customer_id)
left join stg_customer_versions as c
    on c.customer_id = e.customer_id and cast(e.occurred_at as date) >= c.valid_from and (c.valid_to is null or cast(e.occurred_at as date) < c.valid_to)
left join dim_customer as v on v.customer_key = c.customer_key
