select distinct "country" as "country"
from "dim_country"
where "country" is not null and "country_key" <> 0 and strpos(lower("country"), '%_'' or ''1''=''1') > 0
order by "country" asc
limit 20
