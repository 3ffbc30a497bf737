-- Sold merchandise by article, shop, day and price: what stock and prices are judged by, without the lines.
-- A price of 0 stands for lines in another currency, whose price in the shop's changes with the rate.
select
    l.stock_code,
    l.store_id,
    l.invoice_date,
    case when l.original_currency is null then l.unit_price else cast(0 as decimal(18, 4)) end as unit_price,
    count(*) as lines,
    cast(sum(l.quantity) as decimal(18, 4)) as quantity,
    cast(sum(l.revenue) as decimal(18, 4)) as revenue
from stg_sale_lines as l
where l.line_bucket = 'sales' and l.is_merchandise
group by
    l.stock_code,
    l.store_id,
    l.invoice_date,
    case when l.original_currency is null then l.unit_price else cast(0 as decimal(18, 4)) end
