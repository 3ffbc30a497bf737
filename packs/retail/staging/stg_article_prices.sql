-- What articles cost and whether they are merchandise, as sale lines need it: a list of its own, so that a
-- new reorder point or text of an article does not touch the lines that are there.
select p.stock_code, p.valid_from, p.valid_to, p.unit_cost, p.list_price, p.is_merchandise
from stg_products as p
