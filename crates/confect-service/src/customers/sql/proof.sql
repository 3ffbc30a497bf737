select *
from segment_proof
order by position
