select
    sum(case when r.segment_position = 1 then 1 else 0 end) as champions,
    sum(case when s.is_whale then 1 else 0 end) as whales,
    sum(case when s.is_at_risk then 1 else 0 end) as at_risk,
    sum(case when r.m_score >= 4 and r.r_score <= 2 and not coalesce(s.is_at_risk, false) then 1 else 0 end) as win_back,
    max(case when r.segment_position = 1 then r.rfm_segment end) as best_segment
from single_customer_view as v
inner join customer_rfm as r on r.customer_id = v.customer_id and r.is_latest
left join customer_signals as s on s.customer_id = v.customer_id
