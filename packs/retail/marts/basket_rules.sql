-- What is bought together, from sold lines of merchandise: postage, fees and samples say nothing about
-- tastes. The method makes basket_itemsets of these rows as well.
with newest as (
    select max(stock_date) as stock_date
    from fact_stock_daily
),

-- Pieces in all shops at the end of the newest day; a shop that owes pieces has none.
stock as (
    select
        d.stock_code,
        cast(coalesce(sum(case when d.on_hand_qty > 0 then d.on_hand_qty end), 0) as decimal(18, 4)) as on_hand_qty
    from fact_stock_daily as d
    inner join newest as n on n.stock_date = d.stock_date
    group by d.stock_code
)

select
    f.invoice_no as basket,
    f.invoice_date as day,
    p.stock_code as article,
    p.description as article_name,
    s.on_hand_qty as article_on_hand,
    p.subcategory,
    p.category,
    f.revenue,
    f.margin_amount as margin
from settings as k
cross join fact_sales as f
inner join dim_product as p on p.product_key = f.product_key
left join stock as s on s.stock_code = p.stock_code
where f.is_merchandise and p.product_key <> 0 and f.invoice_date < k.whole_months_to
