-- The supplier list. A supplier that is listed twice keeps its last line.
select
    s.supplier,
    last_value(s.lead_time_days order by s.source_file, s.source_line) as lead_time_days,
    last_value(s.lead_time_sd_days order by s.source_file, s.source_line) as lead_time_sd_days,
    last_value(s.min_order_qty order by s.source_file, s.source_line) as min_order_qty
from source_suppliers as s
group by s.supplier
