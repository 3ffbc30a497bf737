-- What is bought together, from sold lines of merchandise: postage, fees and samples say nothing about
-- tastes. The method makes basket_itemsets of these rows as well.
select
    f.invoice_no as basket,
    f.invoice_date as day,
    p.stock_code as article,
    p.description as article_name,
    p.subcategory,
    p.category,
    f.revenue,
    f.margin_amount as margin
from fact_sales as f
inner join dim_product as p on p.product_key = f.product_key
cross join settings as s
where f.is_merchandise and p.product_key <> 0 and f.invoice_date < s.whole_months_to
