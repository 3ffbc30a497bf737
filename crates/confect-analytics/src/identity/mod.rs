//! Duplicate customers: which ids are one person, by which rule, and what is told about that person.
//!
//! Grain: one [`Member`] per customer id. Deterministic rules, applied to comparable forms of the values
//! (`normal`); no learnt weights, because each merge must be told to the person who answers for it.
//!
//! | rule | joins | unless |
//! |---|---|---|
//! | by hand | what [`IdentityRules::merge`] says | the pair is kept apart |
//! | e-mail | the same address | the names have nothing in common and the phones differ |
//! | phone | the same number and names that agree | a slip in the name comes with another e-mail |
//! | name and town | the same full name in the same town | e-mails and phones both differ, or the countries |
//!
//! ```text
//! rows ─► nodes ─► blocks ─► evidence ─► clusters ─► members, links, unused
//!         one per  customers verdict on  union by
//!         id       who share each pair   strength
//!                  a value
//! ```
//!
//! A merge changes no row: it is a row of this answer, made anew from rows and rules each time, and gone once
//! its pair stands in [`IdentityRules::keep_apart`]. The reasons are in `docs/design/identity.md`.
//!
//! The time grows with the rows times the logarithm of their number: a value shared by more than
//! `most_sharing` ids is reported instead of compared.
//!
//! Deliberately absent: households, nicknames, phonetic codes, addresses by street, and fuzzy search for
//! pairs that share no value at all.

mod blocks;
mod clusters;
mod evidence;
mod explain;
mod findings;
mod golden;
mod identities;
mod likeness;
mod nodes;
mod normal;
mod record;
mod resolve;
mod verdict;

pub use golden::{Chosen, GoldenRecord, earliest, golden_record, most_recent, most_restrictive};
pub use identities::{Identities, Link, Member, Reason, Unused};
pub use record::{CustomerRecord, IdentityRule, IdentityRules, MOST_SHARING_LIMIT};
pub use resolve::resolve_identities;
