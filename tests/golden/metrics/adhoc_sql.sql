select count(*) from fact_sales
