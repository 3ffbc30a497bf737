//! Closed and maximal itemsets: the baskets of each partner of an item as a column of bits.
//!
//! Closed sets are walked so that each is met once and no set found before has to be remembered: a branch is
//! left as soon as an item that comes later in the order is in all its baskets, because the set with that
//! item is met in the branch of that item (Uno et al., LCM, FIMI 2003; Lucchese et al., DCI_Closed, 2006).
//! A closed set is maximal if no item at all is in enough of its baskets.
//!
//! Memory stays in proportion to the data: an item has at most as many columns before it in the order as
//! there are items at least as frequent, and those after it are kept as lists when they are thin.

use super::output::{Control, Output};
use super::rows::{Occurrence, Rows};
use super::search::Found;
use super::threads::from_queue;
use crate::basket::itemsets::{Part, Run, Way};
use crate::basket::options::{Kind, MineOptions};

/// Branches within branches; each needs room on the stack of its thread.
const DEPTH: usize = 1_000;
const NONE: u32 = u32::MAX;

/// The baskets of a partner, among those of the item of the branch.
enum Column {
    /// Where its words start.
    Bits(usize),
    /// Basket by basket, ascending.
    List(Vec<u32>),
}

/// One thread's state.
struct Walk<'c> {
    control: &'c Control<'c>,
    out: Output<'c>,
    min_count: u32,
    max_len: usize,
    maximal: bool,
    /// The set so far, as places in the order; the rarest item is the highest.
    prefix: Vec<u32>,
    told: Vec<u32>,
    tally: Vec<u32>,
    /// The place of a partner in `columns`, or `NONE`.
    slot: Vec<u32>,
    columns: Vec<(u32, Column)>,
    bits: Vec<u64>,
    /// Words of a column.
    words: usize,
    /// Stack of baskets of the sets on the way.
    rows: Vec<u64>,
    /// Stack of numbers of columns: candidates and those that come later in the order.
    numbers: Vec<u32>,
}

/// Stretches of the stack of numbers.
#[derive(Clone, Copy)]
struct Around {
    /// Items that may join, ascending: from here …
    candidates: usize,
    /// … to here, where those begin that come later in the order …
    later: usize,
    /// … and end.
    end: usize,
}

/// Finds the closed or the maximal itemsets.
pub(crate) fn closed(
    rows: &Rows,
    min_count: u32,
    options: &MineOptions,
    threads: usize,
    control: &Control<'_>,
) -> Found {
    let occurrences = rows.occurrences(true);
    let found = from_queue(threads, rows.width(), |tasks| {
        let mut walk = Walk {
            control,
            out: Output::new(control, (options.min_len, options.max_len)),
            min_count,
            max_len: options.max_len,
            maximal: options.kind == Kind::Maximal,
            prefix: Vec::new(),
            told: Vec::new(),
            tally: vec![0; rows.width()],
            slot: vec![NONE; rows.width()],
            columns: Vec::new(),
            bits: Vec::new(),
            words: 0,
            rows: Vec::new(),
            numbers: Vec::new(),
        };
        for item in tasks {
            if control.stopped() {
                break;
            }
            walk.out.begin(item);
            walk.root(rows, occurrences.of(item), item as u32);
        }
        let found: (Vec<Part>, Vec<Run>) = walk.out.finish();
        found
    });
    (found, Way::Columns)
}

/// Whether an item later in the order is in all the baskets of this one. It then has the same count, and the
/// first basket has it, so there are few to try.
fn goes_with_later(rows: &Rows, places: &[Occurrence], item: u32) -> bool {
    let count = rows.counts[item as usize];
    let Some(first) = places.first().filter(|_| places.len() == count as usize) else { return false };
    let row = rows.row(first.from as usize);
    let later = row.iter().skip_while(|other| **other <= item);
    let mut equal = later.take_while(|other| rows.counts[**other as usize] == count);
    equal.any(|other| places.iter().all(|place| rows.row(place.from as usize).binary_search(other).is_ok()))
}

