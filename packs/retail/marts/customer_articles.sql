-- Merchandise only: postage is nobody's favourite. The method adds the lines up.
select
    f.customer_id,
    f.product_key,
    f.quantity,
    f.revenue,
    f.invoice_date,
    d.sole_country_key,
    p.stock_code,
    p.description,
    p.category
from fact_sales as f
inner join dim_product as p on p.product_key = f.product_key
inner join stg_customer_homes as d on d.customer_id = f.customer_id
where f.customer_id is not null and f.is_merchandise
