-- Customers of the CRM, of the sales and of the loyalty scheme. One row per customer and span of days
-- with the same country and the same words of the CRM; where the CRM names a country, that one holds.
with several as (
    select customer_id from stg_customers where version = 1 and versions > 1
),

-- Those of whom the CRM told one thing only: a row per span of days with one country of sales.
steady as (
    select
        coalesce(n.customer_id, c.customer_id) as customer_id,
        coalesce(c.country, n.country) as country,
        n.valid_from,
        n.valid_to,
        coalesce(n.spans, 1) as countries,
        row_number() over (partition by coalesce(n.customer_id, c.customer_id) order by n.valid_from) as place,
        c.region,
        c.city,
        c.loyalty_tier,
        c.segment,
        c.joined_date,
        c.favourite_category,
        c.customer_id is null as is_inferred,
        c.deleted_on
    from (select * from stg_customer_countries left anti join several on several.customer_id = stg_customer_countries.customer_id) as n
    full join (select * from stg_customers where versions = 1) as c on c.customer_id = n.customer_id
),

-- The others: days on which the country of sales or the CRM's words began. The first of both hold
-- since ever.
country_spans as (
    select
        n.customer_id,
        n.country,
        n.valid_from,
        row_number() over (partition by n.customer_id order by n.valid_from) as place
    from stg_customer_countries as n
    left semi join several as s on s.customer_id = n.customer_id
),

starts as (
    select
        b.customer_id,
        b.valid_from,
        max(b.place) as place,
        max(b.version) as version
    from (
        select
            n.customer_id,
            case when n.place = 1 then cast('0001-01-01' as date) else n.valid_from end as valid_from,
            n.place,
            cast(null as bigint) as version
        from country_spans as n
        union all
        select c.customer_id, c.valid_from, cast(null as bigint) as place, c.version
        from stg_customers as c
        where c.versions > 1
    ) as b
    group by b.customer_id, b.valid_from
),

reached as (
    select
        b.customer_id,
        b.valid_from,
        max(b.place) over (partition by b.customer_id order by b.valid_from) as place,
        max(b.version) over (partition by b.customer_id order by b.valid_from) as version
    from starts as b
),

changing as (
    select
        b.customer_id,
        coalesce(c.country, n.country) as country,
        case when b.valid_from > cast('0001-01-01' as date) then b.valid_from end as valid_from,
        lead(b.valid_from) over (partition by b.customer_id order by b.valid_from) as valid_to,
        row_number() over (partition by b.customer_id order by b.valid_from) as place,
        c.region,
        c.city,
        c.loyalty_tier,
        c.segment,
        c.joined_date,
        c.favourite_category,
        false as is_inferred,
        c.deleted_on
    from reached as b
    inner join stg_customers as c on c.customer_id = b.customer_id and c.version = b.version
    left join country_spans as n on n.customer_id = b.customer_id and n.place = b.place
),

countries as (
    select c.customer_id, count(distinct coalesce(c.country, '')) as countries
    from changing as c
    group by c.customer_id
),

-- Customers whom only points events name.
early as (
    select e.customer_id
    from stg_loyalty_events as e
    left anti join stg_customers as c on c.customer_id = e.customer_id
    left anti join stg_customer_countries as n on n.customer_id = e.customer_id
    group by e.customer_id
),

spans as (
    select
        customer_id, country, valid_from, valid_to, countries, place,
        region, city, loyalty_tier, segment, joined_date, favourite_category, is_inferred, deleted_on
    from steady
    union all
    select
        c.customer_id, c.country, c.valid_from, c.valid_to, k.countries, c.place,
        c.region, c.city, c.loyalty_tier, c.segment, c.joined_date, c.favourite_category, c.is_inferred, c.deleted_on
    from changing as c
    inner join countries as k on k.customer_id = c.customer_id
    union all
    select
        customer_id, null, null, null, 1, 1,
        null, null, null, null, null, null, true, null
    from early
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
    false as is_inferred,
    false as is_deleted,
    cast(null as date) as deleted_on
union all
select
    -- The first version's key is that of the customer alone, so that facts need no join to find it.
    case when s.place = 1 then surrogate_key(s.customer_id) else surrogate_key(s.customer_id, cast(s.valid_from as varchar)) end as customer_key,
    s.customer_id,
    s.country,
    surrogate_key(s.country) as country_key,
    case when s.countries = 1 then surrogate_key(s.country) else 0 end as sole_country_key,
    s.region,
    s.city,
    s.loyalty_tier,
    s.segment,
    s.joined_date,
    s.favourite_category,
    s.valid_from,
    s.valid_to,
    s.valid_to is null as is_current,
    s.is_inferred,
    s.deleted_on is not null as is_deleted,
    s.deleted_on
from spans as s
