//! A whole study of baskets, as a table or a page shows it: itemsets, rules worth reading, their months.
//!
//! The minimum support may be left to the data: the search goes down a fixed ladder of shares and stays on the
//! last step whose answer is small enough to be read and whose itemsets are in enough baskets to be trusted.
//! Each step's memory is bounded, so that no data make it long; which step it was stands in the answer.

use std::sync::atomic::AtomicBool;

use super::baskets::Baskets;
use super::error::BasketError;
use super::itemsets::Itemsets;
use super::mine::mine;
use super::options::{GIANT_BASKET_ITEMS, Kind, MinSupport, MineOptions};
use super::rank::{Standing, ranked, standings};
use super::rules::{Rule, RuleOptions, Rules, Stability, rules, stability};
use super::sales::Sales;

/// Shares of baskets that are tried, one after the other.
const LADDER: [f64; 10] = [0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];
/// Room for a few thousand itemsets on each thread, however few are allowed.
const LEAST_BYTES: usize = 4 << 20;

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyOptions {
    /// Share or count; `None` leaves it to the data.
    pub min_support: Option<MinSupport>,
    /// Where the data decide: an itemset is in at least so many baskets.
    pub min_baskets: u32,
    /// Where the data decide: no more itemsets than this.
    pub max_itemsets: usize,
    /// Items of an itemset at most.
    pub max_len: usize,
    /// Larger baskets are left out.
    pub max_basket_items: Option<usize>,
    /// Which rules.
    pub rules: RuleOptions,
    /// So many rules are kept: those with the most baskets beyond chance (leverage).
    pub max_rules: usize,
    /// Threads to work with; 0 is one for each core.
    pub threads: usize,
}

