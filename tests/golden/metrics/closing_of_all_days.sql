select
  cast("last_moved" / nullif("moved", cast(0 as decimal(38, 4))) as decimal(38, 6)) as "closing_share"
from (
  select coalesce(max("last_moved"), cast(0 as decimal(38, 4))) as "last_moved", coalesce(max("moved"), cast(0 as decimal(38, 4))) as "moved"
  from (
    select cast(null as decimal(38, 4)) as "last_moved", cast(sum("fact_stock_movements"."quantity") as decimal(38, 4)) as "moved"
    from "fact_stock_movements"
    union all
    select cast(sum("fact_stock_movements"."quantity") as decimal(38, 4)) as "last_moved", cast(null as decimal(38, 4)) as "moved"
    from "fact_stock_movements"
    where "fact_stock_movements"."invoice_date" in (select max("fact_stock_movements"."invoice_date") from "fact_stock_movements")
  ) as "branches"
) as "merged"