impl Walk<'_> {
    /// Everything whose rarest item is this one.
    fn root(&mut self, rows: &Rows, places: &[Occurrence], item: u32) {
        let count = rows.counts[item as usize];
        if goes_with_later(rows, places, item) {
            return;
        }
        let partners = self.partners(rows, places, item);
        let (inside, rest): (Vec<_>, Vec<_>) = partners.iter().partition(|(_, with)| *with == count);
        self.prefix.push(item);
        self.prefix.extend(inside.iter().map(|(partner, _)| *partner));
        if !self.maximal || rest.is_empty() {
            self.tell(rows, count);
        }
        let candidates = rest.iter().filter(|(partner, _)| *partner < item).count();
        if candidates > 0 && self.prefix.len() < self.max_len {
            self.fill_columns(rows, places, &rest);
            self.numbers.clear();
            self.numbers.extend(0..rest.len() as u32);
            self.rows.clear();
            self.rows.resize(self.words, u64::MAX);
            self.walk(rows, Around { candidates: 0, later: candidates, end: rest.len() }, 0, 0);
        }
        self.prefix.clear();
    }

    /// Items in enough of these baskets, ascending, with the number of baskets.
    fn partners(&mut self, rows: &Rows, places: &[Occurrence], item: u32) -> Vec<(u32, u32)> {
        let mut partners = Vec::new();
        for other in places.iter().flat_map(|place| rows.row(place.from as usize)) {
            let count = &mut self.tally[*other as usize];
            *count += 1;
            if *count == self.min_count && *other != item {
                partners.push((*other, 0));
            }
        }
        partners.sort_unstable();
        for (partner, count) in &mut partners {
            *count = self.tally[*partner as usize];
        }
        for other in places.iter().flat_map(|place| rows.row(place.from as usize)) {
            self.tally[*other as usize] = 0;
        }
        partners
    }

    fn fill_columns(&mut self, rows: &Rows, places: &[Occurrence], partners: &[(u32, u32)]) {
        self.words = places.len().div_ceil(64);
        self.columns.clear();
        let mut dense = 0;
        for (number, (partner, count)) in (0..).zip(partners) {
            self.slot[*partner as usize] = number;
            let thin = *count as usize * 32 < places.len();
            let column =
                if thin { Column::List(Vec::with_capacity(*count as usize)) } else { Column::Bits(dense) };
            dense += if thin { 0 } else { self.words };
            self.columns.push((*partner, column));
        }
        self.bits.clear();
        self.bits.resize(dense, 0);
        for (place, at) in places.iter().zip(0_u32..) {
            for other in rows.row(place.from as usize) {
                let slot = self.slot[*other as usize];
                if slot != NONE {
                    match &mut self.columns[slot as usize].1 {
                        Column::Bits(start) => self.bits[*start + at as usize / 64] |= 1 << (at % 64),
                        Column::List(list) => list.push(at),
                    }
                }
            }
        }
        for (partner, _) in partners {
            self.slot[*partner as usize] = NONE;
        }
    }

    /// Tells the closed sets that candidates make of the prefix, whose baskets start at `from`.
    fn walk(&mut self, rows: &Rows, around: Around, from: usize, depth: usize) {
        if depth > DEPTH {
            self.control.too_deep();
        }
        for place in around.candidates..around.later {
            if self.control.stopped() {
                return;
            }
            let count = self.push_rows(from, self.numbers[place]);
            let (stack, length) = (self.numbers.len(), self.prefix.len());
            if count >= self.min_count
                && let Some(inner) = self.extend(around, place, from + self.words, count)
            {
                if !self.maximal || inner.candidates == inner.end {
                    self.tell(rows, count);
                }
                if inner.candidates < inner.later && self.prefix.len() < self.max_len {
                    self.walk(rows, inner, from + self.words, depth + 1);
                }
            }
            self.prefix.truncate(length);
            self.numbers.truncate(stack);
            self.rows.truncate(from + self.words);
        }
    }

    /// Adds the item of a candidate and all that are in the same baskets; `None` if a later one is.
    fn extend(&mut self, around: Around, place: usize, from: usize, count: u32) -> Option<Around> {
        let candidates = self.numbers.len();
        let mut later = candidates;
        self.prefix.push(self.columns[self.numbers[place] as usize].0);
        // Later ones first: they end most branches. They are kept below the candidates for now.
        for place in place + 1..around.end {
            let number = self.numbers[place];
            if self.maximal {
                let with = self.count_within(from, number);
                if with == count {
                    return None;
                }
                if with >= self.min_count {
                    self.numbers.push(number);
                    later += 1;
                }
            } else if self.is_within(from, number, count) {
                return None;
            } else {
                self.numbers.push(number);
                later += 1;
            }
        }
        for place in around.candidates..place {
            let number = self.numbers[place];
            let with = self.count_within(from, number);
            if with == count {
                self.prefix.push(self.columns[number as usize].0);
            } else if with >= self.min_count {
                self.numbers.push(number);
            }
        }
        // Candidates to the front.
        let end = self.numbers.len();
        self.numbers[candidates..].rotate_left(later - candidates);
        Some(Around { candidates, later: candidates + (end - later), end })
    }

    /// The baskets from here that have the item of a column, put on top; returns how many.
    fn push_rows(&mut self, from: usize, number: u32) -> u32 {
        let mut count = 0;
        match &self.columns[number as usize].1 {
            Column::Bits(start) => {
                for word in 0..self.words {
                    let rows = self.rows[from + word] & self.bits[start + word];
                    count += rows.count_ones();
                    self.rows.push(rows);
                }
            }
            Column::List(list) => {
                let top = self.rows.len();
                self.rows.resize(top + self.words, 0);
                for at in list {
                    let word = *at as usize / 64;
                    let bit = self.rows[from + word] & (1 << (at % 64));
                    self.rows[top + word] |= bit;
                    count += u32::from(bit != 0);
                }
            }
        }
        count
    }

    /// In how many of the baskets from here the item of a column is.
    fn count_within(&self, from: usize, number: u32) -> u32 {
        let rows = &self.rows[from..from + self.words];
        match &self.columns[number as usize].1 {
            Column::Bits(start) => {
                let column = &self.bits[*start..start + self.words];
                rows.iter().zip(column).map(|(left, right)| (left & right).count_ones()).sum()
            }
            Column::List(list) => {
                list.iter().map(|at| (rows[*at as usize / 64] >> (at % 64) & 1) as u32).sum()
            }
        }
    }

    /// Whether the item of a column is in all the baskets from here.
    fn is_within(&self, from: usize, number: u32, count: u32) -> bool {
        let rows = &self.rows[from..from + self.words];
        match &self.columns[number as usize].1 {
            Column::Bits(start) => {
                let column = &self.bits[*start..start + self.words];
                rows.iter().zip(column).all(|(left, right)| left & !right == 0)
            }
            Column::List(list) => list.len() >= count as usize && self.count_within(from, number) == count,
        }
    }

    fn tell(&mut self, rows: &Rows, count: u32) {
        self.told.clear();
        self.told.extend_from_slice(&self.prefix);
        self.told.sort_unstable_by_key(|place| std::cmp::Reverse(*place));
        for place in &mut self.told {
            *place = rows.ids[*place as usize];
        }
        self.out.tell(&self.told, count);
    }
}
