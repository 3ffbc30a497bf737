//! Apriori as it was published (Agrawal and Srikant, VLDB 1994): the plain reference that the engine is
//! compared with.
//!
//! Level by level: candidates are joined from the sets of the level before, those with an infrequent part are
//! dropped, the rest are counted. Counting intersects one column of bits for each item. Closed and maximal are
//! taken from their definitions. Slow on purpose; nothing but tests and curious people should call it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::baskets::Baskets;
use super::error::BasketError;
use super::itemsets::{GiantBaskets, Itemsets, Part, Run, Way};
use super::options::{Kind, MineOptions};

/// Sets of one length: items by the order of frequency, the rarest first, and the count.
type Level = Vec<(Vec<u32>, u32)>;

/// Finds the same itemsets as [`mine`](super::mine), the slow and obvious way, on one thread.
pub fn apriori(
    baskets: &Baskets,
    options: &MineOptions,
    cancel: &AtomicBool,
) -> Result<Itemsets, BasketError> {
    options.check()?;
    let giant = options.max_basket_items.unwrap_or(usize::MAX);
    let kept: Vec<&[u32]> = baskets.iter().filter(|basket| basket.len() <= giant).collect();
    let giants = GiantBaskets {
        baskets: baskets.len() - kept.len(),
        largest: baskets.iter().map(<[u32]>::len).filter(|len| *len > giant).max().unwrap_or(0),
    };
    if kept.is_empty() {
        return Err(BasketError::NoBaskets { giants: giants.baskets });
    }
    let min_count = options.min_support.count(kept.len())?;
    let columns = columns(&kept, baskets.universe());
    let mut order: Vec<u32> = (0..baskets.universe()).filter(|id| size(&columns[*id as usize]) > 0).collect();
    let items = order.len();
    order.retain(|id| size(&columns[*id as usize]) >= min_count);
    order.sort_by_key(|id| (std::cmp::Reverse(size(&columns[*id as usize])), *id));
    let columns: Vec<&Vec<u64>> = order.iter().map(|id| &columns[*id as usize]).collect();
    let levels = levels(&columns, min_count, options, cancel)?;
    let wanted = wanted(levels, options);
    let mut itemsets = Itemsets {
        parts: vec![Part::default()],
        runs: vec![Run { root: 0, part: 0, from: 0, to: wanted.len() as u32 }],
        before: Vec::new(),
        baskets: kept.len(),
        items,
        frequent_items: order.len(),
        min_count,
        giants,
        kind: options.kind,
        lengths: (options.min_len, options.max_len),
        way: Way::Apriori,
    };
    for part in &mut itemsets.parts {
        for (set, count) in &wanted {
            part.items.extend(set.iter().map(|place| order[*place as usize]));
            part.ends.push(part.items.len() as u32);
            part.counts.push(*count);
        }
    }
    itemsets.arrange();
    Ok(itemsets)
}

fn columns(baskets: &[&[u32]], universe: u32) -> Vec<Vec<u64>> {
    let mut columns = vec![Vec::new(); universe as usize];
    for (at, basket) in baskets.iter().enumerate() {
        for item in *basket {
            let column = &mut columns[*item as usize];
            column.resize(baskets.len().div_ceil(64), 0);
            column[at / 64] |= 1 << (at % 64);
        }
    }
    columns
}

fn size(column: &[u64]) -> u32 {
    column.iter().map(|word| word.count_ones()).sum()
}

fn levels(
    columns: &[&Vec<u64>],
    min_count: u32,
    options: &MineOptions,
    cancel: &AtomicBool,
) -> Result<Vec<Level>, BasketError> {
    // Closed and maximal are judged among all lengths, so the limit must not stop the search.
    let longest = if options.kind == Kind::All { options.max_len } else { usize::MAX };
    let mut level: Level = (0..).zip(columns).map(|(place, column)| (vec![place], size(column))).collect();
    let (mut levels, mut bytes, mut sets) = (Vec::new(), 0_usize, 0_u64);
    while !level.is_empty() {
        bytes += level.iter().map(|(set, _)| 4 * set.len() + 8).sum::<usize>();
        sets += level.len() as u64;
        if bytes > options.max_bytes {
            return Err(BasketError::TooManyItemsets { megabytes: options.max_bytes >> 20, itemsets: sets });
        }
        let more = levels.len() + 1 < longest;
        let next = if more { next_level(&level, columns, min_count, cancel)? } else { Vec::new() };
        levels.push(std::mem::replace(&mut level, next));
    }
    Ok(levels)
}

/// Joins sets that differ in their last item only, prunes and counts.
fn next_level(
    level: &Level,
    columns: &[&Vec<u64>],
    min_count: u32,
    cancel: &AtomicBool,
) -> Result<Level, BasketError> {
    let known: HashMap<&[u32], u32> = level.iter().map(|(set, count)| (set.as_slice(), *count)).collect();
    let mut next = Vec::new();
    for (index, (left, _)) in level.iter().enumerate() {
        if cancel.load(Relaxed) {
            return Err(BasketError::Cancelled);
        }
        let Some((_, head)) = left.split_last() else { continue };
        for (right, _) in level[..index].iter().rev().take_while(|(right, _)| right.starts_with(head)) {
            let mut candidate = left.clone();
            candidate.extend(right.last());
            let frequent =
                (0..candidate.len()).all(|skip| known.contains_key(without(&candidate, skip).as_slice()));
            if frequent {
                let together = candidate.iter().fold(vec![u64::MAX; columns[0].len()], |mut rows, place| {
                    rows.iter_mut().zip(columns[*place as usize]).for_each(|(row, column)| *row &= column);
                    rows
                });
                let count = size(&together);
                if count >= min_count {
                    next.push((candidate, count));
                }
            }
        }
    }
    next.sort();
    Ok(next)
}

fn without(set: &[u32], skip: usize) -> Vec<u32> {
    set.iter().enumerate().filter(|(place, _)| *place != skip).map(|(_, item)| *item).collect()
}

/// The sets of the kind and lengths asked for, in the engine's order.
fn wanted(levels: Vec<Level>, options: &MineOptions) -> Level {
    // The greatest count of a set with one more item.
    let mut above: HashMap<Vec<u32>, u32> = HashMap::new();
    if options.kind != Kind::All {
        for (set, count) in levels.iter().flatten() {
            for skip in 0..set.len() {
                let best = above.entry(without(set, skip)).or_insert(0);
                *best = (*best).max(*count);
            }
        }
    }
    let mut wanted: Level = levels
        .into_iter()
        .flatten()
        .filter(|(set, _)| (options.min_len..=options.max_len).contains(&set.len()))
        .filter(|(set, count)| match options.kind {
            Kind::All => true,
            Kind::Closed => above.get(set) != Some(count),
            Kind::Maximal => !above.contains_key(set),
        })
        .collect();
    wanted.sort();
    wanted
}
