//! Baskets of at most 64 items as words of bits: recursion by the highest bit, and a table for the rest.
//!
//! A conditional database is a stretch of one stack of (bits, weight): the baskets that have the item, with
//! the bits below it; equal ones are put together. When few bits are left, a table of all their combinations
//! is filled with the weights and summed over supersets in place ("zeta transform", Yates 1937), after which
//! every cell is the count of its itemset.

use super::search::Search;

/// A table has at most 2 to this many cells.
const TABLE_BITS: usize = 12;
/// Databases smaller than this are not worth sorting.
const MERGE_FROM: usize = 32;

/// So many baskets have these items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) bits: u64,
    pub(crate) weight: u32,
}

/// Room to work in, kept between branches.
#[derive(Default)]
pub(crate) struct Room {
    pub(crate) entries: Vec<Entry>,
    table: Vec<u32>,
}

/// What the bits of a database stand for.
pub(crate) struct Meaning {
    /// The caller's number of the item of each bit.
    pub(crate) ids: [u32; 64],
}

impl Search<'_> {
    /// Tells every itemset of the prefix and items of `live`, whose counts with the prefix are known.
    pub(crate) fn masks(&mut self, from: usize, live: u64, counts: &[u32; 64], meaning: &Meaning) {
        let entries = self.room.entries.len() - from;
        if table_pays(live, entries) {
            return self.table(from, live, counts, meaning);
        }
        let mut rest = live;
        while rest != 0 {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            self.prefix.push(meaning.ids[bit]);
            self.tell(counts[bit]);
            let below = live & ((1 << bit) - 1);
            if below != 0 && entries > 0 && self.prefix.len() < self.max_len && !self.stopped() {
                self.mask_branch(from, bit, below, counts[bit], meaning);
            }
            self.prefix.pop();
        }
    }

    /// Tells what is in a database of `total` baskets. Bits that are in all of them need no search where sets are
    /// only counted: with each set there are as many again.
    pub(crate) fn inside(
        &mut self,
        from: usize,
        live: u64,
        total: u32,
        counts: &[u32; 64],
        meaning: &Meaning,
    ) {
        let in_all = if self.out.doubles() { frequent(live, counts, total) } else { 0 };
        let left = live & !in_all;
        let more = in_all.count_ones();
        if more > 0 {
            self.out.double(more, total);
        }
        if left & left.wrapping_sub(1) == 0 {
            if left != 0 {
                let bit = left.trailing_zeros() as usize;
                self.prefix.push(meaning.ids[bit]);
                self.tell(counts[bit]);
                self.prefix.pop();
            }
        } else {
            self.keep_live(from, left);
            self.masks(from, left, counts, meaning);
        }
        if more > 0 {
            self.out.halve(more);
        }
    }

    /// The database of one bit, which is in `total` baskets: what stands below it, where it stands.
    pub(crate) fn mask_branch(&mut self, from: usize, bit: usize, below: u64, total: u32, meaning: &Meaning) {
        let start = self.room.entries.len();
        let mut counts = [0_u32; 64];
        for index in from..start {
            let entry = self.room.entries[index];
            let bits = entry.bits & below;
            if entry.bits >> bit & 1 == 1 && bits != 0 {
                count_bits(bits, entry.weight, &mut counts);
                if bits & (bits - 1) != 0 {
                    self.room.entries.push(Entry { bits, weight: entry.weight });
                }
            }
        }
        let live = frequent(below, &counts, self.min_count);
        self.inside(start, live, total, &counts, meaning);
        self.room.entries.truncate(start);
    }

    /// Clears bits that are not alive, drops entries without a pair of bits, puts equal ones together.
    pub(crate) fn keep_live(&mut self, from: usize, live: u64) {
        let entries = &mut self.room.entries;
        let mut kept = from;
        for index in from..entries.len() {
            let entry = entries[index];
            let bits = entry.bits & live;
            if bits & bits.wrapping_sub(1) != 0 {
                entries[kept] = Entry { bits, weight: entry.weight };
                kept += 1;
            }
        }
        entries.truncate(kept);
        if kept - from > MERGE_FROM && !table_pays(live, kept - from) {
            merge_equal(entries, from);
        }
    }

    fn table(&mut self, from: usize, live: u64, counts: &[u32; 64], meaning: &Meaning) {
        let width = live.count_ones() as usize;
        let mut table = std::mem::take(&mut self.room.table);
        table.clear();
        table.resize(1 << width, 0);
        let squeeze = Squeeze::new(live);
        for entry in &self.room.entries[from..] {
            let cell = &mut table[squeeze.apply(entry.bits) as usize];
            *cell = cell.wrapping_add(entry.weight);
        }
        sum_over_supersets(&mut table);
        let mut ids = [0; TABLE_BITS];
        let mut rest = live;
        for (place, id) in ids.iter_mut().enumerate().take(width) {
            let bit = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            *id = meaning.ids[bit];
            // Entries of one bit were dropped; the counts of single bits are known.
            table[1 << place] = counts[bit];
        }
        if self.out.doubles() {
            for count in table.iter().skip(1).filter(|count| **count >= self.min_count) {
                self.out.count(*count);
            }
        } else {
            self.tell_table(&table, 0, width, &ids);
        }
        self.room.table = table;
    }

    fn tell_table(&mut self, table: &[u32], base: usize, width: usize, ids: &[u32; TABLE_BITS]) {
        for (bit, id) in ids.iter().enumerate().take(width) {
            let cell = base | 1 << bit;
            let count = table[cell];
            if count >= self.min_count {
                self.prefix.push(*id);
                self.tell(count);
                if bit > 0 && self.prefix.len() < self.max_len {
                    self.tell_table(table, cell, bit, ids);
                }
                self.prefix.pop();
            }
        }
    }
}

