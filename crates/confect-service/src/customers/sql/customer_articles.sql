select place, stock_code, description, category, purchases, units, revenue, last_purchase_date
from customer_articles
where customer_id = {id}
order by place
