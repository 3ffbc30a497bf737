-- Sold and returned lines of the customers, articles and prices of which something came back. The
-- method finds the sale that each return takes back: the latest before it that still has as many pieces.
with returned as (
    select l.customer_id, l.stock_code, l.stated_unit_price
    from stg_sale_lines as l
    where l.line_bucket = 'returns' and l.customer_id is not null
    group by l.customer_id, l.stock_code, l.stated_unit_price
)

select
    surrogate_key(l.customer_id, l.stock_code, cast(l.stated_unit_price as varchar), l.original_currency) as match_key,
    l.line_bucket = 'returns' as is_return,
    cast(l.sold_at as bigint) as at,
    l.invoice_no,
    l.line_no,
    abs(l.quantity) as quantity,
    l.date_key
from stg_sale_lines as l
inner join returned as r
    on r.customer_id = l.customer_id and r.stock_code = l.stock_code and r.stated_unit_price = l.stated_unit_price
where l.line_bucket in ('sales', 'returns')
