-- The articles to offer to each customer next, never one that was bought before. Receipts of unknown
-- customers teach the rules as well.
select
    f.invoice_no as basket,
    f.stock_code as article,
    f.customer_id,
    f.country_key,
    d.sole_country_key
from fact_sales as f
left join dim_customer as d on d.customer_id = f.customer_id and d.is_current and d.customer_key <> 0
where f.is_merchandise and f.stock_code is not null
