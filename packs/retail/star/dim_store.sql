-- Shops of the shop list and of every fact.
select
    0 as store_key,
    'Unknown' as store_id,
    'Unknown' as name,
    cast(null as varchar) as region,
    cast(null as varchar) as country,
    cast(null as date) as opened_date,
    cast(null as date) as closed_date,
    cast(null as decimal(18, 4)) as floor_area_m2,
    false as is_inferred,
    false as is_deleted,
    cast(null as date) as deleted_on
union all
select
    surrogate_key(ids.store_id) as store_key,
    ids.store_id,
    coalesce(s.name, concat('Store ', ids.store_id)) as name,
    s.region,
    s.country,
    s.opened_date,
    s.closed_date,
    s.floor_area_m2,
    s.store_id is null as is_inferred,
    s.deleted_on is not null as is_deleted,
    s.deleted_on
from (
    select store_id from stg_orders where store_id is not null
    union
    select store_id from stg_stores
    union
    select store_id from stg_stock_movements where store_id is not null
    union
    select store_id from stg_stock_levels where store_id is not null
    union
    select store_id from stg_ledger_entries where store_id is not null
    union
    select scope_value as store_id from stg_targets where scope_column in ('store', 'store_id') and scope_value is not null
) as ids
left join stg_stores as s on s.store_id = ids.store_id
