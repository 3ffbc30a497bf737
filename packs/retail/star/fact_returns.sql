-- Returned lines, amounts positive. The sale that is taken back is the latest one before the return with
-- the same customer, article and price that still has as many pieces (`stg_return_matches`).
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
    l.original_currency,
    l.original_amount,
    l.is_merchandise,
    m.original_invoice_no,
    m.original_date_key,
    m.original_invoice_no is not null as is_matched,
    l.date_key,
    coalesce(v.customer_key, surrogate_key(l.customer_id)) as customer_key,
    coalesce(p.product_key, surrogate_key(l.stock_code)) as product_key,
    surrogate_key(l.country) as country_key,
    surrogate_key(l.store_id) as store_key,
    surrogate_key(l.channel) as channel_key,
    l.source_file,
    l.source_line
from stg_returned_lines as l
left join stg_return_matches as m on m.invoice_no = l.invoice_no and m.line_no = l.line_no
left join stg_customer_versions as v
    on v.customer_id = l.customer_id and l.invoice_date >= v.valid_from and (v.valid_to is null or l.invoice_date < v.valid_to)
left join stg_product_versions as p
    on p.stock_code = l.stock_code and l.invoice_date >= p.valid_from and l.invoice_date < p.valid_to
