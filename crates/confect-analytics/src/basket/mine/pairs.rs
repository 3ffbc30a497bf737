//! In how many rows two items stand together, for the most frequent items: a triangular table.
//!
//! With it most branches know their partners without a look at the rows, and those with fewer than two are
//! done. Threads count different items over the same rows, so no table has to be added to another.

use super::output::{CHECK_EVERY, Control};
use super::rows::Rows;
use super::threads::in_pieces;

/// The table has at most so many cells (16 MB).
const PAIR_CELLS: usize = 4 << 20;
/// One row in so many is looked at to cut the work into equal pieces.
const SAMPLE: usize = 16;

/// The counts of pairs.
pub(crate) struct Pairs {
    /// The first item of each piece, and the counts of its items with all more frequent ones.
    pieces: Vec<(usize, Vec<u32>)>,
    /// Items below this are in the table.
    width: usize,
}

impl Pairs {
    /// Counts the pairs of the first items, as many of them as fit.
    pub(crate) fn count(rows: &Rows, threads: usize, control: &Control<'_>) -> Self {
        let width = rows.width().min((PAIR_CELLS * 2).isqrt());
        let cuts = cuts(rows, width, threads);
        let pieces = in_pieces(threads, threads, |piece, end| {
            let (first, last) = (cuts[piece], cuts[end]);
            let offset = cells(first);
            let mut counts = vec![0_u32; cells(last) - offset];
            for index in 0..rows.height() {
                if index % CHECK_EVERY == 0 && control.stopped() {
                    break;
                }
                count_row(rows.row(index), first, last, &mut counts);
            }
            (first, counts)
        });
        Self { pieces, width }
    }

    /// The counts of `item` with each more frequent item, if the table has them.
    pub(crate) fn with(&self, item: usize) -> Option<&[u32]> {
        if item >= self.width {
            return None;
        }
        let piece = self.pieces.partition_point(|(first, _)| *first <= item).checked_sub(1)?;
        let (first, counts) = self.pieces.get(piece)?;
        let from = cells(item) - cells(*first);
        counts.get(from..from + item)
    }
}

/// The cells of the items before this one.
const fn cells(item: usize) -> usize {
    item * item.saturating_sub(1) / 2
}

/// Where to cut `0..width` so that each thread has about as many pairs to count; one more than threads.
fn cuts(rows: &Rows, width: usize, threads: usize) -> Vec<usize> {
    if threads <= 1 {
        return vec![0, width];
    }
    let mut work = vec![0; width];
    for index in (0..rows.height()).step_by(SAMPLE) {
        for (place, item) in rows.row(index).iter().enumerate() {
            if let Some(work) = work.get_mut(*item as usize) {
                *work += place;
            }
        }
    }
    let (total, mut done, mut cuts): (usize, usize, Vec<usize>) = (work.iter().sum(), 0, vec![0]);
    for (item, work) in work.iter().enumerate() {
        if cuts.len() < threads && done * threads >= total * cuts.len() {
            cuts.push(item);
        }
        done += work;
    }
    cuts.resize(threads + 1, width);
    cuts
}

/// Counts the pairs of a row whose rarer item is in `first..last`.
fn count_row(row: &[u32], first: usize, last: usize, counts: &mut [u32]) {
    let offset = cells(first);
    for (place, item) in row.iter().enumerate() {
        let item = *item as usize;
        if item >= last {
            break;
        }
        if item >= first {
            let from = cells(item) - offset;
            let with = &mut counts[from..from + item];
            for other in &row[..place] {
                // A count is at most the number of baskets, which fits.
                let count = &mut with[*other as usize];
                *count = count.wrapping_add(1);
            }
        }
    }
}