/// A table costs its cells, the recursion about the entries once for each frequent combination.
fn table_pays(live: u64, entries: usize) -> bool {
    let width = live.count_ones() as usize;
    width <= TABLE_BITS && 4 * entries >= 1 << width
}

#[inline]
fn count_bits(mut bits: u64, weight: u32, counts: &mut [u32; 64]) {
    while bits != 0 {
        let count = &mut counts[bits.trailing_zeros() as usize];
        *count = count.wrapping_add(weight);
        bits &= bits - 1;
    }
}

fn frequent(among: u64, counts: &[u32; 64], min_count: u32) -> u64 {
    (0_u64..).zip(counts).fold(0, |live, (bit, count)| live | (u64::from(*count >= min_count) << bit)) & among
}

/// Sorts the entries from here on and adds up the weights of equal ones.
pub(crate) fn merge_equal(entries: &mut Vec<Entry>, from: usize) {
    entries[from..].sort_unstable_by_key(|entry| entry.bits);
    let mut kept = from;
    for index in from + 1..entries.len() {
        let entry = entries[index];
        if entries[kept].bits == entry.bits {
            entries[kept].weight += entry.weight;
        } else {
            kept += 1;
            entries[kept] = entry;
        }
    }
    entries.truncate((kept + 1).min(entries.len()));
}

/// Every cell becomes the sum of the cells whose number has all its bits.
fn sum_over_supersets(table: &mut [u32]) {
    let mut half = 1;
    while half < table.len() {
        for pair in table.chunks_exact_mut(2 * half) {
            let (without, with) = pair.split_at_mut(half);
            for (sum, more) in without.iter_mut().zip(with) {
                *sum = sum.wrapping_add(*more);
            }
        }
        half *= 2;
    }
}

/// Moves the bits of a mask together at the low end (Warren, Hacker's Delight, 7-4), the plan made once.
struct Squeeze {
    mask: u64,
    moves: [u64; 6],
}

impl Squeeze {
    fn new(mask: u64) -> Self {
        let mut moves = [0; 6];
        let (mut left, mut zeros) = (mask, !mask << 1);
        for (step, moved) in moves.iter_mut().enumerate() {
            let mut parity = zeros;
            for shift in [1, 2, 4, 8, 16, 32] {
                parity ^= parity << shift;
            }
            *moved = parity & left;
            left = (left ^ *moved) | (*moved >> (1 << step));
            zeros &= !parity;
        }
        Self { mask, moves }
    }

    #[inline]
    fn apply(&self, bits: u64) -> u64 {
        let mut bits = bits & self.mask;
        for (step, moved) in self.moves.iter().enumerate() {
            let moving = bits & moved;
            bits = (bits ^ moving) | (moving >> (1 << step));
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squeezed_bits_stand_together_in_their_order() {
        // 1011 picked by 0b1_0110 from 0b1_0010: bits 1 and 4 of the mask's 1, 2, 4 → 0b101.
        assert_eq!(Squeeze::new(0b1_0110).apply(0b1_1010), 0b101);
        for mask in [0, 1, 1 << 63, u64::MAX, 0x8000_0001_0F00_1234] {
            let squeeze = Squeeze::new(mask);
            assert_eq!(squeeze.apply(u64::MAX).count_ones(), mask.count_ones());
            let mut left = mask;
            let mut place = 0;
            while left != 0 {
                assert_eq!(squeeze.apply(left & left.wrapping_neg()), 1 << place);
                left &= left - 1;
                place += 1;
            }
        }
    }

    #[test]
    fn supersets_are_summed() {
        // {a,b} twice, {b} once, {a,b,c} once.
        let mut table = [0, 0, 1, 2, 0, 0, 0, 1];
        sum_over_supersets(&mut table);
        assert_eq!(table, [4, 3, 4, 3, 1, 1, 1, 1]);
    }
}
