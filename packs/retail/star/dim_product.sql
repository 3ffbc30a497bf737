-- Articles of the article list, of the sales and of the stock. One row per article and span of days with
-- the same category, supplier, cost and prices. A second text is an alias, never a second row, so that
-- joining the dimension by its key never changes the number of lines.
with ranked as (
    select
        d.stock_code,
        d.description,
        row_number() over (partition by d.stock_code order by d.sale_lines desc, d.lines desc, d.last_date desc, d.description) as place,
        count(*) over (partition by d.stock_code) as texts
    from stg_descriptions as d
),

sold as (
    select
        l.stock_code,
        bool_and(l.is_merchandise) as is_merchandise
    from stg_description_months as l
    group by l.stock_code
),

codes as (
    select stock_code from sold
    union
    select stock_code from stg_products
    union
    select stock_code from stg_stock_movements
    union
    select stock_code from stg_stock_levels
)

select
    0 as product_key,
    'Unknown' as stock_code,
    'Unknown' as description,
    cast(null as varchar) as category,
    cast(null as varchar) as subcategory,
    cast(null as varchar) as brand,
    cast(null as varchar) as supplier,
    0 as supplier_key,
    cast(null as decimal(18, 4)) as unit_cost,
    cast(null as decimal(18, 4)) as list_price,
    cast(null as decimal(18, 4)) as reorder_point,
    cast(null as bigint) as lead_time_days,
    cast(null as bigint) as shelf_life_days,
    true as is_merchandise,
    'merchandise' as article_kind,
    0 as alias_count,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    true as is_current,
    false as is_inferred,
    false as is_deleted,
    cast(null as date) as deleted_on
union all
select
    -- As for customers, the first version's key is that of the article alone.
    case
        when coalesce(p.version, 1) = 1 then surrogate_key(c.stock_code)
        else surrogate_key(c.stock_code, cast(p.valid_from as varchar))
    end as product_key,
    c.stock_code,
    coalesce(p.description, r.description) as description,
    p.category,
    p.subcategory,
    p.brand,
    p.supplier,
    surrogate_key(p.supplier) as supplier_key,
    p.unit_cost,
    p.list_price,
    p.reorder_point,
    p.lead_time_days,
    p.shelf_life_days,
    coalesce(p.is_merchandise, s.is_merchandise, true) as is_merchandise,
    case when coalesce(p.is_merchandise, s.is_merchandise, true) then 'merchandise' else coalesce(n.kind, 'other') end as article_kind,
    greatest(coalesce(r.texts, 0) - 1, 0) as alias_count,
    case when p.version > 1 then p.valid_from end as valid_from,
    case when p.valid_to < cast('9999-12-31' as date) then p.valid_to end as valid_to,
    coalesce(p.valid_to = cast('9999-12-31' as date), true) as is_current,
    p.stock_code is null as is_inferred,
    p.deleted_on is not null as is_deleted,
    p.deleted_on
from codes as c
left join stg_products as p on p.stock_code = c.stock_code
left join sold as s on s.stock_code = c.stock_code
left join seed_non_merchandise as n on n.stock_code = c.stock_code
left join ranked as r on r.stock_code = c.stock_code and r.place = 1
