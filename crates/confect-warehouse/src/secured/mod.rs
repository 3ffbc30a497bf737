//! Row-level security below SQL: the only tables that a viewer's query can see.
//!
//! `SecuredTable` (a table of one publication under one policy) scans through a
//! [`barrier::PolicyBarrierExec`], which drops hidden rows itself, so that the optimizer finds no
//! filter to merge a viewer's predicate into. [`verify`] refuses any plan in which a file scan does
//! not stand directly below its barrier. See access-and-reliability.md, 3.2; why a plain filter is
//! not enough is finding 1 there.

pub(crate) mod barrier;
pub(crate) mod catalog;
pub(crate) mod keys;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod verify;

pub(crate) use catalog::secured_catalog;
pub(crate) use keys::KeySets;
