-- Customers with more than one row in dim_customer: which one is valid on which days.
select customer_id, customer_key, valid_from, valid_to
from dim_customer
where sole_country_key = 0 and customer_key <> 0 and valid_from is not null
