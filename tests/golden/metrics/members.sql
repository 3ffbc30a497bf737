select distinct "category" as "category"
from "dim_product"
where "category" is not null and "product_key" <> 0
order by "category" asc
limit 200
