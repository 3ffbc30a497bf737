select repeat_days, customers, expected_orders, actual_orders, fitted_to, checked_to
from value_calibration
order by repeat_days
