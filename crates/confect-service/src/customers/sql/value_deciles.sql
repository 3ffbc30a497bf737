with ranked as (
    select
        clv_12m,
        p_alive,
        expected_orders_12m,
        historic_revenue,
        ntile(10) over (order by clv_12m desc, customer_id) as decile
    from customer_value
)

select
    decile,
    count(*) as customers,
    sum(clv_12m) as clv_total,
    cast(sum(clv_12m) as double) / nullif(cast(sum(sum(clv_12m)) over () as double), 0) as clv_share,
    sum(clv_12m) / count(*) as clv_mean,
    min(clv_12m) as clv_from,
    max(clv_12m) as clv_to,
    avg(p_alive) as p_alive,
    sum(expected_orders_12m) / count(*) as expected_orders,
    sum(historic_revenue) / count(*) as historic_revenue
from ranked
group by decile
order by decile
