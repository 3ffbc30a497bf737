select
  "stock_code",
  "category",
  cast("revenue" - "returns_value" as decimal(38, 4)) as "net_sales",
  cast("units_sold" as decimal(38, 4)) as "units",
  cast(cast("order_count" as decimal(38, 0)) as bigint) as "orders",
  cast("returns_value" / nullif("revenue", cast(0 as decimal(38, 4))) as decimal(38, 6)) as "returns_rate"
from (
  select "stock_code", "category", coalesce(max("order_count"), cast(0 as decimal(38, 4))) as "order_count", coalesce(max("returns_value"), cast(0 as decimal(38, 4))) as "returns_value", coalesce(max("revenue"), cast(0 as decimal(38, 4))) as "revenue", coalesce(max("units_sold"), cast(0 as decimal(38, 4))) as "units_sold"
  from (
    select "dim_product"."stock_code" as "stock_code", "dim_product"."category" as "category", cast(null as decimal(38, 4)) as "order_count", cast(sum("fact_returns"."revenue") as decimal(38, 4)) as "returns_value", cast(null as decimal(38, 4)) as "revenue", cast(null as decimal(38, 4)) as "units_sold"
    from "fact_returns"
    left join "dim_country" on "dim_country"."country_key" = "fact_returns"."country_key"
    left join "dim_customer" on "dim_customer"."customer_key" = "fact_returns"."customer_key"
    left join "dim_product" on "dim_product"."product_key" = "fact_returns"."product_key"
    where "dim_country"."country" in ('France', 'Germany') and "dim_customer"."loyalty_tier" in ('Gold')
    group by "dim_product"."stock_code", "dim_product"."category"
    union all
    select "dim_product"."stock_code" as "stock_code", "dim_product"."category" as "category", cast(count(distinct case when "fact_sales"."is_merchandise" = true then "fact_sales"."invoice_no" end) as decimal(38, 4)) as "order_count", cast(null as decimal(38, 4)) as "returns_value", cast(sum("fact_sales"."revenue") as decimal(38, 4)) as "revenue", cast(sum(case when "fact_sales"."is_merchandise" = true then "fact_sales"."quantity" end) as decimal(38, 4)) as "units_sold"
    from "fact_sales"
    left join "dim_country" on "dim_country"."country_key" = "fact_sales"."country_key"
    left join "dim_customer" on "dim_customer"."customer_key" = "fact_sales"."customer_key"
    left join "dim_product" on "dim_product"."product_key" = "fact_sales"."product_key"
    where "dim_country"."country" in ('France', 'Germany') and "dim_customer"."loyalty_tier" in ('Gold')
    group by "dim_product"."stock_code", "dim_product"."category"
  ) as "branches"
  group by "stock_code", "category"
) as "merged"
order by "stock_code" desc nulls last, "category" asc nulls last
limit 200
offset 400
