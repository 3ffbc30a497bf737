-- Counted stock, once per article, shop and day: the last count of the day. A count without a moment is
-- of the day in its file's name, or else of the last day that the shop's data reach.
with latest as (
    select greatest(s.last_sale_date, m.last_moved_date) as day
    from stg_last_sale as s
    cross join (select cast(max(moved_at) as date) as last_moved_date from stg_stock_movements) as m
),

dated as (
    select
        upper(l.stock_code) as stock_code,
        l.store_id,
        coalesce(cast(l.as_of as date), file_date(l.source_file), t.day) as counted_date,
        l.as_of,
        l.on_hand_qty,
        l.on_order_qty,
        l.reorder_point,
        l.source_file,
        l.source_line
    from latest as t
    cross join source_stock_levels as l
),

numbered as (
    select
        d.*,
        row_number() over (
            partition by d.stock_code, d.store_id, d.counted_date
            order by d.as_of desc, d.source_file desc, d.source_line desc
        ) as place
    from dated as d
    where d.counted_date is not null
)

select n.stock_code, n.store_id, n.counted_date, n.on_hand_qty, n.on_order_qty, n.reorder_point
from numbered as n
where n.place = 1
