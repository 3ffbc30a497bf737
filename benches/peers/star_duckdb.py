"""Online Retail to a star with DuckDB, as an analyst who knows SQL would write it.

Usage: star_duckdb.py CSV OUT. Two threads. Reads with rejects stored, drops exact duplicates, builds the
dimensions, the three facts, the customer view with quintiles, and writes Parquet files with zstd.
Prints sales lines, their revenue and customers, so that a benchmark can see that it did the same work.
"""
import os
import sys

import duckdb

CSV, OUT = sys.argv[1:3]
os.makedirs(OUT, exist_ok=True)
db = duckdb.connect()
db.execute("set threads = 2")

STEPS = {
    "lines": f"""
        select row_number() over () as line, * from read_csv('{CSV}', header = true, store_rejects = true, types = {{
            'InvoiceNo': 'VARCHAR', 'StockCode': 'VARCHAR', 'CustomerID': 'VARCHAR', 'Quantity': 'BIGINT',
            'UnitPrice': 'DECIMAL(18,4)', 'InvoiceDate': 'TIMESTAMP'}})""",
    "kept": """
        select min(line) as line, InvoiceNo as invoice_no, upper(trim(StockCode)) as stock_code,
            any_value(Description) as description, Quantity as quantity, UnitPrice as unit_price,
            InvoiceDate as sold_at, cast(cast(CustomerID as double) as bigint) as customer_id, Country as country
        from lines
        group by InvoiceNo, StockCode, lines.Description, Quantity, UnitPrice, InvoiceDate, CustomerID, lines.Country""",
    "dim_country": """
        select row_number() over (order by country) as country_key, country
        from (select distinct country from kept)""",
    "dim_product": """
        select row_number() over (order by stock_code) as product_key, stock_code, description
        from (select stock_code, mode(description) as description from kept group by stock_code)""",
    "dim_customer": """
        select row_number() over (order by customer_id) as customer_key, *
        from (select customer_id, arg_max(country, sold_at) as country, min(sold_at) as first_at
              from kept where customer_id is not null group by customer_id)""",
    "dim_date": """
        select cast(strftime(day, '%Y%m%d') as int) as date_key, day, year(day) as year, month(day) as month
        from (select unnest(generate_series(min(sold_at)::date, max(sold_at)::date, interval 1 day))::date as day
              from kept)""",
    "joined": """
        select k.*, k.sold_at::date as invoice_date, cast(strftime(k.sold_at, '%Y%m%d') as int) as date_key,
            coalesce(c.customer_key, 0) as customer_key, p.product_key, l.country_key,
            cast(k.quantity * k.unit_price as decimal(18, 4)) as revenue,
            case when k.unit_price <= 0 or k.invoice_no like 'A%' then 'adjustment'
                 when k.quantity < 0 or k.invoice_no like 'C%' then 'return' else 'sale' end as bucket
        from kept as k
        left join dim_customer as c on c.customer_id = k.customer_id
        join dim_product as p on p.stock_code = k.stock_code
        join dim_country as l on l.country = k.country""",
    "fact_sales": "select * exclude (bucket) from joined where bucket = 'sale' order by sold_at",
    "fact_returns": "select * exclude (bucket) from joined where bucket = 'return' order by sold_at",
    "fact_adjustments": "select * exclude (bucket) from joined where bucket = 'adjustment' order by sold_at",
    "customer_view": """
        select *, 6 - ntile(5) over (order by recency_days) as r, ntile(5) over (order by frequency) as f,
            ntile(5) over (order by monetary) as m
        from (select customer_id, count(distinct invoice_no) as frequency, sum(revenue) as monetary,
                  sum(quantity) as units, min(sold_at) as first_at, max(sold_at) as last_at,
                  date_diff('day', max(sold_at), (select max(sold_at) from fact_sales) + interval 1 day)
                      as recency_days
              from fact_sales where customer_id is not null group by customer_id)""",
}

for name, query in STEPS.items():
    kind = "view" if name == "joined" else "table"
    db.execute(f"create {kind} {name} as {query}")
for name in STEPS:
    if name.startswith(("dim_", "fact_", "customer_")):
        db.execute(f"copy {name} to '{OUT}/{name}.parquet' (format parquet, compression zstd)")
count = "select count(*), sum(revenue), (select count(*) from customer_view) from fact_sales"
print(*db.execute(count).fetchall()[0])
