-- Merchandise only: postage is nobody's favourite.
with bought as (
    select
        f.customer_id,
        f.product_key,
        count(*) as purchases,
        sum(f.quantity) as units,
        sum(f.revenue) as revenue,
        max(f.invoice_date) as last_purchase_date
    from fact_sales as f
    where f.customer_id is not null and f.is_merchandise
    group by f.customer_id, f.product_key
)

select
    b.customer_id,
    d.sole_country_key,
    p.stock_code,
    p.description,
    p.category,
    b.purchases,
    b.units,
    b.revenue,
    b.last_purchase_date
from bought as b
inner join dim_product as p on p.product_key = b.product_key
inner join dim_customer as d on d.customer_id = b.customer_id and d.is_current
