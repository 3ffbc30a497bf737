-- The calendar, with the days on which anything was sold.
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
    t.invoice_date is not null as is_trading_day
from calendar_days as d
left join (select distinct invoice_date from stg_orders where kind = 'sales') as t on t.invoice_date = d.date
