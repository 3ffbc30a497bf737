select model, repeat_days, p_alive, expected_orders_12m, expected_order_value, clv_12m, clv_12m_low, clv_12m_high, historic_revenue
from customer_value
where customer_id = {id}
