-- How many lines carry the prefix `C`, and how many of those take pieces back.
select
    count(*) as lines,
    count(*) filter (where l.quantity < 0) as negative_lines
from source_sale_lines as l
where l.invoice_no like 'C%'
-- No row where nothing is new.
having count(*) > 0
