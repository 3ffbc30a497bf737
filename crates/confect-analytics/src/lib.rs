//! Methods on customers and sales: pure functions from rows to answers, each with its method and source.
//!
//! One module per method:
//!
//! - [`basket`]: what is bought together: frequent itemsets, rules with proof, cross-shop, next best article.
//! - [`identity`]: which customer ids are one person, why, and what is told about that person.
//! - [`rfm`]: recency, frequency and monetary scores as of any day, named segments, who moved between them.
//! - [`clv`]: who will buy again, how often and for how much: fitted models, their proof and their card.
//! - [`proof`]: whether segments differ outside the window they were made in, in words that can say no.
//! - [`cohort`]: what customers do in the periods after their first purchase; time to the second purchase.
//! - [`bridge`]: why revenue changed: customers, frequency, items, price, mix, discount, returns.
//! - [`prices`]: list prices that changed, and what was sold before and after.
//! - [`returns`]: which sale a return takes back.
//! - [`stock`]: what was on hand on each day, from movements and counts.
//! - [`whales`]: how much hangs on few customers; who is about to leave and what is at stake.
//!
//! Shared by these: [`orders`] (what they read), [`caveat`] (what they say about doubtful answers), `numeric`.
//!
//! Pure: no files, no clock, no async, no Arrow, no engine; "today" is an argument wherever it matters.
//! Deliberately absent: where the rows come from and where the answers are kept.

pub mod basket;
pub mod bridge;
pub mod caveat;
pub mod clv;
pub mod cohort;
pub mod identity;
mod numeric;
pub mod orders;
pub mod prices;
pub mod proof;
pub mod returns;
pub mod rfm;
pub mod stock;
pub mod whales;
