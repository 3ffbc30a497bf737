select
  "country",
  cast("revenue" - "returns_value" as decimal(38, 4)) as "net_sales",
  cast("returns_value" / nullif("revenue", cast(0 as decimal(38, 4))) as decimal(38, 6)) as "returns_rate"
from (
  select "country", coalesce(max("returns_value"), cast(0 as decimal(38, 4))) as "returns_value", coalesce(max("revenue"), cast(0 as decimal(38, 4))) as "revenue"
  from (
    select "dim_country"."country" as "country", cast(sum("fact_returns"."revenue") as decimal(38, 4)) as "returns_value", cast(null as decimal(38, 4)) as "revenue"
    from "fact_returns"
    left join "dim_country" on "dim_country"."country_key" = "fact_returns"."country_key"
    where "fact_returns"."invoice_date" >= date '2011-01-01' and "fact_returns"."invoice_date" < date '2011-02-01'
    group by "dim_country"."country"
    union all
    select "dim_country"."country" as "country", cast(null as decimal(38, 4)) as "returns_value", cast(sum("fact_sales"."revenue") as decimal(38, 4)) as "revenue"
    from "fact_sales"
    left join "dim_country" on "dim_country"."country_key" = "fact_sales"."country_key"
    where "fact_sales"."invoice_date" >= date '2011-01-01' and "fact_sales"."invoice_date" < date '2011-02-01'
    group by "dim_country"."country"
  ) as "branches"
  group by "country"
) as "merged"
order by "net_sales" desc nulls last, "country" asc nulls last
limit 8
