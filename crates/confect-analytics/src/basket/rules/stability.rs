//! Whether a rule holds month after month: its counts in each period.
//!
//! A rule that lives on one December is not one to build a shelf on. Baskets are read again, a block of one
//! period at a time, as columns of bits of the items that rules speak of.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::{Rule, RuleCounts};
use crate::basket::baskets::Baskets;
use crate::basket::error::BasketError;

/// Baskets of a block; 8 kB for each item.
const BLOCK: usize = 1 << 16;

/// A rule is stable if it held in at least this share of the periods.
const STABLE: (usize, usize) = (3, 4);

/// The counts of each rule in each period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stability {
    /// The periods that have baskets, ascending.
    pub periods: Vec<u32>,
    counts: Vec<RuleCounts>,
}

impl Stability {
    /// The counts of the rule of this place, one for each period.
    pub fn of(&self, rule: usize) -> &[RuleCounts] {
        let width = self.periods.len();
        rule.checked_mul(width).and_then(|from| self.counts.get(from..from + width)).unwrap_or_default()
    }

    /// In how many periods the rule was seen with at least this confidence and a lift above 1.
    pub fn periods_held(&self, rule: usize, min_confidence: f64) -> usize {
        let holds = |counts: &&RuleCounts| {
            counts.both > 0 && counts.confidence() >= min_confidence && counts.lift() > 1.0
        };
        self.of(rule).iter().filter(holds).count()
    }

    /// Whether the rule held in at least three periods of four.
    pub fn is_stable(&self, rule: usize, min_confidence: f64) -> bool {
        let (held, of) = (self.periods_held(rule, min_confidence), self.periods.len());
        of > 0 && held * STABLE.1 >= of * STABLE.0
    }
}

/// Counts rules in each period of the baskets; `max_basket_items` as in the search they came from.
pub fn stability(
    baskets: &Baskets,
    rules: &[Rule],
    max_basket_items: Option<usize>,
    cancel: &AtomicBool,
) -> Result<Stability, BasketError> {
    let giant = max_basket_items.unwrap_or(usize::MAX);
    let mut by_period: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (number, basket) in (0_u32..).zip(baskets.iter()) {
        if basket.len() <= giant {
            by_period.entry(baskets.period(number as usize)).or_default().push(number);
        }
    }
    let mut block = Block::new(baskets.universe(), rules);
    let width = by_period.len();
    let mut counts = vec![RuleCounts::default(); rules.len() * width];
    for (column, numbers) in by_period.values().enumerate() {
        for some in numbers.chunks(BLOCK) {
            block.fill(baskets, some);
            for (row, rule) in rules.iter().enumerate() {
                if row % 256 == 0 && cancel.load(Relaxed) {
                    return Err(BasketError::Cancelled);
                }
                if let Some(counts) = counts.get_mut(row * width + column) {
                    counts.baskets += some.len() as u32;
                    block.add(rule, counts);
                }
            }
        }
    }
    Ok(Stability { periods: by_period.into_keys().collect(), counts })
}

struct Block {
    /// For each item the number of its column, or `u32::MAX`.
    slot: Vec<u32>,
    columns: usize,
    words: usize,
    bits: Vec<u64>,
    left: Vec<u64>,
    right: Vec<u64>,
}

impl Block {
    fn new(universe: u32, rules: &[Rule]) -> Self {
        let mut slot = vec![u32::MAX; universe as usize];
        let mut columns = 0;
        for item in rules.iter().flat_map(|rule| rule.antecedent.iter().chain(&rule.consequent)) {
            if let Some(slot) = slot.get_mut(*item as usize).filter(|slot| **slot == u32::MAX) {
                *slot = columns;
                columns += 1;
            }
        }
        let (bits, left, right) = (Vec::new(), Vec::new(), Vec::new());
        Self { slot, columns: columns as usize, words: 0, bits, left, right }
    }

    fn fill(&mut self, baskets: &Baskets, numbers: &[u32]) {
        self.words = numbers.len().div_ceil(64);
        self.bits.clear();
        self.bits.resize(self.columns * self.words, 0);
        for (at, number) in numbers.iter().enumerate() {
            for item in baskets.basket(*number as usize) {
                let slot = self.slot.get(*item as usize).copied().unwrap_or(u32::MAX);
                let word = (slot as usize).saturating_mul(self.words).saturating_add(at / 64);
                if slot != u32::MAX
                    && let Some(word) = self.bits.get_mut(word)
                {
                    *word |= 1 << (at % 64);
                }
            }
        }
    }

    fn add(&mut self, rule: &Rule, counts: &mut RuleCounts) {
        let (mut left, mut right) = (std::mem::take(&mut self.left), std::mem::take(&mut self.right));
        counts.antecedent += self.meet(&rule.antecedent, &mut left);
        counts.consequent += self.meet(&rule.consequent, &mut right);
        counts.both += left.iter().zip(&right).map(|(left, right)| (left & right).count_ones()).sum::<u32>();
        (self.left, self.right) = (left, right);
    }

    /// The baskets that have all of these items; returns how many.
    fn meet(&self, items: &[u32], rows: &mut Vec<u64>) -> u32 {
        rows.clear();
        for (place, item) in items.iter().enumerate() {
            let slot = self.slot.get(*item as usize).copied().unwrap_or(u32::MAX);
            let from = (slot as usize).saturating_mul(self.words);
            let column = self.bits.get(from..from.saturating_add(self.words)).unwrap_or_default();
            if place == 0 {
                rows.extend_from_slice(column);
            } else {
                rows.iter_mut().zip(column).for_each(|(row, column)| *row &= column);
            }
        }
        rows.iter().map(|row| row.count_ones()).sum()
    }
}
