//! Methods on customers and sales: pure functions from rows to answers, each with its method and source.
//!
//! One module per method:
//!
//! - [`basket`]: what is bought together: frequent itemsets, rules with proof, cross-shop, next best article.
//! - [`identity`]: which customer ids are one person, why, and what is told about that person.
//!
//! Pure: no files, no clock, no async, no Arrow, no engine; "today" is an argument wherever it matters.
//! Deliberately absent: where the rows come from and where the answers are kept.

pub mod basket;
pub mod identity;
