-- The CRM's customers, without names, e-mails and phones: those never enter the star.
-- A customer that is listed twice keeps the last line.
select
    c.customer_id,
    last_value(c.country order by c.source_file, c.source_line) as country,
    last_value(c.region order by c.source_file, c.source_line) as region,
    last_value(c.city order by c.source_file, c.source_line) as city,
    last_value(c.joined_date order by c.source_file, c.source_line) as joined_date,
    last_value(c.loyalty_tier order by c.source_file, c.source_line) as loyalty_tier,
    last_value(c.segment order by c.source_file, c.source_line) as segment,
    last_value(c.favourite_category order by c.source_file, c.source_line) as favourite_category
from source_customers as c
group by c.customer_id
