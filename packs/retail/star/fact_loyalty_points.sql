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
left join (select customer_id, customer_key, country_key, valid_from, coalesce(valid_to, cast('9999-12-31' as date)) as valid_to from dim_customer where customer_key <> 0 and customer_key <> surrogate_key(customer_id)) as v
    on v.customer_id = e.customer_id and cast(e.occurred_at as date) >= v.valid_from and cast(e.occurred_at as date) < v.valid_to
