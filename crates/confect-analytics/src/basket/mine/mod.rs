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

/// How many frequent itemsets there are, and in how many baskets together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemsetCount {
    /// Frequent itemsets.
    pub itemsets: u128,
    /// The sum of their counts: a checksum.
    pub sum_of_counts: u128,
    /// The smallest number of baskets of an itemset.
    pub min_count: u32,
}

/// Counts all frequent itemsets without keeping them: so a support can be chosen before millions of sets are made.
/// The kind of the options is not looked at. A number beyond 2^120 is that much or more.
///
/// # Errors
/// As [`mine`], but never too many itemsets.
pub fn count_itemsets(
    baskets: &Baskets,
    options: &MineOptions,
    cancel: &AtomicBool,
) -> Result<ItemsetCount, BasketError> {
    options.check()?;
    if baskets.is_empty() {
        return Err(BasketError::NoBaskets { giants: 0 });
    }
    let threads = if baskets.occurrences() < ITEMS_FOR_THREADS { 1 } else { options.thread_count() };
    let control = Control::new(cancel, options.max_bytes);
    let prepared = prepare(baskets, options, threads, &control)?;
    let tally = search::count(&prepared.rows, prepared.min_count, options, threads, &control);
    control.outcome()?;
    let (itemsets, sum_of_counts) = (tally.sets, tally.sum_of_counts);
    Ok(ItemsetCount { itemsets, sum_of_counts, min_count: prepared.min_count })
}

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
