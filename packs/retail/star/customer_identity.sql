-- Which customer ids of the CRM are one person, and by which link each was joined.
select customer_id, person_id, rule, joined_to, confidence, explanation
from identities
