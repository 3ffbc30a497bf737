//! What the test files and the example share: people planted with known duplicates, cases written as text.

#![allow(dead_code, unreachable_pub, missing_docs, clippy::print_stdout)]

pub mod invented;
pub mod people;
pub mod shared;
pub mod table;
