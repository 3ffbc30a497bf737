-- What was on hand at the end of each day, at the cost that the article had on the day.
select
    d.stock_date,
    d.stock_code,
    d.store_id,
    d.on_hand_qty,
    d.on_order_qty,
    p.unit_cost,
    cast(d.on_hand_qty * p.unit_cost as decimal(18, 4)) as value_at_cost,
    d.on_hand_qty <= 0 as is_out_of_stock,
    d.on_hand_qty + coalesce(d.on_order_qty, 0) <= p.reorder_point as is_low_stock,
    d.count_difference_qty,
    d.count_opening_qty,
    date_key(d.stock_date) as date_key,
    case when p.version > 1 then surrogate_key(d.stock_code, cast(p.valid_from as varchar)) else surrogate_key(d.stock_code) end as product_key,
    surrogate_key(d.store_id) as store_key,
    surrogate_key(s.country) as country_key
from stg_stock_days as d
left join stg_products as p
    on p.stock_code = d.stock_code and d.stock_date >= p.valid_from and d.stock_date < p.valid_to
left join stg_stores as s on s.store_id = d.store_id
