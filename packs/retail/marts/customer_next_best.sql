-- The articles to offer to each customer next, never one that was bought before. Receipts of unknown
-- customers teach the rules as well.
select
    f.invoice_no as basket,
    f.stock_code as article,
    f.customer_id,
    f.country_key,
    d.sole_country_key
from settings as s
cross join fact_sales as f
left join stg_customer_homes as d on d.customer_id = f.customer_id
where f.is_merchandise and f.stock_code is not null and f.invoice_date < s.whole_months_to
