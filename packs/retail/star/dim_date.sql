-- The calendar, with the days on which anything was sold and what happened on them.
select
    d.date_key,
    d.date,
    d.year,
    d.quarter,
    d.month,
    d.day_of_month,
    d.iso_year,
    d.iso_week,
    d.weekday,
    d.week_start,
    d.month_start,
    d.fiscal_year,
    d.fiscal_quarter,
    d.fiscal_period,
    d.retail_year,
    d.retail_period,
    d.retail_week,
    t.invoice_date is not null as is_trading_day,
    e.event_names,
    coalesce(e.is_holiday, false) as is_holiday,
    coalesce(e.is_promotion, false) as is_promotion,
    coalesce(e.is_closure, false) as is_closure
from calendar_days as d
left join (select distinct invoice_date from stg_orders where kind = 'sales') as t on t.invoice_date = d.date
left join stg_calendar_events as e on e.date = d.date
