select as_of_month, r_score, f_score, m_score, rfm_segment as segment, segment_position as position, recency_days, frequency, monetary
from customer_rfm
where customer_id = {id}
order by as_of_month
