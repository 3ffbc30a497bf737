//! Baskets as the engine takes them: sets of item numbers, one after the other in one flat array.
//!
//! What an item is (article, subcategory, category) and what a basket is (a receipt, a customer's month, all
//! a customer ever bought) is the caller's choice; here both are numbers. An item counts once per basket.
//! Deliberately absent: names of items (the readers in `text` keep them), quantities, money.

use super::error::BasketError;

/// A collection of baskets over the items `0..universe`.
#[derive(Clone, Debug, Default)]
pub struct Baskets {
    universe: u32,
    items: Vec<u32>,
    /// Where each basket ends in `items`; one more entry than baskets, the first is 0.
    starts: Vec<u32>,
    /// The period of each basket, if any was told; else empty.
    periods: Vec<u32>,
}

impl Baskets {
    /// No baskets yet, over the items `0..universe`.
    pub fn new(universe: u32) -> Self {
        Self { universe, items: Vec::new(), starts: vec![0], periods: Vec::new() }
    }

    /// Adds a basket. Repeated items count once; an empty basket counts as a basket.
    pub fn push(&mut self, items: &[u32]) -> Result<(), BasketError> {
        self.push_in(items, 0)
    }

    /// Adds a basket of a period, for example the month counted from any start.
    pub fn push_in(&mut self, items: &[u32], period: u32) -> Result<(), BasketError> {
        if let Some(item) = items.iter().find(|item| **item >= self.universe) {
            return Err(BasketError::UnknownItem {
                item: *item,
                universe: self.universe,
                basket: self.len() + 1,
            });
        }
        let before = self.items.len();
        self.items.extend_from_slice(items);
        let kept = sort_and_dedup(self.items.get_mut(before..).unwrap_or_default());
        self.items.truncate(before + kept);
        let end = u32::try_from(self.items.len()).ok().filter(|_| self.len() < u32::MAX as usize);
        let Some(end) = end else {
            self.items.truncate(before);
            return Err(BasketError::TooMuchData { baskets: self.len() });
        };
        if period != 0 && self.periods.is_empty() {
            self.periods.resize(self.len(), 0);
        }
        if period != 0 || !self.periods.is_empty() {
            self.periods.push(period);
        }
        self.starts.push(end);
        Ok(())
    }

    /// The number of baskets, empty ones included.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is no basket.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Items are smaller than this.
    pub const fn universe(&self) -> u32 {
        self.universe
    }

    /// The number of items in all baskets together, each counted once per basket.
    pub fn occurrences(&self) -> usize {
        self.items.len()
    }

    /// The items of one basket in ascending order; empty if there is no such basket.
    pub fn basket(&self, index: usize) -> &[u32] {
        let from = self.starts.get(index).map_or(0, |start| *start as usize);
        let to = self.starts.get(index + 1).map_or(from, |end| *end as usize);
        self.items.get(from..to).unwrap_or_default()
    }

    /// The period of a basket; 0 if none was told.
    pub fn period(&self, index: usize) -> u32 {
        self.periods.get(index).copied().unwrap_or(0)
    }

    /// All baskets in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.range(0, self.len())
    }

    /// Baskets `from..to`.
    pub(crate) fn range(&self, from: usize, to: usize) -> impl Iterator<Item = &[u32]> {
        let starts = self.starts.get(from..=to).unwrap_or_default();
        starts.windows(2).map(|pair| match pair {
            [from, to] => self.items.get(*from as usize..*to as usize).unwrap_or_default(),
            _ => &[],
        })
    }

    /// How many distinct items occur at all.
    pub fn distinct_items(&self) -> usize {
        let mut seen = vec![false; self.universe as usize];
        for item in &self.items {
            if let Some(flag) = seen.get_mut(*item as usize) {
                *flag = true;
            }
        }
        seen.iter().filter(|flag| **flag).count()
    }
}

/// Sorts and moves the distinct values to the front; returns how many there are.
fn sort_and_dedup(values: &mut [u32]) -> usize {
    if !values.is_sorted() {
        values.sort_unstable();
    }
    let mut kept: usize = 0;
    let mut last = None;
    for index in 0..values.len() {
        let value = values[index];
        if last != Some(value) {
            values[kept] = value;
            kept += 1;
            last = Some(value);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_basket_is_a_set() {
        let mut baskets = Baskets::new(5);
        baskets.push(&[3, 1, 3, 3, 0]).unwrap();
        baskets.push(&[]).unwrap();
        baskets.push_in(&[4], 7).unwrap();
        assert_eq!(baskets.iter().collect::<Vec<_>>(), [&[0, 1, 3][..], &[], &[4]]);
        assert_eq!((baskets.period(0), baskets.period(2)), (0, 7));
        assert_eq!(baskets.distinct_items(), 4);
    }

    #[test]
    fn an_item_outside_the_universe_is_refused_and_nothing_is_kept() {
        let mut baskets = Baskets::new(2);
        let refused = baskets.push(&[0, 2]).unwrap_err();
        assert_eq!(refused, BasketError::UnknownItem { item: 2, universe: 2, basket: 1 });
        assert!(baskets.is_empty());
    }
}
