-- Sold lines. The customer is the version that was valid on the day.
select
    l.invoice_no,
    l.line_no,
    l.invoice_date,
    l.sold_at,
    l.customer_id,
    l.stock_code,
    l.store_id,
    l.channel,
    l.quantity,
    l.unit_price,
    l.gross_amount,
    l.discount_amount,
    l.revenue,
    l.cost_amount,
    l.revenue - l.cost_amount as margin_amount,
    l.currency,
    l.is_merchandise,
    l.date_key,
    coalesce(v.customer_key, surrogate_key(l.customer_id)) as customer_key,
    surrogate_key(l.stock_code) as product_key,
    surrogate_key(l.country) as country_key,
    surrogate_key(l.store_id) as store_key,
    l.source_file,
    l.source_line
from stg_sale_lines as l
left join stg_customer_versions as v
    on v.customer_id = l.customer_id and l.invoice_date >= v.valid_from and (v.valid_to is null or l.invoice_date < v.valid_to)
where l.line_bucket = 'sales'
