select
  "period",
  "country",
  cast(cast("customer_count" as decimal(38, 0)) as bigint) as "active_customers"
from (
  select cast(date_trunc('month', "fact_sales"."invoice_date") as date) as "period", "dim_country"."country" as "country", coalesce(cast(count(distinct "fact_sales"."customer_id") as decimal(38, 4)), cast(0 as decimal(38, 4))) as "customer_count"
  from "fact_sales"
  left join "dim_country" on "dim_country"."country_key" = "fact_sales"."country_key"
  group by cast(date_trunc('month', "fact_sales"."invoice_date") as date), "dim_country"."country"
) as "merged"
order by "period" asc nulls last, "country" asc nulls last
