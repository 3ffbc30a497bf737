-- The CRM's customers as persons, without names, e-mails and phones: those never enter the star.
-- Of several ids or lines of a person each column keeps what was delivered last, the day of joining the first.
select
    i.person_id as customer_id,
    last_value(c.country order by c.source_file, c.source_line) filter (where c.country is not null) as country,
    last_value(c.region order by c.source_file, c.source_line) filter (where c.region is not null) as region,
    last_value(c.city order by c.source_file, c.source_line) filter (where c.city is not null) as city,
    min(c.joined_date) as joined_date,
    last_value(c.loyalty_tier order by c.source_file, c.source_line) filter (where c.loyalty_tier is not null) as loyalty_tier,
    last_value(c.segment order by c.source_file, c.source_line) filter (where c.segment is not null) as segment,
    last_value(c.favourite_category order by c.source_file, c.source_line)
        filter (where c.favourite_category is not null) as favourite_category,
    case when count(*) = count(c.deleted_on) then max(c.deleted_on) end as deleted_on
from source_customers as c
inner join identities as i on i.customer_id = c.customer_id
group by i.person_id
