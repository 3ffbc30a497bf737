//! Changes of an article's list price, found in the prices at which it was sold.
//!
//! Tills rarely export a history of list prices, but each sold line says what a piece cost before discounts. Such
//! prices are not clean: a manager gives one away, a campaign lowers them for a fortnight, wholesale pays less. So a
//! change counts only between two *levels*: prices at which most lines of some weeks were sold ([`levels`]), of which
//! the old one is nearly gone afterwards and the new one was nearly unknown before.
//!
//! For each change it is told how many pieces went in the weeks before and after, and how many of the other articles
//! of the same kind, so that a season or a campaign of the kind is not taken for the answer to the price.
//! Deliberately absent: elasticities, which need more than one change.

mod changes;
mod levels;

pub use changes::{Pieces, PriceChange, PriceOptions, PricedDay, price_changes};
pub use levels::{Level, LevelDay, LevelOptions, price_levels};
