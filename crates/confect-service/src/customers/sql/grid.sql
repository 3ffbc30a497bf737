select
    r_score,
    f_score,
    count(*) as customers,
    sum(monetary) / count(*) as mean_value
from customer_rfm
where as_of_month = {month}
group by r_score, f_score
order by r_score, f_score
