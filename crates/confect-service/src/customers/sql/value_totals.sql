select
    count(*) as customers,
    sum(v.clv_12m) as clv_total,
    median(v.clv_12m) as clv_median,
    sum(v.p_alive) as expected_active,
    sum(v.expected_orders_12m) as expected_orders,
    sum(v.historic_revenue) as historic_revenue,
    max(v.model) as model,
    sum(case when s.is_at_risk then s.at_stake end) as at_stake,
    sum(case when s.is_at_risk then 1 else 0 end) as at_risk,
    sum(case when s.is_at_risk and s.is_control then 1 else 0 end) as control
from customer_value as v
left join customer_signals as s on s.customer_id = v.customer_id
