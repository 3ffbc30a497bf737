//! The engine: finds all, closed or maximal itemsets exactly, on as many threads as asked for.
//!
//! ```text
//! count items ─► rewrite baskets ─► at most 64 frequent items? ─► one word of bits for each basket
//!  (pieces)       by frequency       │
//!                                    └─► rows, table of pairs ─► branch of each item: words, or rows again
//! closed, maximal ──────────────────────────────────────────────► branch of each item: columns of bits
//! ```
//!
//! Deliberately absent: sampling and any other approximation.

mod columns;
mod masks;
mod output;
mod pairs;
mod rows;
mod search;
mod threads;

use std::sync::atomic::AtomicBool;

use output::Control;
use rows::prepare;

use super::baskets::Baskets;
use super::error::BasketError;
use super::itemsets::Itemsets;
use super::options::{Kind, MineOptions};

/// Below so many items in the baskets one thread is done before a second has started.
const ITEMS_FOR_THREADS: usize = 20_000;

/// Finds the frequent itemsets of some baskets, exactly.
///
/// The empty set is never told. `cancel` set to true ends the search within a second.
pub fn mine(baskets: &Baskets, options: &MineOptions, cancel: &AtomicBool) -> Result<Itemsets, BasketError> {
    options.check()?;
    if baskets.is_empty() {
        return Err(BasketError::NoBaskets { giants: 0 });
    }
    let few = baskets.occurrences() < ITEMS_FOR_THREADS;
    let threads = if few { 1 } else { options.thread_count() };
    let control = Control::new(cancel, options.max_bytes);
    let prepared = prepare(baskets, options, threads, &control)?;
    let find = if options.kind == Kind::All { search::all } else { columns::closed };
    let (found, way) = find(&prepared.rows, prepared.min_count, options, threads, &control);
    control.outcome()?;
    let mut itemsets = Itemsets {
        parts: Vec::new(),
        runs: Vec::new(),
        before: Vec::new(),
        baskets: prepared.baskets,
        items: prepared.distinct,
        frequent_items: prepared.rows.width(),
        min_count: prepared.min_count,
        giants: prepared.giants,
        kind: options.kind,
        lengths: (options.min_len, options.max_len),
        way,
    };
    for (parts, runs) in found {
        let first = itemsets.parts.len() as u32;
        itemsets.runs.extend(runs.into_iter().map(|mut run| {
            run.part += first;
            run
        }));
        itemsets.parts.extend(parts);
    }
    itemsets.arrange();
    Ok(itemsets)
}
