select
    v.customer_id,
    v.country,
    v.loyalty_tier,
    r.rfm_segment as segment,
    r.r_score,
    r.f_score,
    r.m_score,
    v.recency_days,
    s.usual_gap_days,
    v.frequency,
    v.monetary,
    v.margin_amount,
    v.last_purchase_date,
    w.p_alive,
    w.clv_12m,
    s.at_stake,
    s.risk_reasons,
    s.is_control
from single_customer_view as v
inner join customer_rfm as r on r.customer_id = v.customer_id and r.is_latest
left join customer_value as w on w.customer_id = v.customer_id
left join customer_signals as s on s.customer_id = v.customer_id
where {condition}
order by {order} desc nulls last, v.customer_id
limit {limit}
