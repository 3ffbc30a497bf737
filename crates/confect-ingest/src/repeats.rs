//! Which lines were there already, byte for byte: exact, in memory that hardly grows with the source.
//!
//! A set of all lines' hashes takes 16-32 bytes per row; that is the way up to some 14 million rows. A bigger
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

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::{HashSet, HashTable};

use crate::error::IngestError;
use crate::stages::Source;
use crate::survey::Decisions;
use ranges::Marks;

/// Hashes are hashed already.
#[derive(Default)]
pub(crate) struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }
    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}

/// Hashes of lines.
type Hashes = HashSet<u128, BuildHasherDefault<Unhashed>>;

/// How many hashes may be held, so that memory stays below 1 GiB.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Rows of a source that is read once, and hashes that the filter may hand on.
    pub(crate) set_rows: u64,
    /// Hashes of one range.
    pub(crate) range_rows: u64,
    /// Rows that the filter is made for at least, and by how much more than is likely, in percent.
    pub(crate) filter_percent: u64,
}

impl Limits {
    /// As full as a table of 2^24 places gets (285 MB, and half of that again while it grows), and nearly
    /// as one of 2^25 (570 MB), which is made in one go and stands alone.
    pub(crate) const USUAL: Self =
        Self { set_rows: 14_500_000, range_rows: 28_000_000, filter_percent: 110 };
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
const RESERVED_ROWS: u64 = 1 << 20;

/// What stage 3 asks about every row, in order.
pub(crate) enum Repeats {
    /// Remembers every line.
    All(Hashes),
    /// Remembers only lines that may repeat; the lowest bit says whether one came by.
    Candidates(HashTable<u128>),
    /// Knows which rows repeat.
    Marked(Marks),
}

/// All bits of a hash but the one that `Repeats::Candidates` uses.
const KEY_BITS: u128 = !1;

/// Where a table keeps a hash, whatever that bit is.
fn place(hash: u128) -> u64 {
    (hash >> 1) as u64
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
            return Ok((Self::All(Hashes::default()), Stretch::WHOLE));
        }
        if likely <= limits.set_rows {
            let room = likely.min(RESERVED_ROWS) as usize;
            return Ok((Self::All(Hashes::with_capacity_and_hasher(room, Default::default())), Stretch::WHOLE));
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

    /// Whether a row that is not set aside is the first of its kind.
    #[inline]
    pub(crate) fn is_new(&mut self, hash: u128) -> bool {
        match self {
            Self::All(seen) => seen.insert(hash),
            Self::Candidates(table) => {
                match table.find_mut(place(hash), |held| held & KEY_BITS == hash & KEY_BITS) {
                    Some(held) if *held & !KEY_BITS != 0 => false,
                    Some(held) => {
                        *held |= !KEY_BITS;
                        true
                    }
                    None => true,
                }
            }
            Self::Marked(marks) => marks.is_new(hash),
        }
    }

    /// Passes over a row that is set aside.
    pub(crate) fn set_aside(&mut self, hash: u128) {
        if let Self::Marked(marks) = self {
            marks.set_aside(hash);
        }
    }
}
