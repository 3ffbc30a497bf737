-- What each invoice adds up to, for every model that needs no single lines: customers, countries, shops,
-- trading days. Returns are positive.
select
    l.customer_id,
    l.invoice_no,
    l.invoice_date,
    l.country,
    l.store_id,
    l.channel,
    case when l.line_bucket like 'adjustments%' then 'adjustments' else l.line_bucket end as kind,
    max(l.sold_at) as last_sold_at,
    count(*) as lines,
    sum(case when l.line_bucket = 'returns' then abs(l.revenue) else l.revenue end) as revenue,
    sum(case when not l.is_merchandise then 0 when l.line_bucket = 'returns' then abs(l.quantity) else l.quantity end) as units,
    sum(case when l.line_bucket = 'returns' then abs(l.revenue) - abs(l.cost_amount) else l.revenue - l.cost_amount end) as margin_amount
from stg_sale_lines as l
group by l.customer_id, l.invoice_no, l.invoice_date, l.country, l.store_id, l.channel,
    case when l.line_bucket like 'adjustments%' then 'adjustments' else l.line_bucket end
