-- Customers of the CRM and of the sales. A customer whose lines change country has one row per span
-- of days; where the CRM names a country, that one holds throughout.
with spans as (
    select
        coalesce(n.customer_id, c.customer_id) as customer_id,
        coalesce(c.country, n.country) as country,
        n.valid_from,
        n.valid_to,
        coalesce(n.spans, 1) as spans,
        row_number() over (partition by coalesce(n.customer_id, c.customer_id) order by n.valid_from) as place,
        c.region,
        c.city,
        c.loyalty_tier,
        c.segment,
        c.joined_date,
        c.favourite_category,
        c.deleted_on
    from stg_customer_countries as n
    full join stg_customers as c on c.customer_id = n.customer_id
)

select
    0 as customer_key,
    'Unknown' as customer_id,
    cast(null as varchar) as country,
    0 as country_key,
    0 as sole_country_key,
    cast(null as varchar) as region,
    cast(null as varchar) as city,
    cast(null as varchar) as loyalty_tier,
    cast(null as varchar) as segment,
    cast(null as date) as joined_date,
    cast(null as varchar) as favourite_category,
    cast(null as date) as valid_from,
    cast(null as date) as valid_to,
    true as is_current,
    false as is_deleted,
    cast(null as date) as deleted_on
union all
select
    -- The first version's key is that of the customer alone, so that facts need no join to find it.
    case when s.place = 1 then surrogate_key(s.customer_id) else surrogate_key(s.customer_id, cast(s.valid_from as varchar)) end as customer_key,
    s.customer_id,
    s.country,
    surrogate_key(s.country) as country_key,
    case when s.spans = 1 then surrogate_key(s.country) else 0 end as sole_country_key,
    s.region,
    s.city,
    s.loyalty_tier,
    s.segment,
    s.joined_date,
    s.favourite_category,
    s.valid_from,
    s.valid_to,
    s.valid_to is null as is_current,
    s.deleted_on is not null as is_deleted,
    s.deleted_on
from spans as s
