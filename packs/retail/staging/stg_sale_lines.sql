-- Every line of a receipt or invoice, with exact amounts and the fact it belongs to.
--
-- Each row is made of its own line and of small lists: articles as they were on the day, rates of the
-- day, what the prefix `C` means in this shop. So new lines can be worked out alone.

-- One list to look articles up in: the shop's own word on what is merchandise goes before the pack's.
with articles as (
    select
        coalesce(p.stock_code, n.stock_code) as stock_code,
        coalesce(p.valid_from, cast('0001-01-01' as date)) as valid_from,
        coalesce(p.valid_to, cast('9999-12-31' as date)) as valid_to,
        p.unit_cost,
        p.list_price,
        coalesce(p.is_merchandise, n.stock_code is null) as is_merchandise,
        n.kind
    from stg_article_prices as p
    full join seed_non_merchandise as n on n.stock_code = p.stock_code
),

-- What holds for every line.
shop as (
    select s.currency, m.c_cancels from settings as s cross join stg_cancellation as m
),

-- A line that states no money takes the list price of its article, if there is one.
listed as (
    select
        l.invoice_no,
        l.line_no,
        l.sold_at,
        l.stock_code,
        l.description,
        l.customer_id,
        l.store_id,
        l.channel,
        l.country,
        l.currency,
        l.quantity,
        l.line_amount,
        l.discount_amount,
        l.discount_rate,
        l.source_file,
        l.source_line,
        r.rate_key,
        cast(r.rate as decimal(18, 10)) as rate,
        -- The list's cost and price are in the shop's currency, what a line states is in its own.
        coalesce(case when r.rate is null then l.unit_cost else cast(l.unit_cost * cast(r.rate as decimal(18, 10)) as decimal(18, 4)) end, p.unit_cost) as unit_cost,
        coalesce(p.is_merchandise, true) as is_merchandise,
        p.kind as non_merchandise_kind,
        -- What the source states: the amount of the line, or quantity x price.
        cast(coalesce(l.line_amount, l.quantity * l.unit_price, 0) as decimal(18, 4)) as line_value,
        case when l.unit_price is null and l.line_amount is null then p.list_price else l.unit_price end as unit_price
    from source_sale_lines as l
    left join articles as p
        on p.stock_code = upper(l.stock_code)
        and cast(l.sold_at as date) >= p.valid_from and cast(l.sold_at as date) < p.valid_to
    left join stg_exchange_rates as r
        on r.currency = l.currency and r.date = cast(l.sold_at as date)
        and (l.unit_price is not null or l.line_amount is not null)
),

priced as (
    select
        l.*,
        -- Before discount: from the price, or from the amount paid and the rate that was taken off.
        cast(case
            when l.unit_price is not null then l.quantity * l.unit_price
            when coalesce(l.discount_rate, 0) >= 1 then coalesce(l.line_amount, 0)
            when coalesce(l.discount_rate, 0) <> 0
                then cast(l.line_amount as decimal(28, 10)) / cast(1 - l.discount_rate as decimal(10, 4))
            else coalesce(l.line_amount, 0) + coalesce(l.discount_amount, 0)
        end as decimal(18, 4)) as gross_amount,
        cast(case
            when l.line_amount is not null then l.line_amount
            when l.unit_price is null then 0
            when l.discount_amount is not null then l.quantity * l.unit_price - l.discount_amount
            when l.discount_rate is not null then l.quantity * l.unit_price * (1 - l.discount_rate)
            else l.quantity * l.unit_price
        end as decimal(18, 4)) as revenue
    from listed as l
),

-- In the shop's currency.
converted as (
    select
        l.*,
        case when l.rate is null then l.gross_amount else cast(l.gross_amount * l.rate as decimal(18, 4)) end as gross_shop,
        case when l.rate is null then l.revenue else cast(l.revenue * l.rate as decimal(18, 4)) end as revenue_shop
    from priced as l
)

select
    l.invoice_no,
    l.line_no,
    l.sold_at,
    cast(l.sold_at as date) as invoice_date,
    date_key(cast(l.sold_at as date)) as date_key,
    upper(l.stock_code) as stock_code,
    l.description,
    l.customer_id,
    l.store_id,
    l.channel,
    l.country,
    case when l.rate is null then coalesce(l.currency, s.currency) else s.currency end as currency,
    l.quantity,
    cast(
        coalesce(
            case when l.rate is null then l.unit_price else l.unit_price * l.rate end,
            case when l.quantity = 0 then 0 else l.gross_shop / l.quantity end
        ) as decimal(18, 4)
    ) as unit_price,
    l.gross_shop as gross_amount,
    cast(l.gross_shop - l.revenue_shop as decimal(18, 4)) as discount_amount,
    l.revenue_shop as revenue,
    l.rate_key,
    case when l.rate is not null then l.currency end as original_currency,
    case when l.rate is not null then l.revenue end as original_amount,
    cast(l.quantity * l.unit_cost as decimal(18, 4)) as cost_amount,
    l.line_value,
    l.is_merchandise,
    case
        when l.non_merchandise_kind = 'bad_debt' then 'adjustments: bad_debt'
        when l.gross_amount <> 0 and (l.gross_amount < 0) <> (l.quantity < 0) then 'adjustments: negative_price'
        when l.unit_price is null and l.line_amount is null then 'adjustments: no_price'
        when l.gross_amount = 0 and l.quantity > 0 then 'adjustments: sample'
        when l.gross_amount = 0 then 'adjustments: write_off'
        when not l.is_merchandise and l.quantity < 0 then 'adjustments: credited_non_merchandise'
        when l.quantity < 0 or (l.invoice_no like 'C%' and s.c_cancels) then 'returns'
        else 'sales'
    end as line_bucket,
    l.source_file,
    l.source_line
from shop as s
cross join converted as l
