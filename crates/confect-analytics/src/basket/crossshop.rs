//! Who shops in which groups of articles: every combination of two to five groups, counted apart.
//!
//! A basket may be a receipt or all that a customer bought; the numbers are those of a Venn or UpSet chart.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::baskets::Baskets;
use super::error::BasketError;

/// Baskets by the groups they have something of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossShop {
    /// The number of groups.
    pub groups: usize,
    /// Baskets with exactly these groups: the place is a word of bits, bit 0 for the first group.
    pub exactly: Vec<u64>,
}

impl CrossShop {
    /// Baskets looked at.
    pub fn baskets(&self) -> u64 {
        self.exactly.iter().sum()
    }

    /// Baskets with at least these groups, whatever else they have.
    pub fn at_least(&self, groups: usize) -> u64 {
        let with = self.exactly.iter().enumerate().filter(|(combination, _)| combination & groups == groups);
        with.map(|(_, baskets)| baskets).sum()
    }

    /// Of the baskets with group `of`, the share that also has group `with`; `None` if no basket has it.
    pub fn share(&self, of: usize, with: usize) -> Option<f64> {
        if of >= self.groups || with >= self.groups {
            return None;
        }
        let baskets = self.at_least(1 << of);
        (baskets > 0).then(|| self.at_least(1 << of | 1 << with) as f64 / baskets as f64)
    }
}

/// Counts every combination of the groups; an item may be in several.
pub fn cross_shop(
    baskets: &Baskets,
    groups: &[Vec<u32>],
    cancel: &AtomicBool,
) -> Result<CrossShop, BasketError> {
    if !(2..=5).contains(&groups.len()) {
        return Err(BasketError::GroupCount { given: groups.len() });
    }
    let mut of_item = vec![0_usize; baskets.universe() as usize];
    for (number, group) in groups.iter().enumerate() {
        for item in group {
            if let Some(bits) = of_item.get_mut(*item as usize) {
                *bits |= 1 << number;
            }
        }
    }
    let mut exactly = vec![0_u64; 1 << groups.len()];
    for (number, basket) in baskets.iter().enumerate() {
        if number % 4_096 == 0 && cancel.load(Relaxed) {
            return Err(BasketError::Cancelled);
        }
        let combination =
            basket.iter().fold(0, |bits, item| bits | of_item.get(*item as usize).unwrap_or(&0));
        if let Some(count) = exactly.get_mut(combination) {
            *count += 1;
        }
    }
    Ok(CrossShop { groups: groups.len(), exactly })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_counted_apart() {
        // Groups: bread {0, 1}, jam {2}, tea {3}; item 4 is in none. Worked by hand.
        let mut baskets = Baskets::new(5);
        for basket in [&[0, 2][..], &[1, 2, 3], &[0, 1], &[4], &[3, 4], &[]] {
            baskets.push(basket).unwrap();
        }
        let go_on = AtomicBool::new(false);
        let found = cross_shop(&baskets, &[vec![0, 1], vec![2], vec![3, 99]], &go_on).unwrap();
        //                 none  b  j  bj t  bt jt bjt
        assert_eq!(found.exactly, [2, 1, 0, 1, 1, 0, 0, 1]);
        assert_eq!((found.baskets(), found.at_least(0b011), found.at_least(0b100)), (6, 2, 2));
        assert_eq!(found.share(1, 2), Some(0.5));
        assert_eq!(found.share(1, 3), None);
        let refused = cross_shop(&baskets, &[vec![0]], &go_on).unwrap_err();
        assert_eq!(refused, BasketError::GroupCount { given: 1 });
    }
}
