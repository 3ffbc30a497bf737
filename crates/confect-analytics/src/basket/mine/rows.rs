//! Baskets reduced to their frequent items, numbered from the most frequent, and projections of them.
//!
//! Each row is ascending, so what stands before an item in a row are more frequent items: the baskets of an
//! item, cut off before it, are its conditional database, and nothing is copied to look at it ("occurrence
//! deliver", Uno et al., LCM ver. 2, FIMI 2004).

use super::output::{CHECK_EVERY, Control};
use super::threads::in_pieces;
use crate::basket::baskets::Baskets;
use crate::basket::error::BasketError;
use crate::basket::itemsets::GiantBaskets;
use crate::basket::options::MineOptions;

const INFREQUENT: u32 = u32::MAX;

/// A place in a row: what stands before it, `rows[from..at]`, are the more frequent items.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Occurrence {
    pub(crate) from: u32,
    pub(crate) at: u32,
}

/// Rows of at least two items numbered by frequency.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    /// The caller's number of each item.
    pub(crate) ids: Vec<u32>,
    /// In how many baskets each item is, rows of one item included.
    pub(crate) counts: Vec<u32>,
    pub(crate) items: Vec<u32>,
    /// Where rows start in `items`, and where the last one ends.
    pub(crate) starts: Vec<u32>,
}

/// What there is to search.
pub(crate) struct Prepared {
    pub(crate) rows: Rows,
    pub(crate) baskets: usize,
    pub(crate) distinct: usize,
    pub(crate) min_count: u32,
    pub(crate) giants: GiantBaskets,
}

/// Counts the items, drops those that are infrequent, numbers the rest and rewrites the baskets.
pub(crate) fn prepare(
    baskets: &Baskets,
    options: &MineOptions,
    threads: usize,
    control: &Control<'_>,
) -> Result<Prepared, BasketError> {
    let giant = options.max_basket_items.unwrap_or(usize::MAX);
    let (counts, giants) = count_items(baskets, giant, threads, control);
    control.outcome()?;
    let kept = baskets.len() - giants.baskets;
    if kept == 0 {
        return Err(BasketError::NoBaskets { giants: giants.baskets });
    }
    let min_count = options.min_support.count(kept)?;
    let distinct = counts.iter().filter(|count| **count > 0).count();
    let mut order: Vec<(u32, u32)> = (0..)
        .zip(&counts)
        .filter(|(_, count)| **count >= min_count)
        .map(|(id, count)| (*count, id))
        .collect();
    order.sort_unstable_by_key(|(count, id)| (std::cmp::Reverse(*count), *id));
    let mut rank = vec![INFREQUENT; counts.len()];
    for (place, (_, id)) in (0..).zip(&order) {
        rank[*id as usize] = place;
    }
    let pieces =
        in_pieces(threads, baskets.len(), |from, to| rewrite(baskets, from, to, giant, &rank, control));
    control.outcome()?;
    let mut rows = join(pieces);
    rows.ids = order.iter().map(|(_, id)| *id).collect();
    rows.counts = order.iter().map(|(count, _)| *count).collect();
    Ok(Prepared { rows, baskets: kept, distinct, min_count, giants })
}

fn count_items(
    baskets: &Baskets,
    giant: usize,
    threads: usize,
    control: &Control<'_>,
) -> (Vec<u32>, GiantBaskets) {
    // Not more threads than pay for clearing and adding one array each.
    let threads = threads.min(1 + baskets.occurrences() / (baskets.universe() as usize + 1) / 4);
    let pieces = in_pieces(threads, baskets.len(), |from, to| {
        let mut counts = vec![0_u32; baskets.universe() as usize];
        let mut giants = GiantBaskets::default();
        for (index, basket) in baskets.range(from, to).enumerate() {
            if index % CHECK_EVERY == 0 && control.stopped() {
                break;
            }
            if basket.len() > giant {
                giants.baskets += 1;
                giants.largest = giants.largest.max(basket.len());
                continue;
            }
            for item in basket {
                counts[*item as usize] += 1;
            }
        }
        (counts, giants)
    });
    let mut all = pieces.into_iter();
    let (mut counts, mut giants) = all.next().unwrap_or_default();
    for (more, others) in all {
        for (count, more) in counts.iter_mut().zip(more) {
            *count += more;
        }
        giants.baskets += others.baskets;
        giants.largest = giants.largest.max(others.largest);
    }
    (counts, giants)
}

fn rewrite(
    baskets: &Baskets,
    from: usize,
    to: usize,
    giant: usize,
    rank: &[u32],
    control: &Control<'_>,
) -> Rows {
    let mut rows = Rows { starts: vec![0], ..Rows::default() };
    for (index, basket) in baskets.range(from, to).enumerate() {
        if index % CHECK_EVERY == 0 && control.stopped() {
            break;
        }
        if basket.len() > giant {
            continue;
        }
        let before = rows.items.len();
        rows.items.extend(basket.iter().map(|item| rank[*item as usize]).filter(|rank| *rank != INFREQUENT));
        let row = &mut rows.items[before..];
        if row.len() < 2 {
            rows.items.truncate(before);
        } else {
            row.sort_unstable();
            rows.starts.push(rows.items.len() as u32);
        }
    }
    rows
}

fn join(pieces: Vec<Rows>) -> Rows {
    let mut pieces = pieces.into_iter();
    let mut rows = pieces.next().unwrap_or_default();
    for piece in pieces {
        let before = rows.items.len() as u32;
        rows.items.extend_from_slice(&piece.items);
        rows.starts.extend(piece.starts.iter().skip(1).map(|start| start + before));
    }
    rows
}

impl Rows {
    /// The number of frequent items.
    pub(crate) fn width(&self) -> usize {
        self.ids.len()
    }

    /// The number of rows.
    pub(crate) fn height(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn row(&self, index: usize) -> &[u32] {
        &self.items[self.starts[index] as usize..self.starts[index + 1] as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.height()).map(|index| self.row(index))
    }

    /// Where each item stands. A place tells the start of its row, or with `by_row` the number of its row.
    pub(crate) fn occurrences(&self, by_row: bool) -> Occurrences {
        let mut starts = vec![0_u32; self.width() + 1];
        for item in &self.items {
            starts[*item as usize + 1] += 1;
        }
        let mut total = 0;
        for start in &mut starts {
            total += *start;
            *start = total;
        }
        let mut next = starts.clone();
        let mut places = vec![Occurrence::default(); self.items.len()];
        for (row, bounds) in (0_u32..).zip(self.starts.windows(2)) {
            let from = if by_row { row } else { bounds[0] };
            for at in bounds[0]..bounds[1] {
                let slot = &mut next[self.items[at as usize] as usize];
                places[*slot as usize] = Occurrence { from, at };
                *slot = slot.wrapping_add(1);
            }
        }
        Occurrences { starts, places }
    }

    /// What stands before a place.
    #[inline]
    pub(crate) fn before(&self, place: Occurrence) -> &[u32] {
        &self.items[place.from as usize..place.at as usize]
    }
}

/// Where each item stands.
pub(crate) struct Occurrences {
    starts: Vec<u32>,
    places: Vec<Occurrence>,
}

impl Occurrences {
    pub(crate) fn of(&self, item: usize) -> &[Occurrence] {
        &self.places[self.starts[item] as usize..self.starts[item + 1] as usize]
    }
}
