select
  cast(cast("order_count" as decimal(38, 0)) as bigint) as "orders"
from (
  select coalesce(cast(count(distinct case when "fact_sales"."is_merchandise" = true then "fact_sales"."invoice_no" end) as decimal(38, 4)), cast(0 as decimal(38, 4))) as "order_count"
  from "fact_sales"
  left join "dim_country" on "dim_country"."country_key" = "fact_sales"."country_key"
  where "dim_country"."country" in ('''; drop table fact_sales; --', 'Côte d''Ivoire', 'France ', 'N'' OR ''1''=''1', '\'' or 1=1', '‮evil', '日本')
) as "merged"
