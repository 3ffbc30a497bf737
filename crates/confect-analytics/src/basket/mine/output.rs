//! Where found itemsets go, and what stops a search: the caller's flag, or an answer too large to keep.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::basket::error::BasketError;
use crate::basket::itemsets::{Part, Run};

/// A part is closed when it holds so many items (4 MB).
const PART_ITEMS: usize = 1 << 20;
/// Roots are checked for a stop at least this often when passing over baskets.
pub(crate) const CHECK_EVERY: usize = 4_096;

/// Shared by all threads of one search.
pub(crate) struct Control<'c> {
    cancel: &'c AtomicBool,
    full: AtomicBool,
    deep: AtomicBool,
    bytes: AtomicUsize,
    sets: AtomicU64,
    limit: usize,
}

impl<'c> Control<'c> {
    pub(crate) const fn new(cancel: &'c AtomicBool, limit: usize) -> Self {
        Self {
            cancel,
            full: AtomicBool::new(false),
            deep: AtomicBool::new(false),
            bytes: AtomicUsize::new(0),
            sets: AtomicU64::new(0),
            limit,
        }
    }

    /// Whether to give up; asked at every branch.
    pub(crate) fn stopped(&self) -> bool {
        self.cancel.load(Relaxed) || self.full.load(Relaxed) || self.deep.load(Relaxed)
    }

    /// A branch lies within more branches than there is room for.
    pub(crate) fn too_deep(&self) {
        self.deep.store(true, Relaxed);
    }

    /// Accounts for kept sets.
    fn keep(&self, bytes: usize, sets: usize) {
        self.sets.fetch_add(sets as u64, Relaxed);
        if self.bytes.fetch_add(bytes, Relaxed).saturating_add(bytes) > self.limit {
            self.full.store(true, Relaxed);
        }
    }

    /// Why it stopped, if it did.
    pub(crate) fn outcome(&self) -> Result<(), BasketError> {
        if self.full.load(Relaxed) {
            let (megabytes, itemsets) = (self.limit >> 20, self.sets.load(Relaxed));
            return Err(BasketError::TooManyItemsets { megabytes, itemsets });
        }
        if self.deep.load(Relaxed) {
            return Err(BasketError::TooDeep);
        }
        if self.cancel.load(Relaxed) { Err(BasketError::Cancelled) } else { Ok(()) }
    }
}

/// What one thread found.
pub(crate) struct Output<'c> {
    control: &'c Control<'c>,
    part: Part,
    parts: Vec<Part>,
    runs: Vec<Run>,
    root: u32,
    from: u32,
    lengths: (usize, usize),
    /// Only counted, if this is there.
    tally: Option<Tally>,
}

/// How many sets there are, without the sets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) sets: u128,
    pub(crate) sum_of_counts: u128,
    /// Items that are in every basket of the branches that the search is in: each doubles what is told.
    doublings: u32,
}

impl Tally {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            sets: self.sets.saturating_add(other.sets),
            sum_of_counts: self.sum_of_counts.saturating_add(other.sum_of_counts),
            doublings: 0,
        }
    }
}

impl<'c> Output<'c> {
    pub(crate) fn new(control: &'c Control<'c>, lengths: (usize, usize)) -> Self {
        let (part, parts, runs) = (Part::default(), Vec::new(), Vec::new());
        Self { control, part, parts, runs, root: 0, from: 0, lengths, tally: None }
    }

    pub(crate) fn counting(control: &'c Control<'c>, lengths: (usize, usize)) -> Self {
        Self { tally: Some(Tally::default()), ..Self::new(control, lengths) }
    }

    /// What was counted.
    pub(crate) fn tally(&self) -> Tally {
        self.tally.unwrap_or_default()
    }

    /// Whether sets are only counted, of whatever length.
    pub(crate) fn doubles(&self) -> bool {
        self.tally.is_some() && self.lengths.0 <= 1 && self.lengths.1 == usize::MAX
    }

    /// `more` items are in all `count` baskets of the branch: each set told there stands for all that these make
    /// with it, until [`Self::halve`]; those of the prefix itself are taken now.
    pub(crate) fn double(&mut self, more: u32, count: u32) {
        if let Some(tally) = &mut self.tally {
            let with = (1_u128 << (tally.doublings + more).min(120)) - (1_u128 << tally.doublings.min(120));
            tally.sets = tally.sets.saturating_add(with);
            tally.sum_of_counts = tally.sum_of_counts.saturating_add(with.saturating_mul(count.into()));
            tally.doublings += more;
        }
    }

    /// Leaves the branch of as many items.
    pub(crate) fn halve(&mut self, more: u32) {
        if let Some(tally) = &mut self.tally {
            tally.doublings -= more;
        }
    }

    /// Counts a set of `count` baskets without naming it.
    #[inline]
    pub(crate) fn count(&mut self, count: u32) {
        if let Some(tally) = &mut self.tally {
            let times = 1_u128 << tally.doublings.min(120);
            tally.sets = tally.sets.saturating_add(times);
            tally.sum_of_counts = tally.sum_of_counts.saturating_add(times.saturating_mul(count.into()));
        }
    }

    /// The sets told from now on begin with the item of this place.
    pub(crate) fn begin(&mut self, root: usize) {
        self.end();
        self.root = root as u32;
    }

    fn end(&mut self) {
        let to = self.part.counts.len() as u32;
        if to > self.from {
            self.runs.push(Run { root: self.root, part: self.parts.len() as u32, from: self.from, to });
        }
        self.from = to;
    }

    /// Takes a set, unless its length is not wanted.
    #[inline]
    pub(crate) fn tell(&mut self, items: &[u32], count: u32) {
        if items.len() < self.lengths.0 || items.len() > self.lengths.1 {
            return;
        }
        if self.tally.is_some() {
            return self.count(count);
        }
        self.part.items.extend_from_slice(items);
        self.part.ends.push(self.part.items.len() as u32);
        self.part.counts.push(count);
        if self.part.items.len() >= PART_ITEMS {
            self.next_part();
        }
    }

    #[cold]
    fn next_part(&mut self) {
        self.end();
        self.from = 0;
        let sets = self.part.counts.len();
        let fresh = Part {
            items: Vec::with_capacity(PART_ITEMS + 64),
            ends: Vec::with_capacity(sets + sets / 4),
            counts: Vec::with_capacity(sets + sets / 4),
        };
        let full = std::mem::replace(&mut self.part, fresh);
        self.control.keep(4 * full.items.len() + 8 * sets, sets);
        self.parts.push(full);
    }

    pub(crate) fn finish(mut self) -> (Vec<Part>, Vec<Run>) {
        self.end();
        self.control.keep(4 * self.part.items.len() + 8 * self.part.counts.len(), self.part.counts.len());
        self.parts.push(self.part);
        (self.parts, self.runs)
    }
}
