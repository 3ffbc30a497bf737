-- Times in which an article was out of stock in a shop, with an estimate of what was not sold for it.
--
-- The estimate: pieces sold on a usual day, which is the mean over the days in stock among the 56 before,
-- times the days out of stock, less what was sold on them (on the first one some is left). Seasons and
-- weekdays are not looked at, nor whether people took something else instead.

-- Articles and shops that were never out are left out before anything is sorted.
with ever as (
    select distinct d.stock_code, d.store_key from fact_stock_daily as d where d.is_out_of_stock
),

-- Stock without a shop is that of all shops.
sold as (
    select
        a.stock_code,
        surrogate_key(a.store_id) as store_key,
        a.invoice_date,
        sum(a.quantity) as quantity,
        sum(a.revenue) as revenue
    from stg_article_days as a
    where a.store_id is not null
    group by a.stock_code, surrogate_key(a.store_id), a.invoice_date
    union all
    select a.stock_code, 0 as store_key, a.invoice_date, sum(a.quantity) as quantity, sum(a.revenue) as revenue
    from stg_article_days as a
    group by a.stock_code, a.invoice_date
),

days as (
    select
        d.stock_code,
        d.store_id,
        d.store_key,
        d.stock_date,
        d.is_out_of_stock,
        d.product_key,
        cast(coalesce(s.quantity, 0) as decimal(18, 4)) as quantity,
        cast(coalesce(s.revenue, 0) as decimal(18, 4)) as revenue
    from fact_stock_daily as d
    inner join ever as e on e.stock_code = d.stock_code and e.store_key = d.store_key
    left join sold as s
        on s.stock_code = d.stock_code and s.store_key = d.store_key and s.invoice_date = d.stock_date
),

-- There is a row for each day, so rows are days. Days out of stock that follow each other have the same
-- number of days in stock before them.
numbered as (
    select
        d.*,
        sum(case when d.is_out_of_stock then 0 else 1 end) over (
            partition by d.stock_code, d.store_key order by d.stock_date
            rows between unbounded preceding and current row
        ) as in_stock_before,
        sum(case when d.is_out_of_stock then 0 else 1 end) over (
            partition by d.stock_code, d.store_key order by d.stock_date
            rows between 56 preceding and 1 preceding
        ) as usual_days,
        sum(case when d.is_out_of_stock then 0 else d.quantity end) over (
            partition by d.stock_code, d.store_key order by d.stock_date
            rows between 56 preceding and 1 preceding
        ) as usual_quantity,
        sum(case when d.is_out_of_stock then 0 else d.revenue end) over (
            partition by d.stock_code, d.store_key order by d.stock_date
            rows between 56 preceding and 1 preceding
        ) as usual_revenue
    from days as d
),

outs as (
    select
        n.stock_code,
        n.store_key,
        max(n.store_id) as store_id,
        min(n.stock_date) as first_date,
        max(n.stock_date) as last_date,
        count(*) as out_days,
        sum(n.quantity) as sold_quantity,
        first_value(n.product_key order by n.stock_date) as product_key,
        coalesce(first_value(n.usual_days order by n.stock_date), 0) as usual_days,
        first_value(n.usual_quantity order by n.stock_date) as usual_quantity,
        first_value(n.usual_revenue order by n.stock_date) as usual_revenue
    from numbered as n
    where n.is_out_of_stock
    group by n.stock_code, n.store_key, n.in_stock_before
),

-- Two weeks in stock are the least to know what is usual.
usual as (
    select
        o.*,
        case when o.usual_days >= 14 then
            cast(cast(o.usual_quantity as decimal(28, 10)) / cast(o.usual_days as decimal(10, 4)) as decimal(18, 4))
        end as usual_daily_qty,
        case when o.usual_days >= 14 then
            greatest(
                cast(
                    cast(o.usual_quantity * cast(o.out_days as decimal(6, 0)) as decimal(28, 10))
                    / cast(o.usual_days as decimal(10, 4)) as decimal(18, 4)
                ) - cast(o.sold_quantity as decimal(18, 4)),
                cast(0 as decimal(18, 4))
            )
        end as lost_qty,
        case
            when o.usual_quantity > 0
                then cast(cast(o.usual_revenue as decimal(28, 10)) / cast(o.usual_quantity as decimal(14, 4)) as decimal(18, 4))
            else cast(0 as decimal(18, 4))
        end as usual_price
    from outs as o
)

select
    u.stock_code,
    u.store_id,
    u.first_date,
    u.last_date,
    u.out_days,
    u.last_date = t.last_day as is_still_out,
    u.usual_days,
    u.usual_daily_qty,
    u.lost_qty,
    cast(u.lost_qty * u.usual_price as decimal(18, 4)) as lost_revenue,
    date_key(u.first_date) as date_key,
    u.product_key,
    u.store_key
from (select max(stock_date) as last_day from fact_stock_daily) as t
cross join usual as u
