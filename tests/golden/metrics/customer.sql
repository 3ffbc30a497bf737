select *
from "single_customer_view"
where "customer_id" = '17850'' or ''x''=''x'
