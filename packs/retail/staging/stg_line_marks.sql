-- Whether the prefix `C` marks a cancellation in this shop: when at least nine in ten of the lines that
-- carry it have a negative quantity. A shop whose till C numbers its receipts C-1001 keeps its sales.
select
    coalesce(
        count(*) filter (where l.quantity < 0) * 10 >= count(*) * 9 and count(*) > 0,
        false
    ) as c_cancels
from source_sale_lines as l
where l.invoice_no like 'C%'
