"""Online Retail with pandas and SQLAlchemy: the pipeline that customer-intelligence tutorials teach.

Usage: star_pandas.py CSV OUT. Cleans, writes sales, customers and articles into a database, and scores customers.
Does less than the other peers: no returns, no adjustments, floats for money.
"""
import os
import sys

import pandas
from sqlalchemy import create_engine

CSV, OUT = sys.argv[1:3]
os.makedirs(OUT, exist_ok=True)
lines = pandas.read_csv(CSV, dtype={"CustomerID": str, "InvoiceNo": str, "StockCode": str})
lines["InvoiceDate"] = pandas.to_datetime(lines["InvoiceDate"])
lines = lines.drop_duplicates()
lines = lines[lines["CustomerID"].notna()]
sales = lines[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0)].copy()
sales["Revenue"] = sales["Quantity"] * sales["UnitPrice"]

engine = create_engine(f"sqlite:///{OUT}/star.db")
customers = sales.groupby("CustomerID")["Country"].last().reset_index()
products = sales[["StockCode", "Description"]].drop_duplicates("StockCode")
tomorrow = sales["InvoiceDate"].max() + pandas.Timedelta(days=1)
scores = sales.groupby("CustomerID").agg(
    recency_days=("InvoiceDate", lambda moments: (tomorrow - moments.max()).days),
    frequency=("InvoiceNo", "nunique"),
    monetary=("Revenue", "sum"),
)
for column, name, labels in [("recency_days", "r", [5, 4, 3, 2, 1]), ("frequency", "f", [1, 2, 3, 4, 5]),
                             ("monetary", "m", [1, 2, 3, 4, 5])]:
    scores[name] = pandas.qcut(scores[column].rank(method="first"), 5, labels=labels).astype(int)
sales.to_sql("fact_sales", engine, if_exists="replace", index=False, chunksize=10_000)
for name, table in {"dim_customer": customers, "dim_product": products, "customer_view": scores.reset_index()}.items():
    table.to_sql(name, engine, if_exists="replace", index=False)
print(len(sales), round(sales["Revenue"].sum(), 3), len(scores))
