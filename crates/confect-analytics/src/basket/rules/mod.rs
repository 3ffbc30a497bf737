//! Rules "who has A also has C" from frequent itemsets, with proof that they are more than chance.
//!
//! Every part of a frequent itemset is frequent, so all counts of a rule stand in the answer of the search
//! and the baskets are not read again. A rule goes through these gates, and the answer says how many rules
//! each one kept back:
//!
//! ```text
//! confidence, lift ─► corrected Fisher p ─► better than every shorter rule ─► each item of A adds proof
//!  (candidates)        (Holm, FDR)           (improvement, Bayardo 1999)       (productive, Webb 2007)
//! ```
//!
//! Deliberately absent: margin and stock, which the warehouse joins; rules with "not".

mod index;
mod measures;
mod significance;
mod stability;

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use index::Index;
pub use measures::RuleCounts;
pub use significance::{Correction, corrected, fisher};
pub use stability::{Stability, stability};

use super::error::BasketError;
use super::itemsets::{Itemset, Itemsets};
use super::options::Kind;

/// Which rules are wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleOptions {
    /// The least confidence, 0 to 1.
    pub min_confidence: f64,
    /// The least lift; 0 takes every rule.
    pub min_lift: f64,
    /// Items on the right at most.
    pub max_consequent_len: usize,
    /// Itemsets with more items make no rules; how many there were stands in the answer. At most 16.
    pub max_len: usize,
    /// More candidates than this are an error.
    pub max_rules: usize,
    /// How p values are corrected, over all candidates.
    pub correction: Correction,
    /// The greatest corrected p value; 1 takes every rule.
    pub max_q: f64,
    /// Leaves out rules that are no better than one with less on the left (or with nothing there).
    pub only_improving: bool,
    /// Leaves out rules in which some item on the left does not help significantly, at 0.05.
    pub only_productive: bool,
}

impl RuleOptions {
    /// Rules with one item on the right and at least this confidence; nothing else is left out.
    pub const fn new(min_confidence: f64) -> Self {
        Self {
            min_confidence,
            min_lift: 0.0,
            max_consequent_len: 1,
            max_len: 10,
            max_rules: 1_000_000,
            correction: Correction::FalseDiscovery,
            max_q: 1.0,
            only_improving: false,
            only_productive: false,
        }
    }

    /// What a person should see: more than chance, corrected for false discovery at 0.05, each item on the
    /// left worth its place.
    #[must_use]
    pub const fn worth_reading(mut self) -> Self {
        self.min_lift = 1.0;
        self.max_q = 0.05;
        self.only_improving = true;
        self.only_productive = true;
        self
    }

    fn check(&self) -> Result<(), BasketError> {
        for (name, given) in [("confidence", self.min_confidence), ("corrected p value", self.max_q)] {
            if !(0.0..=1.0).contains(&given) {
                return Err(BasketError::ShareOutOfRange { name, given: given.to_string() });
            }
        }
        Ok(())
    }
}

/// The level at which an item on the left must help; the usual one.
const PRODUCTIVE: f64 = 0.05;
/// All parts of an itemset are kept in one array of 2 to this many counts.
const MOST_ITEMS: usize = 16;

/// Who has the antecedent also has the consequent.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Item numbers, ascending.
    pub antecedent: Box<[u32]>,
    /// Item numbers, ascending.
    pub consequent: Box<[u32]>,
    /// From which all measures follow.
    pub counts: RuleCounts,
    /// Fisher's exact test, one-sided.
    pub p_value: f64,
    /// The p value corrected over all candidates.
    pub q_value: f64,
    /// The best confidence of a rule for the same consequent with a part of the antecedent, not empty.
    pub simpler_confidence: Option<f64>,
    /// The greatest p value that an item of the antecedent has given the others (Webb's test).
    pub productive_p: f64,
}

