-- What moved and what was counted, by day; the method makes of it what was on hand each day.
with moved as (
    select
        m.stock_code,
        m.store_id,
        cast(m.moved_at as date) as day,
        cast(sum(m.quantity) as decimal(18, 4)) as moved_qty
    from stg_stock_movements as m
    group by m.stock_code, m.store_id, cast(m.moved_at as date)
),

events as (
    select
        m.stock_code,
        m.store_id,
        m.day,
        m.moved_qty,
        cast(null as decimal(18, 4)) as counted_qty,
        cast(null as decimal(18, 4)) as on_order_qty
    from moved as m
    union all
    select
        l.stock_code,
        l.store_id,
        l.counted_date as day,
        cast(null as decimal(18, 4)) as moved_qty,
        l.on_hand_qty as counted_qty,
        l.on_order_qty
    from stg_stock_levels as l
)

select e.stock_code, e.store_id, e.day, e.moved_qty, e.counted_qty, e.on_order_qty, t.last_day
from (select max(day) as last_day from events) as t
cross join events as e
