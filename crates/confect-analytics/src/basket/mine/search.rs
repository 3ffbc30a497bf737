//! The search for all frequent itemsets, item by item from the most frequent.
//!
//! The branch of an item holds the sets whose rarest item it is, so branches are independent of each other:
//! threads take them from a queue. A branch looks at the item's conditional database once for the frequent
//! partners (or takes them from the table of pairs) and a second time for bits, if there are partners enough
//! for a set of three.

use super::masks::{Entry, Meaning, Room, merge_equal};
use super::output::{Control, Output, Tally};
use super::pairs::Pairs;
use super::rows::{Occurrence, Occurrences, Rows};
use super::threads::from_queue;
use crate::basket::itemsets::{Part, Run, Way};
use crate::basket::options::MineOptions;

/// Baskets of so many items become words of bits.
const WORD: usize = 64;

/// One thread's state.
pub(crate) struct Search<'c> {
    control: &'c Control<'c>,
    pub(crate) out: Output<'c>,
    pub(crate) prefix: Vec<u32>,
    pub(crate) min_count: u32,
    pub(crate) max_len: usize,
    pub(crate) room: Room,
}

/// Arrays as long as the width of the rows they are used with; all 0 between uses.
struct Scratch {
    tally: Vec<u32>,
    bit: Vec<u64>,
    /// The partners of the item of the branch, ascending, and their counts with it.
    partners: Vec<(u32, u32)>,
}

impl Scratch {
    fn new(width: usize) -> Self {
        Self { tally: vec![0; width], bit: vec![0; width], partners: Vec::new() }
    }
}

/// What the threads found, and how.
pub(crate) type Found = (Vec<(Vec<Part>, Vec<Run>)>, Way);

/// Finds all frequent itemsets.
pub(crate) fn all(
    rows: &Rows,
    min_count: u32,
    options: &MineOptions,
    threads: usize,
    control: &Control<'_>,
) -> Found {
    let out = || Output::new(control, (options.min_len, options.max_len));
    let (found, way) = branches(rows, min_count, options.max_len, threads, control, out);
    (found.into_iter().map(Output::finish).collect(), way)
}

/// Counts all frequent itemsets, whatever their number.
pub(crate) fn count(
    rows: &Rows,
    min_count: u32,
    options: &MineOptions,
    threads: usize,
    control: &Control<'_>,
) -> Tally {
    // Beyond all items there is no length to look out for.
    let longest = if options.max_len >= rows.width() { usize::MAX } else { options.max_len };
    let out = || Output::counting(control, (options.min_len, longest));
    let (found, _) = branches(rows, min_count, longest, threads, control, out);
    found.iter().map(Output::tally).fold(Tally::default(), Tally::and)
}

fn branches<'c>(
    rows: &Rows,
    min_count: u32,
    max_len: usize,
    threads: usize,
    control: &'c Control<'c>,
    out: impl Fn() -> Output<'c> + Sync,
) -> (Vec<Output<'c>>, Way) {
    let new =
        || Search { control, out: out(), prefix: Vec::new(), min_count, max_len, room: Room::default() };
    if rows.width() <= WORD {
        let entries = whole_words(rows);
        let found = from_queue(threads, rows.width(), |tasks| new().word_branches(tasks, rows, &entries));
        return (found, Way::Bits);
    }
    let pairs = Pairs::count(rows, threads, control);
    let occurrences = rows.occurrences(false);
    let found = from_queue(threads, rows.width(), |tasks| {
        let mut search = new();
        let mut scratch = Scratch::new(rows.width());
        for item in tasks {
            if search.stopped() {
                break;
            }
            search.out.begin(item);
            search.row_branch(rows, &occurrences, Some(&pairs), item, &mut scratch);
        }
        search.out
    });
    (found, Way::RowsAndPairs)
}

/// Every basket as one word, equal ones together.
fn whole_words(rows: &Rows) -> Vec<Entry> {
    let word = |row: &[u32]| row.iter().fold(0, |bits, item| bits | 1_u64 << item);
    let mut entries: Vec<Entry> = rows.iter().map(|row| Entry { bits: word(row), weight: 1 }).collect();
    merge_equal(&mut entries, 0);
    entries
}

impl<'c> Search<'c> {
    pub(crate) fn stopped(&self) -> bool {
        self.control.stopped()
    }

    /// The prefix is frequent.
    #[inline]
    pub(crate) fn tell(&mut self, count: u32) {
        self.out.tell(&self.prefix, count);
    }

