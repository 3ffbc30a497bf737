-- The shop list. A shop that is listed twice keeps its last line.
select
    s.store_id,
    last_value(s.name order by s.source_file, s.source_line) as name,
    last_value(s.region order by s.source_file, s.source_line) as region,
    last_value(s.country order by s.source_file, s.source_line) as country,
    last_value(s.opened_date order by s.source_file, s.source_line) as opened_date,
    last_value(s.closed_date order by s.source_file, s.source_line) as closed_date,
    last_value(s.floor_area_m2 order by s.source_file, s.source_line) as floor_area_m2,
    case when count(*) = count(s.deleted_on) then max(s.deleted_on) end as deleted_on
from source_stores as s
group by s.store_id