impl StudyOptions {
    /// Rules that a person should see, of this confidence or more.
    pub const fn new(min_confidence: f64) -> Self {
        Self {
            min_support: None,
            min_baskets: 20,
            max_itemsets: 5_000,
            max_len: 4,
            max_basket_items: Some(GIANT_BASKET_ITEMS),
            rules: RuleOptions::new(min_confidence).worth_reading(),
            max_rules: 2_000,
            threads: 0,
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Study {
    /// All itemsets of up to the greatest length.
    pub itemsets: Itemsets,
    /// The rules and what was kept back, by lift.
    pub rules: Rules,
    /// Counts of each rule in each period.
    pub stability: Stability,
    /// Rules left out because there were too many.
    pub rules_left_out: usize,
    /// Whether the data decided on the minimum support.
    pub is_adapted: bool,
    min_confidence: f64,
}

impl Study {
    /// In how many periods the rule of this place held, and out of how many.
    pub fn periods(&self, rule: usize) -> (usize, usize) {
        (self.stability.periods_held(rule, self.min_confidence), self.stability.periods.len())
    }

    /// Whether the rule of this place held in at least three periods of four.
    pub fn is_stable(&self, rule: usize) -> bool {
        self.stability.is_stable(rule, self.min_confidence)
    }

    /// How each rule stands, and the places of the rules in the order in which a shop should read them;
    /// `name` is what people call an item of `sales`, whose baskets were studied.
    pub fn ranked<'a>(&self, sales: &Sales, name: impl Fn(u32) -> &'a str) -> (Vec<Standing>, Vec<usize>) {
        let (rules, periods) = (&self.rules.rules, self.stability.periods.len());
        let found = standings(rules, sales, periods, |place| self.is_stable(place), name);
        let places = ranked(rules, &found);
        (found, places)
    }
}

/// Studies baskets.
///
/// # Errors
/// No baskets, settings out of range, an answer beyond its bounds with a set support, or cancelled.
pub fn study(baskets: &Baskets, options: &StudyOptions, cancel: &AtomicBool) -> Result<Study, BasketError> {
    let itemsets = match options.min_support {
        Some(support) => mine(baskets, &mine_options(options, support), cancel)?,
        None => adapted(baskets, options, cancel)?,
    };
    let mut found = rules(&itemsets, &options.rules, cancel)?;
    let rules_left_out = keep_most_useful(&mut found.rules, options.max_rules);
    let stability = stability(baskets, &found.rules, options.max_basket_items, cancel)?;
    Ok(Study {
        itemsets,
        rules: found,
        stability,
        rules_left_out,
        is_adapted: options.min_support.is_none(),
        min_confidence: options.rules.min_confidence,
    })
}

fn mine_options(options: &StudyOptions, support: MinSupport) -> MineOptions {
    let mut wish = MineOptions::new(support).of_kind(Kind::All).of_length(1, options.max_len.max(1));
    wish.max_basket_items = options.max_basket_items;
    wish.on_threads(options.threads)
}

/// Itemsets of the least support on the ladder that keeps within the bounds.
fn adapted(baskets: &Baskets, options: &StudyOptions, cancel: &AtomicBool) -> Result<Itemsets, BasketError> {
    // Twice what that many of the greatest length take, so that this bound never decides what `max_itemsets`
    // should.
    let each = 8 + 4 * options.max_len.min(16);
    let max_bytes = options.max_itemsets.saturating_mul(2 * each).max(LEAST_BYTES);
    let least = options.min_baskets.max(1);
    let mut best: Option<Itemsets> = None;
    for share in LADDER {
        let count = MinSupport::Share(share).count(baskets.len())?.max(least);
        if best.as_ref().is_some_and(|best| best.min_count == count) {
            break;
        }
        let wish = MineOptions { max_bytes, ..mine_options(options, MinSupport::Count(count)) };
        match mine(baskets, &wish, cancel) {
            Ok(found) if found.len() <= options.max_itemsets => best = Some(found),
            Ok(_) | Err(BasketError::TooManyItemsets { .. }) => break,
            Err(error) => return Err(error),
        }
    }
    match best {
        Some(best) => Ok(best),
        // So dense that half of all baskets give too many: pairs are bounded by the square of the items.
        None => mine(baskets, &mine_options(options, MinSupport::Share(0.5)).of_length(1, 2), cancel),
    }
}

/// Leaves the rules with the greatest leverage, in the order in which they stood; returns how many went.
fn keep_most_useful(rules: &mut Vec<Rule>, most: usize) -> usize {
    let surplus = rules.len().saturating_sub(most);
    if surplus > 0 {
        let mut ranked: Vec<(usize, f64)> =
            rules.iter().map(|rule| rule.counts.leverage()).enumerate().collect();
        ranked.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
        ranked.truncate(most);
        let mut kept: Vec<usize> = ranked.into_iter().map(|(place, _)| place).collect();
        kept.sort_unstable();
        *rules = kept.into_iter().filter_map(|place| rules.get(place).cloned()).collect();
    }
    surplus
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 baskets: 0 and 1 come together in 40, each alone in 5; 2 is everywhere else.
    fn shop() -> Baskets {
        let mut baskets = Baskets::new(4);
        for number in 0..100_u32 {
            let basket: &[u32] = match number % 20 {
                0..=7 => &[0, 1],
                8 => &[0],
                9 => &[1],
                _ => &[2],
            };
            baskets.push_in(basket, number / 25).unwrap();
        }
        baskets
    }

    #[test]
    fn the_support_goes_down_until_too_few_baskets_are_left() {
        let mut options = StudyOptions::new(0.3);
        options.min_baskets = 4;
        let found = study(&shop(), &options, &AtomicBool::new(false)).unwrap();
        assert!(found.is_adapted);
        assert_eq!((found.itemsets.min_count, found.itemsets.len()), (4, 4));
        // 0 -> 1 and 1 -> 0: 40 of 45, lift 40 * 100 / 45^2.
        assert_eq!(found.rules.rules.len(), 2);
        assert!((found.rules.rules[0].counts.lift() - 4000.0 / 2025.0).abs() < 1e-12);
        assert_eq!(found.periods(0), (4, 4));
        assert!(found.is_stable(0));
    }

    #[test]
    fn too_many_itemsets_stop_the_ladder_a_step_earlier() {
        let mut options = StudyOptions::new(0.3);
        options.min_baskets = 4;
        options.max_itemsets = 3;
        // At half: only item 2. At a fifth: 0, 1, 2 and the pair, which is one too many.
        let found = study(&shop(), &options, &AtomicBool::new(false)).unwrap();
        assert_eq!((found.itemsets.min_count, found.itemsets.len()), (50, 1));
    }

    #[test]
    fn baskets_that_are_all_alike_are_looked_at_in_pairs() {
        let all: Vec<u32> = (0..30).collect();
        let mut baskets = Baskets::new(30);
        for _ in 0..60 {
            baskets.push(&all).unwrap();
        }
        let mut options = StudyOptions::new(0.3);
        options.max_itemsets = 1_000;
        let found = study(&baskets, &options, &AtomicBool::new(false)).unwrap();
        assert_eq!(found.itemsets.len(), 30 + 435);
        assert!(found.rules.rules.is_empty(), "nothing is more than chance");
    }

    #[test]
    fn only_the_most_useful_rules_are_kept() {
        let mut options = StudyOptions::new(0.3);
        options.max_rules = 1;
        let found = study(&shop(), &options, &AtomicBool::new(false)).unwrap();
        assert_eq!((found.rules.rules.len(), found.rules_left_out), (1, 1));
        let none = study(&Baskets::new(0), &options, &AtomicBool::new(false));
        assert_eq!(none.unwrap_err(), BasketError::NoBaskets { giants: 0 });
    }
}
