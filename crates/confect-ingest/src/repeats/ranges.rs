//! Where very many lines repeat: one pass for each range of hashes, and a bit for each row.
//!
//! Rows are counted as stage 2 finds them when it reads, files that are dropped as a whole left out.

use hashbrown::HashSet;

use super::table::Table;
use super::{Limits, Stretch};
use crate::cells::tokenise;
use crate::error::IngestError;
use crate::stages::{self, Source, Step, What};
use crate::survey::Decisions;
use crate::text::splitter::Piece;
use crate::typing::hashes;

/// Which rows hold the same bytes as an earlier one.
pub(crate) struct Marks {
    bits: Vec<u64>,
    next: u64,
    /// Lines all of whose rows so far were set aside.
    faulty: HashSet<u128>,
}

impl Marks {
    fn set(&mut self, row: u64) {
        let word = (row / 64) as usize;
        if word >= self.bits.len() {
            self.bits.resize(word + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(word) {
            *bits |= 1 << (row % 64);
        }
    }

    /// Whether the next row repeats an earlier one.
    fn next_repeats(&mut self) -> bool {
        let row = self.next;
        self.next += 1;
        self.bits.get((row / 64) as usize).is_some_and(|bits| bits & (1 << (row % 64)) != 0)
    }

    pub(super) fn is_new(&mut self, hash: u128) -> bool {
        !self.next_repeats() || self.faulty.remove(&hash)
    }

    pub(super) fn set_aside(&mut self, hash: u128) {
        if !self.next_repeats() {
            self.faulty.insert(hash);
        }
    }
}

/// A part of all hashes.
#[derive(Clone, Copy)]
struct Range {
    index: u64,
    of: u64,
}

impl Range {
    fn holds(self, hash: u128) -> bool {
        // By the lower half: the upper bits give the places in the table, which shall be evenly taken.
        (u128::from(hash as u64) * u128::from(self.of)) >> 64 == u128::from(self.index)
    }
}

/// What stage 2 found in some pieces.
struct Rows {
    count: u64,
    /// Hashes of the range with the number of their row.
    hashes: Vec<(u32, u128)>,
}

/// Goes through the files as often as their `rows` need.
///
/// # Errors
/// As reading.
pub(super) fn mark(
    source: Source<'_>,
    stretch: Stretch,
    decisions: &Decisions<'_>,
    rows: u64,
    limits: Limits,
) -> Result<Marks, IngestError> {
    let mut marks = Marks { bits: Vec::new(), next: 0, faulty: HashSet::new() };
    let passes = rows.div_ceil(limits.range_rows.max(1)).max(1);
    for index in 0..passes {
        let range = Range { index, of: passes };
        mark_range(source, stretch.part(index, passes), decisions, range, rows / passes, &mut marks)?;
    }
    Ok(marks)
}

fn mark_range(
    source: Source<'_>,
    stretch: Stretch,
    decisions: &Decisions<'_>,
    range: Range,
    rows: u64,
    marks: &mut Marks,
) -> Result<(), IngestError> {
    // Ranges are never quite the same size.
    let mut seen = Table::with_room(rows + rows / 128);
    let mut first = 0;
    let work = |file: usize, pieces: Vec<Piece>| rows_of(source, decisions, range, file, pieces);
    stages::run(source, &work, &mut |step: Step<Rows>| {
        if let What::Pieces(rows) = step.what {
            for (row, hash) in rows.hashes {
                if !seen.insert(hash) {
                    marks.set(first + u64::from(row));
                }
            }
            first += rows.count;
        }
        source.progress.advanced(stretch.at(step.bytes_read), 0);
        Ok(())
    })
}

/// The rows of some pieces, found just as when they are read.
fn rows_of(
    source: Source<'_>,
    decisions: &Decisions<'_>,
    range: Range,
    file: usize,
    pieces: Vec<Piece>,
) -> Result<Rows, IngestError> {
    let mut rows = Rows { count: 0, hashes: Vec::new() };
    let Some(layout) = source.layouts.get(file) else { return Ok(rows) };
    for piece in pieces.into_iter().filter(|piece| piece.rejection.is_none()) {
        let cells = tokenise(layout, piece.bytes, || decisions.fallback(file))?;
        let numbered = (rows.count as u32..).zip(hashes(layout, &cells));
        rows.hashes.extend(numbered.filter(|(_, hash)| range.holds(*hash)));
        rows.count += cells.rows.len() as u64;
    }
    Ok(rows)
}
