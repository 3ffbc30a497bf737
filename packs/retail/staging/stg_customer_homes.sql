-- The one thing about a customer that row security goes by, so that whoever needs no more does not change when
-- the CRM's words do.
select
    d.customer_id,
    d.sole_country_key
from dim_customer as d
where d.is_current and d.customer_key <> 0
