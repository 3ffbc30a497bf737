"""Online Retail to a star with Polars, as someone who writes expressions rather than loops would.

Usage: star_polars.py CSV OUT. The same work as star_duckdb.py but for rejected rows, which Polars does not keep.
Run with POLARS_MAX_THREADS=2.
"""
import os
import sys

import polars as pl

CSV, OUT = sys.argv[1:3]
os.makedirs(OUT, exist_ok=True)
TYPES = {"InvoiceNo": pl.String, "StockCode": pl.String, "CustomerID": pl.String, "Quantity": pl.Int64,
         "UnitPrice": pl.Decimal(18, 4)}

lines = pl.read_csv(CSV, schema_overrides=TYPES, try_parse_dates=True).unique(maintain_order=True)
kept = lines.select(
    pl.col("InvoiceNo").alias("invoice_no"),
    pl.col("StockCode").str.strip_chars().str.to_uppercase().alias("stock_code"),
    pl.col("Description").alias("description"),
    pl.col("Quantity").alias("quantity"),
    pl.col("UnitPrice").alias("unit_price"),
    pl.col("InvoiceDate").alias("sold_at"),
    pl.col("CustomerID").cast(pl.Float64).cast(pl.Int64).alias("customer_id"),
    pl.col("Country").alias("country"),
    (pl.col("Quantity") * pl.col("UnitPrice")).cast(pl.Decimal(18, 4)).alias("revenue"),
)
customers = (kept.filter(pl.col("customer_id").is_not_null()).sort("sold_at").group_by("customer_id")
             .agg(pl.col("country").last(), pl.col("sold_at").min().alias("first_at"))
             .sort("customer_id").with_row_index("customer_key", 1))
products = (kept.group_by("stock_code").agg(pl.col("description").drop_nulls().mode().first())
            .sort("stock_code").with_row_index("product_key", 1))
countries = kept.select("country").unique().sort("country").with_row_index("country_key", 1)
days = (kept.select(pl.date_range(pl.col("sold_at").min().cast(pl.Date), pl.col("sold_at").max().cast(pl.Date))
                    .alias("day"))
        .with_columns(pl.col("day").dt.strftime("%Y%m%d").cast(pl.Int32).alias("date_key")))
joined = (kept.join(customers.select("customer_id", "customer_key"), on="customer_id", how="left")
          .join(products.select("stock_code", "product_key"), on="stock_code").join(countries, on="country")
          .with_columns(pl.col("customer_key").fill_null(0),
                        pl.col("sold_at").dt.strftime("%Y%m%d").cast(pl.Int32).alias("date_key"))
          .sort("sold_at"))
number = pl.col("invoice_no").str
adjusts = (pl.col("unit_price") <= 0) | number.starts_with("A")
returns = ~adjusts & ((pl.col("quantity") < 0) | number.starts_with("C"))
sales = joined.filter(~adjusts & ~returns)
view = (sales.filter(pl.col("customer_id").is_not_null()).group_by("customer_id")
        .agg(pl.col("invoice_no").n_unique().alias("frequency"), pl.col("revenue").sum().alias("monetary"),
             pl.col("quantity").sum().alias("units"), pl.col("sold_at").min().alias("first_at"),
             pl.col("sold_at").max().alias("last_at"))
        .with_columns(((pl.col("last_at").max() - pl.col("last_at")).dt.total_days() + 1).alias("recency_days"))
        .with_columns(*[(pl.col(column).rank("ordinal", descending=down) * 5 - 1).floordiv(pl.len()).add(1).alias(name)
                        for column, down, name in [("recency_days", True, "r"), ("frequency", False, "f"),
                                                   ("monetary", False, "m")]]))
tables = {"dim_customer": customers, "dim_product": products, "dim_country": countries, "dim_date": days,
          "fact_sales": sales, "fact_returns": joined.filter(returns), "fact_adjustments": joined.filter(adjusts),
          "customer_view": view}
for name, table in tables.items():
    table.write_parquet(f"{OUT}/{name}.parquet", compression="zstd")
print(sales.height, sales["revenue"].sum(), view.height)
