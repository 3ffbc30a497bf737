-- The CRM's customers as persons, without names, e-mails and phones: those never enter the star.
--
-- One row per person and span of days in which nothing that is told about it changed. A delivery says
-- its day in the column `valid_from` or in the name of its file; the first one holds since ever.
-- Of several ids or lines of a person in one delivery each column keeps what came last, and what a
-- later delivery leaves empty stays as it was; the day of joining is the first that was ever named.
--
-- Nearly every person is delivered once and on one line; only the others are put in order, because ordering costs
-- many times as much for each of them.
with told as (
    select
        i.person_id as customer_id,
        coalesce(c.valid_from, file_date(c.source_file), cast('0001-01-01' as date)) as delivered_on,
        c.country,
        c.region,
        c.city,
        c.joined_date,
        c.loyalty_tier,
        c.segment,
        c.favourite_category,
        c.deleted_on,
        c.source_file,
        c.source_line
    from source_customers as c
    inner join identities as i on i.customer_id = c.customer_id
),

counted as (
    select t.customer_id, count(*) as lines
    from told as t
    group by t.customer_id
),

once as (
    select t.*
    from told as t
    inner join counted as n on n.customer_id = t.customer_id
    where n.lines = 1
),

delivered as (
    select
        t.customer_id,
        t.delivered_on,
        last_value(t.country order by t.source_file, t.source_line) filter (where t.country is not null) as country,
        last_value(t.region order by t.source_file, t.source_line) filter (where t.region is not null) as region,
        last_value(t.city order by t.source_file, t.source_line) filter (where t.city is not null) as city,
        min(t.joined_date) as joined_date,
        last_value(t.loyalty_tier order by t.source_file, t.source_line) filter (where t.loyalty_tier is not null) as loyalty_tier,
        last_value(t.segment order by t.source_file, t.source_line) filter (where t.segment is not null) as segment,
        last_value(t.favourite_category order by t.source_file, t.source_line)
            filter (where t.favourite_category is not null) as favourite_category,
        case when count(*) = count(t.deleted_on) then max(t.deleted_on) end as deleted_on
    from told as t
    inner join counted as n on n.customer_id = t.customer_id
    where n.lines > 1
    group by t.customer_id, t.delivered_on
),

known as (
    select
        d.customer_id,
        d.delivered_on,
        row_number() over (partition by d.customer_id order by d.delivered_on) as delivery,
        last_value(d.country) ignore nulls over (partition by d.customer_id order by d.delivered_on) as country,
        last_value(d.region) ignore nulls over (partition by d.customer_id order by d.delivered_on) as region,
        last_value(d.city) ignore nulls over (partition by d.customer_id order by d.delivered_on) as city,
        min(d.joined_date) over (partition by d.customer_id) as joined_date,
        last_value(d.loyalty_tier) ignore nulls over (partition by d.customer_id order by d.delivered_on) as loyalty_tier,
        last_value(d.segment) ignore nulls over (partition by d.customer_id order by d.delivered_on) as segment,
        last_value(d.favourite_category) ignore nulls over (partition by d.customer_id order by d.delivered_on) as favourite_category,
        max(d.deleted_on) over (partition by d.customer_id) as deleted_on
    from delivered as d
),

compared as (
    select
        k.*,
        k.delivery = 1
            or (k.country is distinct from lag(k.country) over (partition by k.customer_id order by k.delivered_on))
            or (k.region is distinct from lag(k.region) over (partition by k.customer_id order by k.delivered_on))
            or (k.city is distinct from lag(k.city) over (partition by k.customer_id order by k.delivered_on))
            or (k.loyalty_tier is distinct from lag(k.loyalty_tier) over (partition by k.customer_id order by k.delivered_on))
            or (k.segment is distinct from lag(k.segment) over (partition by k.customer_id order by k.delivered_on))
            or (k.favourite_category is distinct from lag(k.favourite_category) over (partition by k.customer_id order by k.delivered_on))
            as is_change
    from known as k
)

select
    c.customer_id,
    row_number() over (partition by c.customer_id order by c.delivered_on) as version,
    count(*) over (partition by c.customer_id) as versions,
    case when c.delivery = 1 then cast('0001-01-01' as date) else c.delivered_on end as valid_from,
    c.country,
    c.region,
    c.city,
    c.joined_date,
    c.loyalty_tier,
    c.segment,
    c.favourite_category,
    c.deleted_on
from compared as c
where c.is_change
union all
select
    o.customer_id,
    1 as version,
    1 as versions,
    cast('0001-01-01' as date) as valid_from,
    o.country,
    o.region,
    o.city,
    o.joined_date,
    o.loyalty_tier,
    o.segment,
    o.favourite_category,
    o.deleted_on
from once as o
