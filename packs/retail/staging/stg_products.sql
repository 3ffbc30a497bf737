-- The article list: one row per article and span of days in which its category, supplier, cost and
-- prices stayed as they were.
--
-- A delivery says its day in the column `valid_from` or in the name of its file; the first one holds
-- since ever. An article that one delivery lists twice keeps its last line. Texts and what does not
-- enter a calculation of the past (reorder point, lead time, shelf life) are those of the last delivery.
with delivered as (
    select
        upper(p.stock_code) as stock_code,
        coalesce(p.valid_from, file_date(p.source_file), cast('0001-01-01' as date)) as delivered_on,
        last_value(p.description order by p.source_file, p.source_line) as description,
        last_value(p.category order by p.source_file, p.source_line) as category,
        last_value(p.subcategory order by p.source_file, p.source_line) as subcategory,
        last_value(p.brand order by p.source_file, p.source_line) as brand,
        last_value(p.supplier order by p.source_file, p.source_line) as supplier,
        last_value(p.unit_cost order by p.source_file, p.source_line) as unit_cost,
        last_value(p.list_price order by p.source_file, p.source_line) as list_price,
        last_value(p.reorder_point order by p.source_file, p.source_line) as reorder_point,
        last_value(p.lead_time_days order by p.source_file, p.source_line) as lead_time_days,
        last_value(p.shelf_life_days order by p.source_file, p.source_line) as shelf_life_days,
        last_value(p.is_merchandise order by p.source_file, p.source_line) as is_merchandise,
        case when count(*) = count(p.deleted_on) then max(p.deleted_on) end as deleted_on
    from source_products as p
    group by upper(p.stock_code), coalesce(p.valid_from, file_date(p.source_file), cast('0001-01-01' as date))
),

compared as (
    select
        d.stock_code,
        d.delivered_on,
        d.category,
        d.subcategory,
        d.brand,
        d.supplier,
        d.unit_cost,
        d.list_price,
        d.is_merchandise,
        max(d.deleted_on) over (partition by d.stock_code) as deleted_on,
        row_number() over (partition by d.stock_code order by d.delivered_on) as delivery,
        first_value(d.description) over (partition by d.stock_code order by d.delivered_on desc) as description,
        first_value(d.reorder_point) over (partition by d.stock_code order by d.delivered_on desc) as reorder_point,
        first_value(d.lead_time_days) over (partition by d.stock_code order by d.delivered_on desc) as lead_time_days,
        first_value(d.shelf_life_days) over (partition by d.stock_code order by d.delivered_on desc) as shelf_life_days,
        row_number() over (partition by d.stock_code order by d.delivered_on) = 1
            or (d.category is distinct from lag(d.category) over (partition by d.stock_code order by d.delivered_on))
            or (d.subcategory is distinct from lag(d.subcategory) over (partition by d.stock_code order by d.delivered_on))
            or (d.brand is distinct from lag(d.brand) over (partition by d.stock_code order by d.delivered_on))
            or (d.supplier is distinct from lag(d.supplier) over (partition by d.stock_code order by d.delivered_on))
            or (d.unit_cost is distinct from lag(d.unit_cost) over (partition by d.stock_code order by d.delivered_on))
            or (d.list_price is distinct from lag(d.list_price) over (partition by d.stock_code order by d.delivered_on))
            or (d.is_merchandise is distinct from lag(d.is_merchandise) over (partition by d.stock_code order by d.delivered_on))
            as is_change
    from delivered as d
)

select
    c.stock_code,
    row_number() over (partition by c.stock_code order by c.delivered_on) as version,
    case when c.delivery = 1 then cast('0001-01-01' as date) else c.delivered_on end as valid_from,
    coalesce(lead(c.delivered_on) over (partition by c.stock_code order by c.delivered_on), cast('9999-12-31' as date)) as valid_to,
    c.description,
    c.category,
    c.subcategory,
    c.brand,
    c.supplier,
    c.unit_cost,
    c.list_price,
    c.reorder_point,
    c.lead_time_days,
    c.shelf_life_days,
    c.is_merchandise,
    c.deleted_on
from compared as c
where c.is_change
