select is_whale, days_silent, usual_gap_days, is_at_risk, risk_reasons, at_stake, is_control
from customer_signals
where customer_id = {id}
