select *
from single_customer_view
where customer_id = {id}
