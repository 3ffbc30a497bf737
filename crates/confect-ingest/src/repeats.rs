//! Which lines were there already, byte for byte: exact, in memory that hardly grows with the source.
//!
//! A set of all lines' hashes takes 16-32 bytes per row; that is the way up to some 12 million rows. A bigger
//! source is gone through once before it is read, which only cuts it into records and hashes them. Each hash
//! goes through a filter of 12 bits per row that may take a new line for a known one, but never the other way
//! round. So the hashes that it took for known hold those of all lines that repeat, and only they are kept.
//!
//! Where even those are too many, because a large part of a big source repeats, the source is gone through
//! several times, each time for a range of hashes, and one bit per row remembers whether it repeats.
//!
//! A row that is set aside does not make a later one a repetition, which is known only when rows are typed.
//! Deliberately absent: temporary files; and first rows of a key, of which there are few
//! (`ReadOptions::first_per_key`).

mod filter;
mod ranges;
mod scout;
mod table;
#[cfg(test)]
mod tests;

use crate::error::IngestError;
use crate::stages::Source;
use crate::survey::Decisions;
use ranges::Marks;
pub(crate) use table::key_of;
use table::{AT_ONCE, Table};

/// How many hashes may be held, so that memory stays below 1 GiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Rows of a source that is read once.
    pub(crate) plain_rows: u64,
    /// Hashes that the filter may hand on.
    pub(crate) candidates: u64,
    /// Hashes of one range.
    pub(crate) range_rows: u64,
    /// Rows that the filter is made for, in percent of those that are likely.
    pub(crate) filter_percent: u64,
}

impl Limits {
    /// As full as a table of 2^24 places gets (268 MB, and half of that again while it grows), and nearly as
    /// one of 2^25 (537 MB), which is made in one go and stands alone.
    pub(crate) const USUAL: Self =
        Self { plain_rows: 12_500_000, candidates: 12_500_000, range_rows: 24_500_000, filter_percent: 110 };
}

/// The part of the progress that one pass over the files makes up, in bytes read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stretch {
    from: u64,
    to: u64,
    /// What the pass itself will read.
    own: u64,
}

impl Stretch {
    /// The only pass: what is read is what is told.
    const WHOLE: Self = Self { from: 0, to: u64::MAX, own: u64::MAX };

    /// How many rows there will be at the end of the pass, if `rows` came with the first `bytes`.
    fn extrapolated(self, rows: u64, bytes: u64) -> u64 {
        let all = u128::from(rows) * u128::from(self.own) / u128::from(bytes.max(1));
        rows.max(all.min(u128::from(u64::MAX)) as u64)
    }

    /// One of several passes that follow each other.
    fn part(self, index: u64, of: u64) -> Self {
        let place = |index: u64| {
            let share = u128::from(self.to - self.from) * u128::from(index) / u128::from(of.max(1));
            self.from + share as u64
        };
        Self { from: place(index), to: place(index + 1), own: self.own }
    }

    /// How much is told when the pass has read `bytes`.
    pub(crate) fn at(self, bytes: u64) -> u64 {
        let share = u128::from(self.to - self.from) * u128::from(bytes.min(self.own));
        self.from + (share / u128::from(self.own.max(1))) as u64
    }
}

/// Rows for which room is made at once; more are rather grown into, because the number is a guess.
const RESERVED_ROWS: u64 = 1_000_000;

/// The lines that earlier reads of a source have loaded, by the hashes that [`crate::read_new_rows`] gave.
pub trait KnownRows: Sync {
    /// Whether a line with this hash was loaded.
    ///
    /// # Errors
    /// Why the hashes cannot be read.
    fn knows(&self, hash: u128) -> std::io::Result<bool>;
}

/// What stage 3 asks about every row, in order.
pub(crate) enum Repeats {
    /// Remembers every line.
    All(Table),
    /// Remembers only lines that may repeat; the lowest bit says whether one came by.
    Candidates(Table),
    /// Knows which rows repeat.
    Marked(Marks),
}

impl Repeats {
    /// Chooses a way and goes it, up to reading itself; with the share of the progress that is left for that.
    ///
    /// # Errors
    /// As reading.
    pub(crate) fn prepare(
        source: Source<'_>,
        twins: &[Option<usize>],
        decisions: &Decisions<'_>,
        limits: Limits,
    ) -> Result<(Self, Stretch), IngestError> {
        let options = &source.plan.options;
        // Files that hold the same bytes as another are dropped without a look at their lines.
        let is_twin = |file: &usize| twins.get(*file).is_some_and(Option::is_some);
        let files: Vec<usize> = source.files.iter().filter(|file| !is_twin(file)).copied().collect();
        let layouts = || files.iter().filter_map(|file| source.layouts.get(*file));
        let likely = layouts().fold(0_u64, |sum, layout| sum.saturating_add(layout.rows_likely));
        if !options.deduplicate || options.first_per_key {
            return Ok((Self::All(Table::with_room(0)), Stretch::WHOLE));
        }
        if likely <= limits.plain_rows {
            return Ok((Self::All(Table::with_room(likely.min(RESERVED_ROWS))), Stretch::WHOLE));
        }
        let own = layouts().map(|layout| layout.identity.size()).sum();
        let whole = source.layouts.iter().map(|layout| layout.identity.size()).sum();
        let source = Source { files: &files, ..source };
        // Cutting and hashing takes about a quarter of the time.
        let first = Stretch { from: 0, to: whole / 4, own };
        let last = |from| Stretch { from, to: whole, own: whole };
        match scout::candidates(source, first, likely, limits)? {
            scout::Found::Candidates(table) => Ok((Self::Candidates(table), last(first.to))),
            scout::Found::TooMany { rows } => {
                let ranges = Stretch { from: first.to, to: whole / 3 * 2, own };
                let marks = ranges::mark(source, ranges, decisions, rows, limits)?;
                Ok((Self::Marked(marks), last(ranges.to)))
            }
        }
    }

    /// Nothing to remember.
    pub(crate) fn none() -> Self {
        Self::All(Table::with_room(0))
    }

    /// Makes ready for the rows from `row` on, if they are looked at in such an order.
    #[inline]
    pub(crate) fn bring_near(&self, row: usize, hashes: &[u128]) {
        if row % AT_ONCE == 0
            && let Self::All(table) | Self::Candidates(table) = self
        {
            let end = hashes.len().min(row + AT_ONCE);
            table.bring_near(hashes.get(row..end).unwrap_or_default());
        }
    }

    /// Whether a row that is not set aside is the first of its kind.
    #[inline]
    pub(crate) fn is_new(&mut self, hash: u128) -> bool {
        match self {
            Self::All(seen) => seen.insert(hash),
            Self::Candidates(table) => table.mark(hash) != Some(true),
            Self::Marked(marks) => marks.is_new(hash),
        }
    }

    /// Passes over a row that is set aside.
    pub(crate) fn set_aside(&mut self, hash: u128) {
        if let Self::Marked(marks) = self {
            marks.set_aside(hash);
        }
    }

    /// The hashes of all lines that were new, rising; `None` if there were too many to hold.
    pub(crate) fn into_new(self) -> Option<Vec<u128>> {
        match self {
            Self::All(table) => Some(table.into_sorted()),
            Self::Candidates(_) | Self::Marked(_) => None,
        }
    }
}
