//! Itemsets by their items, so that a rule finds the counts of its parts.

use hashbrown::HashTable;

use crate::basket::itemsets::{Itemset, Itemsets};

/// All itemsets of an answer; items in the order in which the answer writes them.
pub(crate) struct Index<'a> {
    sets: HashTable<Itemset<'a>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(itemsets: &'a Itemsets) -> Self {
        let mut sets = HashTable::with_capacity(itemsets.len());
        for set in itemsets.iter() {
            sets.insert_unique(hash(set.items), set, |set| hash(set.items));
        }
        Self { sets }
    }

    pub(crate) fn count(&self, items: &[u32]) -> Option<u32> {
        self.sets.find(hash(items), |set| set.items == items).map(|set| set.count)
    }
}

/// Multiply and rotate; item numbers are ours, nobody can choose them to collide.
fn hash(items: &[u32]) -> u64 {
    let mixed = items.iter().fold(0_u64, |hash, item| {
        (hash.rotate_left(5) ^ u64::from(*item)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    });
    mixed ^ (mixed >> 32)
}
