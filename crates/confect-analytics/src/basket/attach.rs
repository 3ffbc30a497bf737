//! The attach-rate ladder of one article: what goes along with it, the most frequent first, and how much.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::baskets::Baskets;
use super::error::BasketError;
use super::rules::{RuleCounts, fisher};

/// What goes along with one article.
#[derive(Clone, Debug, PartialEq)]
pub struct AttachLadder {
    /// The article.
    pub article: u32,
    /// Baskets looked at.
    pub baskets: u32,
    /// Baskets with the article.
    pub with_article: u32,
    /// Of these, how many had no other item, one other, two, three, and four or more.
    pub others: [u32; 5],
    /// The other items by attach rate (its confidence), then by lift, then by number.
    pub rungs: Vec<Rung>,
}

/// An item that goes along with the article.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rung {
    /// The item.
    pub item: u32,
    /// The rule from the article to it; its confidence is the attach rate.
    pub counts: RuleCounts,
    /// Fisher's exact test, one-sided.
    pub p_value: f64,
}

/// Builds the ladder of an article: at most `most` items that share at least `min_count` baskets with it.
pub fn attach_ladder(
    baskets: &Baskets,
    article: u32,
    min_count: u32,
    most: usize,
    cancel: &AtomicBool,
) -> Result<AttachLadder, BasketError> {
    let mut alone = vec![0_u32; baskets.universe() as usize];
    let mut together = alone.clone();
    let mut ladder = AttachLadder {
        article,
        baskets: baskets.len() as u32,
        with_article: 0,
        others: [0; 5],
        rungs: Vec::new(),
    };
    for (number, basket) in baskets.iter().enumerate() {
        if number % 4_096 == 0 && cancel.load(Relaxed) {
            return Err(BasketError::Cancelled);
        }
        let has = basket.binary_search(&article).is_ok();
        if has {
            ladder.with_article += 1;
            let others = (basket.len() - 1).min(ladder.others.len() - 1);
            ladder.others[others] += 1;
        }
        for item in basket {
            alone[*item as usize] += 1;
            together[*item as usize] += u32::from(has);
        }
    }
    let found = (0_u32..).zip(alone.into_iter().zip(together));
    let found = found.filter(|(item, (_, both))| *item != article && *both >= min_count.max(1));
    ladder.rungs = found
        .map(|(item, (consequent, both))| {
            let (baskets, antecedent) = (ladder.baskets, ladder.with_article);
            let counts = RuleCounts { baskets, antecedent, consequent, both };
            Rung { item, counts, p_value: 1.0 }
        })
        .collect();
    ladder.rungs.sort_by(|left, right| {
        let by_rate = right.counts.both.cmp(&left.counts.both);
        by_rate
            .then_with(|| left.counts.consequent.cmp(&right.counts.consequent))
            .then_with(|| left.item.cmp(&right.item))
    });
    ladder.rungs.truncate(most);
    for rung in &mut ladder.rungs {
        rung.p_value = fisher(rung.counts);
    }
    Ok(ladder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rungs_go_down() {
        // Item 0 is in four baskets: alone, with 1, with 1 and 2, with 1, 2, 3, 4. Item 2 is rarer than 1.
        let mut baskets = Baskets::new(6);
        for basket in [&[0][..], &[0, 1], &[0, 1, 2], &[0, 1, 2, 3, 4], &[1], &[4, 5]] {
            baskets.push(basket).unwrap();
        }
        let ladder = attach_ladder(&baskets, 0, 1, 3, &AtomicBool::new(false)).unwrap();
        assert_eq!((ladder.with_article, ladder.others), (4, [1, 1, 1, 0, 1]));
        let rungs: Vec<_> = ladder.rungs.iter().map(|rung| (rung.item, rung.counts.confidence())).collect();
        // 3 and 4 both went along once; 3 is the rarer, so its lift is higher.
        assert_eq!(rungs, [(1, 0.75), (2, 0.5), (3, 0.25)]);
        let unknown = attach_ladder(&baskets, 77, 1, 3, &AtomicBool::new(false)).unwrap();
        assert_eq!((unknown.with_article, unknown.rungs.len()), (0, 0));
    }
}
