-- Returned lines, and the sold lines of their customers, articles and prices. The method finds the sale
-- that each return takes back: the latest before it that still has as many pieces.
with returned as (
    select
        surrogate_key(l.customer_id, l.stock_code, cast(l.sold_price as varchar), l.original_currency) as match_key,
        l.customer_id,
        l.stock_code,
        l.sold_price,
        l.original_currency,
        l.sold_at,
        l.invoice_no,
        l.line_no,
        l.quantity,
        l.date_key
    from stg_returned_lines as l
    where l.customer_id is not null and l.quantity > 0
),

keys as (
    select match_key, customer_id, stock_code, sold_price, original_currency
    from returned
    group by match_key, customer_id, stock_code, sold_price, original_currency
)

select match_key, customer_id, true as is_return, cast(sold_at as bigint) as at, invoice_no, line_no, quantity, date_key
from returned
union all
select k.match_key, k.customer_id, false as is_return, cast(s.sold_at as bigint) as at, s.invoice_no, s.line_no, s.quantity, s.date_key
from keys as k
inner join fact_sales as s
    on s.customer_id = k.customer_id and s.stock_code = k.stock_code and s.unit_price = k.sold_price
where k.original_currency is null and s.original_currency is null
union all
select k.match_key, k.customer_id, false as is_return, cast(s.sold_at as bigint) as at, s.invoice_no, s.line_no, s.quantity, s.date_key
from (select * from keys where original_currency is not null) as k
inner join (select * from fact_sales where original_currency is not null and quantity > 0) as s
    on s.customer_id = k.customer_id and s.stock_code = k.stock_code and s.original_currency = k.original_currency
    and cast(s.original_amount / nullif(s.quantity, 0) as decimal(18, 4)) = k.sold_price
