select min("invoice_date") as "data_from", max("invoice_date") as "data_to"
from "fact_sales"
