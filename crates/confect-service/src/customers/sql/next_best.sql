select n.rank, n.stock_code, min(p.description) as description, min(p.category) as category, n.score, n.reason
from customer_next_best as n
left join dim_product as p on p.stock_code = n.stock_code
where n.customer_id = {id}
group by n.rank, n.stock_code, n.score, n.reason
order by n.rank
limit 3
