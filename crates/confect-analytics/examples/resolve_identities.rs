//! How long a million customers take, single thread.
//!
//! `cargo run --release -p confect-analytics --example resolve_identities -- [PERSONS] [TWICE_PER_CENT] [DOUBLE_NAMES_PER_CENT]`
//!
//! Fewer double names give more namesakes; with 0 most of a million customers share name and town with another.

#![allow(clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use confect_analytics::identity::{IdentityRules, resolve_identities};
use support::people::{Crowd, plant, record};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let crowd = Crowd { persons: number(940_000), twice: number(3), double_names: number(70), seed: 7 };
    let rows = plant(crowd);
    let records: Vec<_> = rows.iter().map(record).collect();
    let rules = IdentityRules::default();
    for _ in 0..5 {
        let (start, on_cpu) = (Instant::now(), cpu_seconds());
        let identities = resolve_identities(&records, &rules);
        let clock = start.elapsed().as_secs_f64();
        let cpu =
            cpu_seconds().zip(on_cpu).map_or("?".to_owned(), |(now, then)| format!("{:.2}", now - then));
        let (persons, unused) = (identities.persons(), identities.unused.len());
        println!(
            "{} rows: {persons} persons, {unused} not used, {clock:.2} s, {cpu} s of CPU",
            records.len()
        );
    }
}

/// Time this thread has run, where the system tells it; says more than the clock on a shared machine.
fn cpu_seconds() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(text.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}
