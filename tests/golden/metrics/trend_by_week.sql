select
  "period",
  cast("revenue" - "returns_value" as decimal(38, 4)) as "net_sales"
from (
  select "period", coalesce(max("returns_value"), cast(0 as decimal(38, 4))) as "returns_value", coalesce(max("revenue"), cast(0 as decimal(38, 4))) as "revenue"
  from (
    select cast(date_trunc('week', "fact_returns"."invoice_date") as date) as "period", cast(sum("fact_returns"."revenue") as decimal(38, 4)) as "returns_value", cast(null as decimal(38, 4)) as "revenue"
    from "fact_returns"
    where "fact_returns"."invoice_date" >= date '2010-12-10' and "fact_returns"."invoice_date" < date '2011-12-10'
    group by cast(date_trunc('week', "fact_returns"."invoice_date") as date)
    union all
    select cast(date_trunc('week', "fact_sales"."invoice_date") as date) as "period", cast(null as decimal(38, 4)) as "returns_value", cast(sum("fact_sales"."revenue") as decimal(38, 4)) as "revenue"
    from "fact_sales"
    where "fact_sales"."invoice_date" >= date '2010-12-10' and "fact_sales"."invoice_date" < date '2011-12-10'
    group by cast(date_trunc('week', "fact_sales"."invoice_date") as date)
  ) as "branches"
  group by "period"
) as "merged"
order by "period" asc nulls last
