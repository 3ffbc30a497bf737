-- The article list. An article that is listed twice keeps its last line.
select
    upper(p.stock_code) as stock_code,
    last_value(p.description order by p.source_file, p.source_line) as description,
    last_value(p.category order by p.source_file, p.source_line) as category,
    last_value(p.subcategory order by p.source_file, p.source_line) as subcategory,
    last_value(p.brand order by p.source_file, p.source_line) as brand,
    last_value(p.supplier order by p.source_file, p.source_line) as supplier,
    last_value(p.unit_cost order by p.source_file, p.source_line) as unit_cost,
    last_value(p.list_price order by p.source_file, p.source_line) as list_price,
    last_value(p.is_merchandise order by p.source_file, p.source_line) as is_merchandise,
    case when count(*) = count(p.deleted_on) then max(p.deleted_on) end as deleted_on
from source_products as p
group by upper(p.stock_code)
