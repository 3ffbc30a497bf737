-- What one unit of a currency is worth in the shop's, day by day: the rate of the day, or the latest
-- one before. A day with several rates keeps the one delivered last.
with given as (
    select
        upper(trim(r.currency)) as currency,
        r.date,
        last_value(cast(r.rate as decimal(18, 10)) order by r.source_file, r.source_line) as rate
    from source_exchange_rates as r
    group by upper(trim(r.currency)), r.date
),

spans as (
    select
        g.currency,
        g.date as valid_from,
        lead(g.date) over (partition by g.currency order by g.date) as valid_to,
        g.rate
    from given as g
)

select
    surrogate_key(s.currency, cast(d.date as varchar)) as rate_key,
    s.currency,
    d.date,
    cast(s.rate as varchar) as rate
from spans as s
inner join calendar_days as d on d.date >= s.valid_from and (s.valid_to is null or d.date < s.valid_to)
inner join settings as o on o.currency <> s.currency
