-- Shops of the shop list and of the sales.
select
    0 as store_key,
    'Unknown' as store_id,
    'Unknown' as name,
    cast(null as varchar) as region,
    cast(null as varchar) as country,
    cast(null as date) as opened_date,
    cast(null as date) as closed_date,
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
    s.deleted_on is not null as is_deleted,
    s.deleted_on
from (
    select store_id from stg_sale_lines where store_id is not null
    union
    select store_id from stg_stores
) as ids
left join stg_stores as s on s.store_id = ids.store_id