    fn word_branches(
        mut self,
        tasks: &mut dyn Iterator<Item = usize>,
        rows: &Rows,
        entries: &[Entry],
    ) -> Output<'c> {
        self.room.entries.extend_from_slice(entries);
        let mut meaning = Meaning { ids: [0; 64] };
        for (id, item) in meaning.ids.iter_mut().zip(&rows.ids) {
            *id = *item;
        }
        for item in tasks {
            self.out.begin(item);
            self.prefix.push(rows.ids[item]);
            self.tell(rows.counts[item]);
            if item > 0 && self.max_len > 1 && !self.stopped() {
                self.mask_branch(0, item, (1 << item) - 1, rows.counts[item], &meaning);
            }
            self.prefix.pop();
        }
        self.out
    }

    fn row_branch(
        &mut self,
        rows: &Rows,
        occurrences: &Occurrences,
        pairs: Option<&Pairs>,
        item: usize,
        scratch: &mut Scratch,
    ) {
        self.prefix.push(rows.ids[item]);
        self.tell(rows.counts[item]);
        if item > 0 && self.prefix.len() < self.max_len {
            let places = occurrences.of(item);
            self.partners(rows, places, pairs.and_then(|pairs| pairs.with(item)), item, scratch);
            if scratch.partners.len() < 2 || self.prefix.len() + 1 == self.max_len {
                self.tell_partners(rows, scratch);
            } else if scratch.partners.len() <= WORD {
                self.as_words(rows, places, scratch);
            } else {
                self.as_rows(rows, places, scratch);
            }
        }
        self.prefix.pop();
    }

    fn tell_partners(&mut self, rows: &Rows, scratch: &Scratch) {
        for (partner, count) in &scratch.partners {
            self.prefix.push(rows.ids[*partner as usize]);
            self.tell(*count);
            self.prefix.pop();
        }
    }

    /// The more frequent items that are in enough baskets together with the item.
    fn partners(
        &self,
        rows: &Rows,
        places: &[Occurrence],
        known: Option<&[u32]>,
        item: usize,
        scratch: &mut Scratch,
    ) {
        let partners = &mut scratch.partners;
        partners.clear();
        if let Some(counts) = known {
            let enough = (0_u32..).zip(counts).filter(|(_, count)| **count >= self.min_count);
            partners.extend(enough.map(|(partner, count)| (partner, *count)));
            return;
        }
        let mut seen = 0;
        for place in places {
            let before = rows.before(*place);
            seen += before.len();
            for other in before {
                let count = &mut scratch.tally[*other as usize];
                *count = count.wrapping_add(1);
                if *count == self.min_count {
                    partners.push((*other, 0));
                }
            }
        }
        partners.sort_unstable();
        for (partner, count) in partners.iter_mut() {
            *count = scratch.tally[*partner as usize];
        }
        // Clear what was counted: the whole array in one go, or only what was touched.
        if seen * 8 > item {
            scratch.tally[..item].fill(0);
        } else {
            for other in places.iter().flat_map(|place| rows.before(*place)) {
                scratch.tally[*other as usize] = 0;
            }
        }
    }

    /// The conditional database as words of bits.
    fn as_words(&mut self, rows: &Rows, places: &[Occurrence], scratch: &mut Scratch) {
        let mut meaning = Meaning { ids: [0; 64] };
        let mut counts = [0; 64];
        for (bit, (partner, count)) in scratch.partners.iter().enumerate() {
            meaning.ids[bit] = rows.ids[*partner as usize];
            counts[bit] = *count;
            scratch.bit[*partner as usize] = 1 << bit;
        }
        let start = self.room.entries.len();
        for place in places {
            let bits = rows.before(*place).iter().fold(0, |bits, other| bits | scratch.bit[*other as usize]);
            if bits & bits.wrapping_sub(1) != 0 {
                self.room.entries.push(Entry { bits, weight: 1 });
            }
        }
        for (partner, _) in &scratch.partners {
            scratch.bit[*partner as usize] = 0;
        }
        let live = u64::MAX >> (WORD - scratch.partners.len());
        self.inside(start, live, places.len() as u32, &counts, &meaning);
        self.room.entries.truncate(start);
    }

    /// The conditional database as rows, when it has too many items for words.
    fn as_rows(&mut self, rows: &Rows, places: &[Occurrence], scratch: &mut Scratch) {
        let mut inner = Rows { starts: vec![0], ..Rows::default() };
        for (place, (partner, count)) in (1_u32..).zip(&scratch.partners) {
            inner.ids.push(rows.ids[*partner as usize]);
            inner.counts.push(*count);
            // Numbered from 1, since 0 says that it is no partner.
            scratch.tally[*partner as usize] = place;
        }
        for place in places {
            let start = inner.items.len();
            let others = rows.before(*place).iter().map(|other| scratch.tally[*other as usize]);
            inner.items.extend(others.filter(|place| *place != 0).map(|place| place - 1));
            if inner.items.len() < start + 2 {
                inner.items.truncate(start);
            } else {
                inner.starts.push(inner.items.len() as u32);
            }
        }
        for (partner, _) in &scratch.partners {
            scratch.tally[*partner as usize] = 0;
        }
        let occurrences = inner.occurrences(false);
        let mut scratch = Scratch::new(inner.width());
        for item in 0..inner.width() {
            if self.stopped() {
                break;
            }
            self.row_branch(&inner, &occurrences, None, item, &mut scratch);
        }
    }
}
