//! What was on hand on each day, from movements and counts.
//!
//! One series is one article in one store. A count says what is there at the end of its day; movements
//! say what changed. Counts lead: from one on, its level plus the movements since holds until the next
//! count; before the first one its level less the movements until then. Where nothing was ever counted,
//! stock begins with nothing before the first movement.
//! What a count finds beside the books is kept as the difference of its day, so that shrinkage adds up.
//! Deliberately absent: what stock is worth, and whether it is enough.

mod levels;

pub use levels::{StockEvent, StockLevel, StockLevels, What};
