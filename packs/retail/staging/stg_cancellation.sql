-- The prefix `C` marks a cancellation only where it does so in this shop: when at least nine in ten
-- of the lines that carry it have a negative quantity. A shop whose till C numbers its receipts
-- C-1001 keeps its sales.
select coalesce(sum(m.negative_lines), 0) * 10 >= coalesce(sum(m.lines), 0) * 9 as c_cancels
from stg_invoice_marks as m
