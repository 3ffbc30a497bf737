-- Suppliers of the supplier list and of the article list.
select
    0 as supplier_key,
    'Unknown' as supplier,
    cast(null as decimal(18, 4)) as lead_time_days,
    cast(null as decimal(18, 4)) as lead_time_sd_days,
    cast(null as decimal(18, 4)) as min_order_qty,
    false as is_inferred
union all
select
    surrogate_key(named.supplier) as supplier_key,
    named.supplier,
    s.lead_time_days,
    s.lead_time_sd_days,
    s.min_order_qty,
    s.supplier is null as is_inferred
from (
    select supplier from stg_suppliers
    union
    select supplier from stg_products where supplier is not null
) as named
left join stg_suppliers as s on s.supplier = named.supplier
