-- Margin and value are known as of the last day only, so they are joined for the last month only.
with chosen as (
    select customer_id, rfm_segment, segment_position, recency_days, frequency, monetary
    from customer_rfm
    where as_of_month = {month}
)

select
    c.rfm_segment as segment,
    min(c.segment_position) as position,
    count(*) as customers,
    cast(count(*) as double) / sum(count(*)) over () as customers_share,
    sum(c.monetary) as net_sales,
    cast(sum(c.monetary) as double) / nullif(cast(sum(sum(c.monetary)) over () as double), 0) as net_sales_share,
    sum(v.margin_amount) as margin,
    sum(c.monetary) / nullif(sum(c.frequency), 0) as average_order_value,
    avg(c.frequency) as frequency,
    avg(c.recency_days) as recency_days,
    sum(w.clv_12m) / nullif(count(w.clv_12m), 0) as clv,
    sum(w.clv_12m) as clv_total,
    sum(v.returns_amount) / nullif(sum(v.sales_amount), 0) as return_rate
from chosen as c
left join single_customer_view as v on v.customer_id = c.customer_id and {is_latest}
left join customer_value as w on w.customer_id = c.customer_id and {is_latest}
group by c.rfm_segment
order by position, segment
