select
    as_of_month,
    max(as_of_date) as as_of_date,
    max(case when is_latest then 1 else 0 end) as is_latest
from customer_rfm
group by as_of_month
order by as_of_month desc
