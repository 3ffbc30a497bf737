select v.next_best_stock_code as stock_code, min(p.description) as description, min(p.category) as category
from single_customer_view as v
inner join dim_product as p on p.stock_code = v.next_best_stock_code
where v.customer_id = {id}
group by 1
