-- Returned lines, amounts positive. The sale that is taken back is the latest one before the return
-- with the same customer, article and price and at least as many pieces.
with matched as (
    select
        r.invoice_no,
        r.line_no,
        last_value(s.invoice_no order by s.sold_at, s.invoice_no, s.line_no) as original_invoice_no,
        last_value(s.date_key order by s.sold_at, s.invoice_no, s.line_no) as original_date_key
    from stg_returned_lines as r
    inner join fact_sales as s
        on s.customer_id = r.customer_id and s.stock_code = r.stock_code and s.unit_price = r.sold_price
    where s.sold_at <= r.sold_at and s.quantity >= r.quantity
    group by r.invoice_no, r.line_no
)

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
    m.original_invoice_no,
    m.original_date_key,
    m.original_invoice_no is not null as is_matched,
    l.date_key,
    coalesce(v.customer_key, surrogate_key(l.customer_id)) as customer_key,
    surrogate_key(l.stock_code) as product_key,
    surrogate_key(l.country) as country_key,
    surrogate_key(l.store_id) as store_key,
    l.source_file,
    l.source_line
from stg_returned_lines as l
left join matched as m on m.invoice_no = l.invoice_no and m.line_no = l.line_no
left join stg_customer_versions as v
    on v.customer_id = l.customer_id and l.invoice_date >= v.valid_from and (v.valid_to is null or l.invoice_date < v.valid_to)
