-- Stock movements. One that is delivered again with other values is replaced: a document names each
-- article of a shop once. Rows are numbered, not gathered by `last_value`, which keeps each value on its own and
-- takes ten times as long.
with told as (
    select
        m.*,
        upper(m.stock_code) as code,
        row_number() over (
            partition by m.movement_id, upper(m.stock_code), m.store_id order by m.source_file desc, m.source_line desc
        ) as place,
        count(*) over (partition by m.movement_id, upper(m.stock_code), m.store_id) as delivery_count
    from source_stock_movements as m
)

select
    t.movement_id,
    t.code as stock_code,
    t.store_id,
    t.moved_at,
    t.kind,
    t.quantity,
    t.purchase_order_no,
    t.delivery_count,
    t.source_file,
    t.source_line
from told as t
where t.place = 1