impl Rule {
    /// By how much the confidence beats that of every shorter rule, the empty antecedent included
    /// (Bayardo); a rule is redundant if this is 0 or less.
    pub fn improvement(&self) -> f64 {
        let by_chance = f64::from(self.counts.consequent) / f64::from(self.counts.baskets.max(1));
        self.counts.confidence() - self.simpler_confidence.unwrap_or(0.0).max(by_chance)
    }
}

/// The rules, the strongest lift first, and what was kept back.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// By lift, then by count, then by items.
    pub rules: Vec<Rule>,
    /// Rules of enough confidence and lift: as many tests were made and corrected for.
    pub candidates: usize,
    /// Kept back because they may be chance.
    pub insignificant: usize,
    /// Kept back because a shorter rule is as good.
    pub redundant: usize,
    /// Kept back because an item on the left does not help.
    pub unproductive: usize,
    /// Itemsets that were too long to make rules of.
    pub longer_sets: usize,
}

/// Makes rules of all itemsets of at least two items.
pub fn rules(itemsets: &Itemsets, options: &RuleOptions, cancel: &AtomicBool) -> Result<Rules, BasketError> {
    options.check()?;
    if itemsets.kind != Kind::All || itemsets.lengths.0 > 1 {
        let given = if itemsets.kind == Kind::All { "longer" } else { itemsets.kind.word() };
        return Err(BasketError::RulesNeedAllItemsets { given });
    }
    let index = Index::new(itemsets);
    let mut maker = Maker { index, options, baskets: itemsets.baskets as u32, found: Rules::default() };
    for (number, set) in itemsets.iter().enumerate() {
        if number % 256 == 0 && cancel.load(Relaxed) {
            return Err(BasketError::Cancelled);
        }
        maker.rules_of(set)?;
    }
    Ok(maker.finish())
}

struct Maker<'a> {
    index: Index<'a>,
    options: &'a RuleOptions,
    baskets: u32,
    found: Rules,
}

/// The counts of all parts of one itemset; a part is a word of bits, one for each place.
struct Parts(Vec<u32>);

impl Parts {
    fn count(&self, part: usize) -> u32 {
        self.0.get(part).copied().unwrap_or(0)
    }
}

