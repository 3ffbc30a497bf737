select count(*) as "rows" from (
  select "stock_code", coalesce(max("returns_value"), cast(0 as decimal(38, 4))) as "returns_value", coalesce(max("revenue"), cast(0 as decimal(38, 4))) as "revenue"
  from (
    select "dim_product"."stock_code" as "stock_code", cast(sum("fact_returns"."revenue") as decimal(38, 4)) as "returns_value", cast(null as decimal(38, 4)) as "revenue"
    from "fact_returns"
    left join "dim_product" on "dim_product"."product_key" = "fact_returns"."product_key"
    group by "dim_product"."stock_code"
    union all
    select "dim_product"."stock_code" as "stock_code", cast(null as decimal(38, 4)) as "returns_value", cast(sum("fact_sales"."revenue") as decimal(38, 4)) as "revenue"
    from "fact_sales"
    left join "dim_product" on "dim_product"."product_key" = "fact_sales"."product_key"
    group by "dim_product"."stock_code"
  ) as "branches"
  group by "stock_code"
) as "merged"
