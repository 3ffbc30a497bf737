-- Every text that an article's lines carry.
select
    surrogate_key(d.stock_code) as product_key,
    d.stock_code,
    d.description,
    d.lines,
    coalesce(d.description = p.description, false) as is_chosen
from stg_descriptions as d
inner join dim_product as p on p.stock_code = d.stock_code and p.is_current
