select position, section, name, value, low, high, standard_error, words
from value_model
order by position
