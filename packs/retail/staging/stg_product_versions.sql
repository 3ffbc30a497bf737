-- Articles with more than one row in dim_product: which later one is valid on which days.
select
    p.stock_code,
    surrogate_key(p.stock_code, cast(p.valid_from as varchar)) as product_key,
    p.valid_from,
    p.valid_to
from stg_products as p
where p.version > 1
