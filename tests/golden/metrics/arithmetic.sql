select
  cast(cast((-cast("revenue" * cast('0.19' as decimal(38, 4)) as decimal(38, 8))) / nullif(cast("order_count" * cast('2' as decimal(38, 4)) as decimal(38, 8)) + cast('1' as decimal(38, 4)), cast(0 as decimal(38, 4))) as decimal(38, 8)) / nullif("units_sold", cast(0 as decimal(38, 4))) as decimal(38, 6)) as "odd"
from (
  select coalesce(cast(count(distinct case when "fact_sales"."is_merchandise" = true then "fact_sales"."invoice_no" end) as decimal(38, 4)), cast(0 as decimal(38, 4))) as "order_count", coalesce(cast(sum("fact_sales"."revenue") as decimal(38, 4)), cast(0 as decimal(38, 4))) as "revenue", coalesce(cast(sum(case when "fact_sales"."is_merchandise" = true then "fact_sales"."quantity" end) as decimal(38, 4)), cast(0 as decimal(38, 4))) as "units_sold"
  from "fact_sales"
) as "merged"
