//! One search over baskets as the command line asks for it.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use confect_analytics::basket::{
    BasketError, Itemsets, Kind, MinSupport, MineOptions, NamedBaskets, RuleOptions, Rules, Sales, Stability,
    Standing, StudyOptions, mine, ranked, rules, stability, standings, study,
};
use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind};

/// What to look for.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// `None` leaves it to the data.
    pub min_support: Option<MinSupport>,
    /// All, closed or maximal.
    pub kind: Kind,
    /// Items of an itemset at least and at most.
    pub lengths: (usize, usize),
    /// Larger baskets are left out and counted.
    pub max_basket_items: usize,
    /// Threads to work with; 0 is one for each core.
    pub threads: usize,
    /// Rules as well.
    pub rules: Option<RuleWish>,
}

/// Which rules.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleWish {
    /// The least confidence, 0 to 1.
    pub min_confidence: f64,
    /// The least lift.
    pub min_lift: f64,
    /// Items on the right at most.
    pub max_consequent_len: usize,
    /// Only rules that are more than chance, corrected, and better than every shorter one.
    pub only_proven: bool,
}

impl RuleWish {
    fn options(&self) -> RuleOptions {
        let mut wish = RuleOptions::new(self.min_confidence);
        if self.only_proven {
            wish = wish.worth_reading();
        }
        wish.min_lift = wish.min_lift.max(self.min_lift);
        wish.max_consequent_len = self.max_consequent_len;
        wish
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The itemsets.
    pub itemsets: Itemsets,
    /// The rules, if they were asked for, and what was kept back.
    pub rules: Option<Rules>,
    /// The rules month by month, where the search counted them.
    stability: Option<Stability>,
    /// Whether the data decided on the minimum support.
    pub is_adapted: bool,
    /// Seconds of searching, without reading.
    pub seconds: f64,
}

/// Searches.
///
/// # Errors
/// No baskets, a setting out of its range, or more than fits into the bounds.
pub fn search(named: &NamedBaskets, wish: &Search) -> Result<Found, Problem> {
    let clock = std::time::Instant::now();
    let (itemsets, rules, stability) = searched(named, wish)?;
    let seconds = clock.elapsed().as_secs_f64();
    Ok(Found { itemsets, rules, stability, is_adapted: wish.min_support.is_none(), seconds })
}

/// How the rules of a shop's receipts stand, and their places in the order in which the shop should read them;
/// `names` are what people call the items, without which nothing is a variant. Empty without rules.
///
/// # Errors
/// More than can be counted.
pub fn rank(
    found: &Found,
    wish: &Search,
    sales: &Sales,
    names: &BTreeMap<String, String>,
) -> Result<(Vec<Standing>, Vec<usize>), Problem> {
    let (Some(rules), Some(asked)) = (&found.rules, &wish.rules) else { return Ok(Default::default()) };
    let months = match &found.stability {
        Some(months) => months.clone(),
        None => {
            let most = Some(wish.max_basket_items);
            stability(&sales.named.baskets, &rules.rules, most, &AtomicBool::new(false))?
        }
    };
    let name = |item: u32| {
        let code = sales.named.items.get(item as usize);
        code.and_then(|code| names.get(code)).map_or("", String::as_str)
    };
    let is_stable = |place: usize| months.is_stable(place, asked.min_confidence);
    let found = standings(&rules.rules, sales, months.periods.len(), is_stable, name);
    let places = ranked(&rules.rules, &found);
    Ok((found, places))
}

type Searched = (Itemsets, Option<Rules>, Option<Stability>);

fn searched(named: &NamedBaskets, wish: &Search) -> Result<Searched, BasketError> {
    // Ctrl-C ends the program, whatever it does.
    let go_on = AtomicBool::new(false);
    let Some(min_support) = wish.min_support else {
        let asked = wish.rules.as_ref().map(RuleWish::options);
        let mut options = StudyOptions::new(0.2);
        options.max_len = wish.lengths.1.min(10);
        options.max_basket_items = Some(wish.max_basket_items);
        options.max_rules = usize::MAX;
        options.threads = wish.threads;
        options.rules = asked.clone().unwrap_or(options.rules);
        let found = study(&named.baskets, &options, &go_on)?;
        return Ok((found.itemsets, asked.map(|_| found.rules), Some(found.stability)));
    };
    let (least, most) = wish.lengths;
    let mut options = MineOptions::new(min_support).of_kind(wish.kind).of_length(least, most);
    options = options.on_threads(wish.threads);
    options.max_basket_items = Some(wish.max_basket_items);
    let itemsets = mine(&named.baskets, &options, &go_on)?;
    let found = wish.rules.as_ref().map(|wish| rules(&itemsets, &wish.options(), &go_on)).transpose()?;
    Ok((itemsets, found, None))
}

/// A minimum support as people write it: `0.01` and `1%` are shares, `50` is a number of baskets.
///
/// # Errors
/// Neither of them: 0, below 0, a share above 1, or no number at all.
pub fn parse_support(text: &str) -> Result<MinSupport, Problem> {
    let trimmed = text.trim();
    let share = |text: &str| text.trim().parse::<f64>().ok();
    let found = if let Some(percent) = trimmed.strip_suffix('%') {
        share(percent).map(|percent| MinSupport::Share(percent / 100.0))
    } else if trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        trimmed.parse().ok().map(MinSupport::Count)
    } else {
        share(trimmed).map(MinSupport::Share)
    };
    let valid = found.filter(|support| support.count(1).is_ok());
    valid.ok_or_else(|| {
        let message = format!("minimum support `{}` is neither a share nor a count", printable(text));
        Problem::new(ProblemKind::User, "support-out-of-range", message)
            .with_hint("a share is above 0 and at most 1: `0.01` or `1%` is one basket in a hundred")
            .with_hint("a count is a whole number of baskets, at least 1: `50`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_support_is_a_share_or_a_count() {
        assert_eq!(parse_support("0.01"), Ok(MinSupport::Share(0.01)));
        assert_eq!(parse_support("1.0"), Ok(MinSupport::Share(1.0)));
        assert_eq!(parse_support("2 %"), Ok(MinSupport::Share(0.02)));
        assert_eq!(parse_support("1"), Ok(MinSupport::Count(1)));
        assert_eq!(parse_support("60"), Ok(MinSupport::Count(60)));
        for wrong in ["0", "0.0", "1.5", "-3", "-0.1", "150%", "often", "", "nan", "inf", "99999999999"] {
            assert!(parse_support(wrong).is_err(), "{wrong}");
        }
    }
}
