-- Countries of sales, customers and shops.
select 0 as country_key, 'Unknown' as country
union all
select surrogate_key(named.country) as country_key, named.country
from (
    select country from stg_orders where country is not null
    union
    select country from stg_customers where country is not null
    union
    select country from stg_stores where country is not null
) as named
