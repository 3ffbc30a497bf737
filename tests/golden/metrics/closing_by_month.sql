select
  "period",
  "category",
  cast("last_moved" / nullif("moved", cast(0 as decimal(38, 4))) as decimal(38, 6)) as "closing_share"
from (
  select "period", "category", coalesce(max("last_moved"), cast(0 as decimal(38, 4))) as "last_moved", coalesce(max("moved"), cast(0 as decimal(38, 4))) as "moved"
  from (
    select cast(date_trunc('month', "fact_stock_movements"."invoice_date") as date) as "period", "dim_product"."category" as "category", cast(null as decimal(38, 4)) as "last_moved", cast(sum("fact_stock_movements"."quantity") as decimal(38, 4)) as "moved"
    from "fact_stock_movements"
    left join "dim_product" on "dim_product"."product_key" = "fact_stock_movements"."product_key"
    where "fact_stock_movements"."invoice_date" >= date '2011-01-01' and "fact_stock_movements"."invoice_date" < date '2011-03-01'
    group by cast(date_trunc('month', "fact_stock_movements"."invoice_date") as date), "dim_product"."category"
    union all
    select cast(date_trunc('month', "fact_stock_movements"."invoice_date") as date) as "period", "dim_product"."category" as "category", cast(sum("fact_stock_movements"."quantity") as decimal(38, 4)) as "last_moved", cast(null as decimal(38, 4)) as "moved"
    from "fact_stock_movements"
    left join "dim_product" on "dim_product"."product_key" = "fact_stock_movements"."product_key"
    where "fact_stock_movements"."invoice_date" >= date '2011-01-01' and "fact_stock_movements"."invoice_date" < date '2011-03-01' and "fact_stock_movements"."invoice_date" in (select max("fact_stock_movements"."invoice_date") from "fact_stock_movements" where "fact_stock_movements"."invoice_date" >= date '2011-01-01' and "fact_stock_movements"."invoice_date" < date '2011-03-01' group by date_trunc('month', "fact_stock_movements"."invoice_date"))
    group by cast(date_trunc('month', "fact_stock_movements"."invoice_date") as date), "dim_product"."category"
  ) as "branches"
  group by "period", "category"
) as "merged"
order by "period" asc nulls last, "category" asc nulls last
