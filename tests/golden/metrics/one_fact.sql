select
  cast(cast("order_count" as decimal(38, 0)) as bigint) as "orders",
  cast("units_sold" as decimal(38, 4)) as "units",
  cast(cast("line_count" as decimal(38, 0)) as bigint) as "lines"
from (
  select coalesce(cast(count(*) as decimal(38, 4)), cast(0 as decimal(38, 4))) as "line_count", coalesce(cast(count(distinct case when "fact_sales"."is_merchandise" = true then "fact_sales"."invoice_no" end) as decimal(38, 4)), cast(0 as decimal(38, 4))) as "order_count", coalesce(cast(sum(case when "fact_sales"."is_merchandise" = true then "fact_sales"."quantity" end) as decimal(38, 4)), cast(0 as decimal(38, 4))) as "units_sold"
  from "fact_sales"
) as "merged"
