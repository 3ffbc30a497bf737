-- The last day on which anything was sold.
select max(l.invoice_date) as last_sale_date from stg_orders as l
