-- Stock movements. One that is delivered again with other values is replaced: a document names each
-- article of a shop once.
select
    m.movement_id,
    upper(m.stock_code) as stock_code,
    m.store_id,
    last_value(m.moved_at order by m.source_file, m.source_line) as moved_at,
    last_value(m.kind order by m.source_file, m.source_line) as kind,
    last_value(m.quantity order by m.source_file, m.source_line) as quantity,
    last_value(m.purchase_order_no order by m.source_file, m.source_line) as purchase_order_no,
    count(*) as delivery_count,
    last_value(m.source_file order by m.source_file, m.source_line) as source_file,
    last_value(m.source_line order by m.source_file, m.source_line) as source_line
from source_stock_movements as m
group by m.movement_id, upper(m.stock_code), m.store_id
