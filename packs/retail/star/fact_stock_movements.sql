-- Movements of stock, at the cost that the article had on the day.
select
    m.movement_id,
    cast(m.moved_at as date) as moved_date,
    m.moved_at,
    m.stock_code,
    m.store_id,
    m.kind,
    m.quantity,
    p.unit_cost,
    cast(m.quantity * p.unit_cost as decimal(18, 4)) as cost_amount,
    m.purchase_order_no,
    m.delivery_count,
    date_key(cast(m.moved_at as date)) as date_key,
    case when p.version > 1 then surrogate_key(m.stock_code, cast(p.valid_from as varchar)) else surrogate_key(m.stock_code) end as product_key,
    surrogate_key(m.store_id) as store_key,
    surrogate_key(s.country) as country_key,
    m.source_file,
    m.source_line
from stg_stock_movements as m
left join stg_products as p
    on p.stock_code = m.stock_code and cast(m.moved_at as date) >= p.valid_from and cast(m.moved_at as date) < p.valid_to
left join stg_stores as s on s.store_id = m.store_id
