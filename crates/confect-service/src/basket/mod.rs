//! Market baskets: what is bought together, from a file or from the sales that a viewer may see.
//!
//! ```text
//! a FIMI or CSV file ────────────► NamedBaskets ─► Search ─► Found            `confect basket FILE`
//! fact_sales as a viewer sees it ─► Sales ───────────┤                        `confect basket --as USER`
//!                                                    └► BasketPage, ladder, cross-shop   the page
//! mart basket_rules (viewers of every row) ────────────┘
//! ```
//!
//! Rules of the mart are made of all receipts, so only viewers of every row are shown them; all others get
//! rules of their own receipts, worked out when they ask (docs/design/baskets.md).
//! Deliberately absent: how anything looks, and the methods, which are `confect-analytics`'.

mod file;
mod page;
mod sales;
mod search;
mod side;

pub use confect_analytics::basket::{Itemsets, Kind, MinSupport, NamedBaskets, Rule, RuleCounts, Standing};
pub use confect_metrics::{BasketScope, Filter, ItemLevel};
pub use file::{FileFormat, ReadFile, read_file};
pub use page::{BasketPage, BasketSource, Item, ScopeChoice, ShownRule};
pub use sales::{Kept, ScopeSales};
pub use search::{Found, RuleWish, Search, parse_support, rank, search};
pub use side::{CrossGroup, CrossShopping, Ladder, LadderRung};
