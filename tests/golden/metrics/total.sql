select
  cast("revenue" - "returns_value" as decimal(38, 4)) as "net_sales",
  cast(cast("order_count" as decimal(38, 0)) as bigint) as "orders",
  cast(("revenue" - "returns_value") / nullif("order_count", cast(0 as decimal(38, 4))) as decimal(38, 4)) as "aov"
from (
  select coalesce(max("order_count"), cast(0 as decimal(38, 4))) as "order_count", coalesce(max("returns_value"), cast(0 as decimal(38, 4))) as "returns_value", coalesce(max("revenue"), cast(0 as decimal(38, 4))) as "revenue"
  from (
    select cast(null as decimal(38, 4)) as "order_count", cast(sum("fact_returns"."revenue") as decimal(38, 4)) as "returns_value", cast(null as decimal(38, 4)) as "revenue"
    from "fact_returns"
    union all
    select cast(count(distinct case when "fact_sales"."is_merchandise" = true then "fact_sales"."invoice_no" end) as decimal(38, 4)) as "order_count", cast(null as decimal(38, 4)) as "returns_value", cast(sum("fact_sales"."revenue") as decimal(38, 4)) as "revenue"
    from "fact_sales"
  ) as "branches"
) as "merged"
