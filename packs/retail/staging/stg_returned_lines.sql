-- Returned lines, amounts positive.
select
    l.invoice_no,
    l.line_no,
    l.invoice_date,
    l.sold_at,
    l.customer_id,
    l.stock_code,
    l.store_id,
    l.channel,
    l.country,
    abs(l.quantity) as quantity,
    -- A price that was converted differs from day to day; what was paid for a piece does not.
    case
        when l.original_currency is null or l.quantity = 0 then l.unit_price
        else cast(abs(l.original_amount) / nullif(abs(l.quantity), 0) as decimal(18, 4))
    end as sold_price,
    abs(l.unit_price) as unit_price,
    abs(l.gross_amount) as gross_amount,
    abs(l.discount_amount) as discount_amount,
    abs(l.revenue) as revenue,
    abs(l.cost_amount) as cost_amount,
    l.currency,
    l.original_currency,
    abs(l.original_amount) as original_amount,
    l.rate_key,
    l.is_merchandise,
    l.date_key,
    l.source_file,
    l.source_line
from stg_sale_lines as l
where l.line_bucket = 'returns'