impl Maker<'_> {
    fn rules_of(&mut self, set: Itemset<'_>) -> Result<(), BasketError> {
        let length = set.items.len();
        if length < 2 {
            return Ok(());
        }
        if length > self.options.max_len.min(MOST_ITEMS) {
            self.found.longer_sets += 1;
            return Ok(());
        }
        if self.options.max_consequent_len == 1 && !self.may_have_rule(set) {
            return Ok(());
        }
        let parts = self.parts(set);
        let whole: usize = (1 << length) - 1;
        for right in 1..whole {
            if right.count_ones() as usize > self.options.max_consequent_len {
                continue;
            }
            let counts = self.counts(&parts, whole & !right, right);
            if self.is_candidate(counts) {
                self.candidate(set, &parts, whole & !right, right, counts)?;
            }
        }
        Ok(())
    }

    /// Most itemsets make no rule; a look at the parts with one item less says so cheaply.
    fn may_have_rule(&self, set: Itemset<'_>) -> bool {
        let mut left = [0; MOST_ITEMS];
        (0..set.items.len()).any(|skip| {
            let mut length = 0;
            for (place, item) in set.items.iter().enumerate().filter(|(place, _)| *place != skip) {
                left[length] = *item;
                length += usize::from(place != skip);
            }
            let count = self.index.count(&left[..length]).unwrap_or(0);
            enough(set.count, count, self.options.min_confidence)
        })
    }

    fn parts(&self, set: Itemset<'_>) -> Parts {
        let mut counts = vec![0; 1 << set.items.len()];
        let mut part = [0; MOST_ITEMS];
        for (bits, count) in counts.iter_mut().enumerate() {
            let mut length = 0;
            for (place, item) in set.items.iter().enumerate() {
                if bits >> place & 1 == 1 {
                    part[length] = *item;
                    length += 1;
                }
            }
            *count = if bits == 0 { self.baskets } else { self.index.count(&part[..length]).unwrap_or(0) };
        }
        Parts(counts)
    }

    fn counts(&self, parts: &Parts, left: usize, right: usize) -> RuleCounts {
        RuleCounts {
            baskets: self.baskets,
            antecedent: parts.count(left),
            consequent: parts.count(right),
            both: parts.count(left | right),
        }
    }

    fn is_candidate(&self, counts: RuleCounts) -> bool {
        enough(counts.both, counts.antecedent, self.options.min_confidence)
            && counts.lift() >= self.options.min_lift
    }

    fn candidate(
        &mut self,
        set: Itemset<'_>,
        parts: &Parts,
        left: usize,
        right: usize,
        counts: RuleCounts,
    ) -> Result<(), BasketError> {
        if self.found.rules.len() >= self.options.max_rules {
            return Err(BasketError::TooManyRules { limit: self.options.max_rules });
        }
        self.found.rules.push(Rule {
            antecedent: picked(set.items, left),
            consequent: picked(set.items, right),
            counts,
            p_value: fisher(counts),
            q_value: 1.0,
            simpler_confidence: simpler(parts, left, right),
            productive_p: productive(parts, left, right),
        });
        Ok(())
    }

    fn finish(self) -> Rules {
        let (options, mut found) = (self.options, self.found);
        let p: Vec<f64> = found.rules.iter().map(|rule| rule.p_value).collect();
        found.candidates = p.len();
        for (rule, q) in found.rules.iter_mut().zip(corrected(&p, options.correction)) {
            rule.q_value = q;
        }
        found.insignificant = keep(&mut found.rules, |rule| rule.q_value <= options.max_q);
        found.redundant = keep(&mut found.rules, |rule| !options.only_improving || rule.improvement() > 0.0);
        found.unproductive =
            keep(&mut found.rules, |rule| !options.only_productive || rule.productive_p < PRODUCTIVE);
        found.rules.sort_by(|left, right| {
            let by_lift = right.counts.lift().total_cmp(&left.counts.lift());
            by_lift
                .then_with(|| right.counts.both.cmp(&left.counts.both))
                .then_with(|| left.antecedent.cmp(&right.antecedent))
                .then_with(|| left.consequent.cmp(&right.consequent))
        });
        found
    }
}

/// Keeps what is good and says how many were not.
fn keep(rules: &mut Vec<Rule>, good: impl Fn(&Rule) -> bool) -> usize {
    let before = rules.len();
    rules.retain(good);
    before - rules.len()
}

/// Whether `both` is at least this share of `antecedent`, to a billionth, as with supports.
fn enough(both: u32, antecedent: u32, share: f64) -> bool {
    f64::from(both) + 1e-9 >= share * f64::from(antecedent)
}

fn picked(items: &[u32], part: usize) -> Box<[u32]> {
    let chosen = items.iter().enumerate().filter(|(place, _)| part >> place & 1 == 1);
    let mut items: Vec<u32> = chosen.map(|(_, item)| *item).collect();
    items.sort_unstable();
    items.into_boxed_slice()
}

/// The best confidence with a proper, non-empty part of the left side.
fn simpler(parts: &Parts, left: usize, right: usize) -> Option<f64> {
    let mut best: Option<f64> = None;
    let mut part = (left - 1) & left;
    while part != 0 {
        let confidence = f64::from(parts.count(part | right)) / f64::from(parts.count(part).max(1));
        best = Some(best.map_or(confidence, |best| best.max(confidence)));
        part = (part - 1) & left;
    }
    best
}

/// For each item of the left side: does it go with the right side within the baskets that have the others?
fn productive(parts: &Parts, left: usize, right: usize) -> f64 {
    let mut greatest: f64 = 0.0;
    let mut rest = left;
    while rest != 0 {
        let others = left & !(rest & rest.wrapping_neg());
        rest &= rest - 1;
        let p = fisher(RuleCounts {
            baskets: parts.count(others),
            antecedent: parts.count(left),
            consequent: parts.count(others | right),
            both: parts.count(left | right),
        });
        greatest = greatest.max(p);
    }
    greatest
}
