-- Shares of the customers that the viewer sees, who lie below this one.
with me as (
    select
        monetary,
        margin_amount,
        frequency,
        average_order_value,
        recency_days,
        cast(returns_amount as double) / nullif(cast(sales_amount as double), 0) as return_rate
    from single_customer_view
    where customer_id = {id}
)

select
    count(*) as customers,
    max(m.return_rate) as return_rate,
    avg(case when v.monetary < m.monetary then 1.0 else 0.0 end) as monetary_below,
    avg(case when v.margin_amount < m.margin_amount then 1.0 else 0.0 end) as margin_below,
    avg(case when v.frequency < m.frequency then 1.0 else 0.0 end) as frequency_below,
    avg(case when v.average_order_value < m.average_order_value then 1.0 else 0.0 end) as average_order_value_below,
    avg(case when v.recency_days < m.recency_days then 1.0 else 0.0 end) as recency_below,
    cast(null as double) as clv_below,
    avg(case when coalesce(cast(v.returns_amount as double) / nullif(cast(v.sales_amount as double), 0), 0) < m.return_rate then 1.0 else 0.0 end)
        as return_rate_below
from single_customer_view as v
cross join me as m
