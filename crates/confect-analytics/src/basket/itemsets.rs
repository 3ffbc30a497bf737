//! The answer of a search: itemsets with their counts, in flat arrays.
//!
//! The sets lie in a few parts (so that no array ever has to be moved to grow) in the order in which each
//! thread found them; runs put them into one order that does not depend on threads: by the rarest item,
//! then item by item towards the most frequent. Within a set the rarest item comes first.

/// Itemsets found by one thread, up to some size.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    pub(crate) items: Vec<u32>,
    /// Where each set ends in `items`.
    pub(crate) ends: Vec<u32>,
    pub(crate) counts: Vec<u32>,
}

impl Part {
    fn set(&self, index: usize) -> Itemset<'_> {
        let from =
            index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        let to = self.ends.get(index).map_or(from, |end| *end as usize);
        let count = self.counts.get(index).copied().unwrap_or(0);
        Itemset { items: self.items.get(from..to).unwrap_or_default(), count }
    }
}

/// Sets `from..to` of a part; `root` is the place of their first item in the order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) root: u32,
    pub(crate) part: u32,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// Items that are in the same `count` baskets together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Itemset<'a> {
    /// Item numbers, the rarest first.
    pub items: &'a [u32],
    /// In how many baskets all of them are.
    pub count: u32,
}

/// Which way the search went; told for people who wonder about the time it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// At most 64 frequent items: each basket is one word of bits.
    Bits,
    /// Rows of items, the pairs counted in one triangular table.
    RowsAndPairs,
    /// Local tables of bits, one for each item (closed and maximal).
    Columns,
    /// The plain reference.
    Apriori,
}

/// Baskets left out for their size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GiantBaskets {
    /// How many were left out.
    pub baskets: usize,
    /// The most distinct items one of them had.
    pub largest: usize,
}

/// The frequent itemsets of some baskets.
#[derive(Clone, Debug)]
pub struct Itemsets {
    pub(crate) parts: Vec<Part>,
    pub(crate) runs: Vec<Run>,
    /// The number of sets before each run.
    pub(crate) before: Vec<usize>,
    /// Baskets looked at: all that are not giant.
    pub baskets: usize,
    /// Distinct items in them.
    pub items: usize,
    /// Items that are frequent alone.
    pub frequent_items: usize,
    /// The number of baskets from which a set was frequent.
    pub min_count: u32,
    /// What was left out.
    pub giants: GiantBaskets,
    /// The question.
    pub kind: super::Kind,
    /// The least and greatest length asked for.
    pub lengths: (usize, usize),
    /// How it was found.
    pub way: Way,
}

impl Itemsets {
    pub(crate) fn arrange(&mut self) {
        self.runs.sort_by_key(|run| run.root);
        let mut total = 0;
        self.before = Vec::with_capacity(self.runs.len());
        for run in &self.runs {
            self.before.push(total);
            total += (run.to - run.from) as usize;
        }
    }

    /// How many sets there are.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|part| part.counts.len()).sum()
    }

    /// Whether nothing was frequent.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The set of this place in the order of [`iter`](Self::iter).
    pub fn get(&self, index: usize) -> Option<Itemset<'_>> {
        let place = self.before.partition_point(|before| *before <= index).checked_sub(1)?;
        let run = self.runs.get(place)?;
        let within = index - self.before.get(place)?;
        let set = run.from as usize + within;
        (set < run.to as usize).then(|| self.parts.get(run.part as usize).map(|part| part.set(set))).flatten()
    }

    /// All sets, always in the same order.
    pub fn iter(&self) -> impl Iterator<Item = Itemset<'_>> {
        self.runs.iter().flat_map(|run| {
            let part = self.parts.get(run.part as usize);
            (run.from..run.to).filter_map(move |set| part.map(|part| part.set(set as usize)))
        })
    }

    /// How many sets have one item, two items, and so on.
    pub fn by_length(&self) -> Vec<usize> {
        let mut lengths = Vec::new();
        for set in self.iter() {
            if lengths.len() < set.items.len() {
                lengths.resize(set.items.len(), 0);
            }
            if let Some(count) = lengths.get_mut(set.items.len().saturating_sub(1)) {
                *count += 1;
            }
        }
        lengths
    }

    /// The counts of all sets together, which two programs compare quickly.
    pub fn sum_of_counts(&self) -> u64 {
        self.parts.iter().flat_map(|part| &part.counts).map(|count| u64::from(*count)).sum()
    }

    /// Copies with ascending items, by length and then item by item: what tests and files compare.
    pub fn sorted(&self) -> Vec<(Vec<u32>, u32)> {
        let mut sets: Vec<(Vec<u32>, u32)> = self
            .iter()
            .map(|set| {
                let mut items = set.items.to_vec();
                items.sort_unstable();
                (items, set.count)
            })
            .collect();
        sets.sort_unstable_by(|left, right| (left.0.len(), &left.0).cmp(&(right.0.len(), &right.0)));
        sets
    }
}
