//! How long a million customers take, single thread.
//!
//! `cargo run --release -p confect-analytics --example resolve_identities -- [PERSONS] [DUPLICATES_PER_CENT]`

#![allow(clippy::print_stdout, clippy::disallowed_methods)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use confect_analytics::identity::{IdentityRules, resolve_identities};
use support::people::{plant, record};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (persons, per_cent) = (number(970_000), number(3));
    let rows = plant(persons, per_cent, 7);
    let records: Vec<_> = rows.iter().map(record).collect();
    let rules = IdentityRules::default();
    for _ in 0..5 {
        let start = Instant::now();
        let identities = resolve_identities(&records, &rules);
        let seconds = start.elapsed().as_secs_f64();
        let (persons, unused) = (identities.persons(), identities.unused.len());
        println!("{} rows: {persons} persons, {unused} not used, {seconds:.2} s", records.len());
    }
}
