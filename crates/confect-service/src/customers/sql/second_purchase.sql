select
    s.scope_key,
    case when s.scope_key = -1 then 'All customers' when s.scope_key = 0 then 'Several countries' else c.country end as label,
    s.days,
    s.customers,
    s.at_risk,
    s.second_purchases,
    s.repeated_share,
    s.repeated_low,
    s.repeated_high
from second_purchase as s
left join dim_country as c on c.country_key = s.sole_country_key
where {scope}
order by s.customers desc, s.scope_key, s.days
