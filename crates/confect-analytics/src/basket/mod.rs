//! What is bought together: frequent itemsets and rules.

mod apriori;
mod baskets;
mod error;
mod itemsets;
mod mine;
mod options;

pub use apriori::apriori;
pub use baskets::Baskets;
pub use error::BasketError;
pub use itemsets::{GiantBaskets, Itemset, Itemsets, Way};
pub use mine::mine;
pub use options::{GIANT_BASKET_ITEMS, Kind, MinSupport, MineOptions};
