-- Customers with more than one row in dim_customer: which later one is valid on which days. The first
-- has the key of the customer alone.
select customer_id, customer_key, valid_from, valid_to
from dim_customer
where customer_key <> 0 and customer_key <> surrogate_key(customer_id)
