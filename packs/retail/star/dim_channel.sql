-- Where it was sold.
select 0 as channel_key, 'Unknown' as channel
union all
select surrogate_key(l.channel) as channel_key, l.channel
from stg_orders as l
where l.channel is not null
group by l.channel
