//! A set of hashes that are spread evenly already: open places in a row, in the order of the hashes.
//!
//! hashbrown asks memory twice for each hash and cannot be told which hashes come next; with half a million
//! rows, waiting for memory was a sixth of all the reader's work. Places follow the hashes' upper bits, so a
//! table that grows is copied from front to back. The lowest bit of a hash is the caller's.
//! Deliberately absent: removal.

/// All bits of a hash but the caller's.
const KEY_BITS: u128 = !1;
/// Stands for a hash of zero, because zero is an empty place.
const ZERO: u128 = 1 << 127;
const SMALLEST: u32 = 10;
/// So many hashes are looked up at once, because memory answers many questions as fast as one.
pub(super) const AT_ONCE: usize = 64;

/// Hashes, of which only the caller's bit can change.
pub(crate) struct Table {
    /// As many as a power of two; zero: empty. Beyond the last place comes the first.
    places: Vec<u128>,
    held: usize,
    /// By how far a hash is shifted to give its place.
    shift: u32,
}

/// A table gets no fuller than this, so that places are found after a step or two: three of four.
fn holds(places: usize) -> usize {
    places / 4 * 3
}

impl Table {
    /// A table that need not grow for so many hashes.
    pub(super) fn with_room(hashes: u64) -> Self {
        let mut bits = SMALLEST;
        while bits < usize::BITS - 8 && (holds(1 << bits) as u64) < hashes {
            bits += 1;
        }
        Self { places: vec![0; 1 << bits], held: 0, shift: u128::BITS - bits }
    }

    pub(super) fn len(&self) -> usize {
        self.held
    }

    /// All hashes without the caller's bit, rising.
    pub(super) fn into_sorted(mut self) -> Vec<u128> {
        self.places.retain(|held| *held != 0);
        self.places.iter_mut().for_each(|held| *held &= KEY_BITS);
        self.places.sort_unstable();
        self.places
    }

    /// Adds a hash; whether it is new.
    #[inline]
    pub(super) fn insert(&mut self, hash: u128) -> bool {
        let key = key_of(hash);
        let place = self.find(key);
        match self.places.get_mut(place) {
            Some(held) if *held == 0 => *held = key,
            _ => return false,
        }
        self.held += 1;
        if self.held >= holds(self.places.len()) {
            self.grow();
        }
        true
    }

    /// The caller's bit of a hash, which is set from now on; `None` if the table does not have the hash.
    #[inline]
    pub(super) fn mark(&mut self, hash: u128) -> Option<bool> {
        let place = self.find(key_of(hash));
        let held = self.places.get_mut(place).filter(|held| **held != 0)?;
        let before = *held & !KEY_BITS != 0;
        *held |= !KEY_BITS;
        Some(before)
    }

    /// Brings the places of hashes near that are asked for next.
    #[inline]
    pub(super) fn bring_near(&self, hashes: &[u128]) {
        let near = hashes.iter().filter_map(|hash| self.places.get(self.first(key_of(*hash))));
        std::hint::black_box(near.fold(0, |sum, place| sum ^ *place as u64));
    }

    #[inline]
    fn first(&self, key: u128) -> usize {
        (key >> self.shift) as usize
    }

    /// Where a key is, or the empty place where it would be. There always is one.
    #[inline]
    fn find(&self, key: u128) -> usize {
        let mut place = self.first(key);
        loop {
            match self.places.get(place) {
                Some(held) if *held == 0 || *held & KEY_BITS == key => return place,
                Some(_) => place += 1,
                None => place = 0,
            }
        }
    }

    #[cold]
    fn grow(&mut self) {
        let larger = self.places.len() * 2;
        let old = std::mem::replace(&mut self.places, vec![0; larger]);
        self.shift -= 1;
        for held in old.into_iter().filter(|held| *held != 0) {
            let place = self.find(held & KEY_BITS);
            if let Some(free) = self.places.get_mut(place) {
                *free = held;
            }
        }
    }
}

/// A hash as it is held.
#[inline]
pub(crate) fn key_of(hash: u128) -> u128 {
    match hash & KEY_BITS {
        0 => ZERO,
        key => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        /// Hashes that crowd at both ends, so that places run over the end and tables grow.
        #[test]
        fn a_table_is_a_set_with_a_bit(
            hashes in proptest::collection::vec(
                prop_oneof![
                    0..40_u128,
                    (0..40_u128).prop_map(|low| u128::MAX - low),
                    (0..3_000_u128).prop_map(|high| high << 112 | 6),
                    any::<u128>(),
                ],
                0..3_000,
            ),
            marks in any::<bool>(),
        ) {
            let (mut table, mut known) = (Table::with_room(0), HashMap::new());
            for hash in &hashes {
                let key = hash & KEY_BITS;
                prop_assert_eq!(table.insert(*hash), known.insert(key, false).is_none());
            }
            prop_assert_eq!(table.len(), known.len());
            for hash in hashes.iter().chain(&[77 << 80]).filter(|_| marks) {
                let before = known.get_mut(&(hash & KEY_BITS)).map(|bit| std::mem::replace(bit, true));
                prop_assert_eq!(table.mark(*hash), before);
            }
        }
    }
}
