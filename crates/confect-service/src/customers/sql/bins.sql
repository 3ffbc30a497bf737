select measure, score, customers, value_from, value_to, different_values
from rfm_bins
where as_of_month = {month}
order by measure, score desc
