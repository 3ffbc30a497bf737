//! What is bought together: frequent itemsets, rules with proof, and what follows from them.
//!
//! ```text
//! text  ─► Baskets ─► mine ─► Itemsets ─► rules ─► Rules ─► stability (each month)
//! sales     │                              └────► next_best (each customer)
//!            └─► cross_shop, attach_ladder
//! ```
//!
//! Grain: a basket is a set of items, and both are the caller's choice: receipts or customers; articles,
//! subcategories or categories; any scope. Counts are exact, the same on one thread and on many; answers that
//! would be too large are an error that says what to do. `cancel` set to true ends any of it within a second.
//!
//! [`apriori`] is the method as it was published and the reference for [`mine`], which is compared with it in
//! tests. [`study()`] is all of it at once, with a support that fits the data.
//! [`ranked`] is the order in which a shop reads rules.
//! Deliberately absent: files, names in rules, stock, any approximation.

mod apriori;
mod attach;
mod baskets;
mod crossshop;
mod error;
mod itemsets;
mod mine;
mod next_best;
mod options;
mod rank;
mod rules;
mod sales;
mod study;
mod text;

pub use apriori::apriori;
pub use attach::{AttachLadder, Rung, attach_ladder};
pub use baskets::Baskets;
pub use crossshop::{CrossShop, cross_shop};
pub use error::BasketError;
pub use itemsets::{GiantBaskets, Itemset, Itemsets, Way};
pub use mine::{ItemsetCount, count_itemsets, mine};
pub use next_best::{Offer, next_best};
pub use options::{GIANT_BASKET_ITEMS, Kind, MinSupport, MineOptions};
pub use rank::{Standing, are_variants, ranked, standings};
pub use rules::{
    Correction, Rule, RuleCounts, RuleOptions, Rules, Stability, corrected, fisher, rules, stability,
};
pub use sales::{Sales, SoldLine, SoldLines, Worth};
pub use study::{Study, StudyOptions, study};
pub use text::{NamedBaskets, PairColumns, read_fimi, read_lines, read_pairs};
