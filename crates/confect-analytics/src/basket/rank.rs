//! In which order a shop reads its rules: what it can act on first.
//!
//! By lift alone the first rules of any shop are those between colours of one article: who buys the green cup
//! buys the pink one. They are true, and nobody acts on them. So rules stand in this order:
//!
//! ```text
//! between different articles ─► held in most months ─► the best rule for each right side ─► the others
//!                                                      each by what it adds in a month, then by lift
//! ```
//!
//! The best rule for each right side comes first, and never the same items the other way round, because else the
//! dearest article of a shop, which goes with everything, takes the whole first page.
//!
//! What a rule adds in a month is the mean amount of its right side on a receipt that has it, times the receipts
//! with both beyond chance, divided by the months. It is the same money as [`Worth::added`], over a month's
//! receipts instead of one; like that it is what goes along, no promise of what an offer would bring.
//! Deliberately absent: languages. Variants are told by the words that two names share, and by a short list of
//! colours and sizes where names are too short for that.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::rules::{Rule, RuleCounts};
use super::sales::{Sales, Worth};

/// How a rule stands among the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Whether any two of its items are variants of one article, see [`are_variants`].
    pub is_variant: bool,
    /// Whether it held in most periods.
    pub is_stable: bool,
    /// What it adds in a month, in ten-thousandths: margin if the cost of every item in the rules is known,
    /// else revenue.
    pub monthly: i128,
}

/// How each rule stands. `is_stable` answers for a rule by its place, `name` is what people call an item.
pub fn standings<'a>(
    rules: &[Rule],
    sales: &Sales,
    periods: usize,
    is_stable: impl Fn(usize) -> bool,
    name: impl Fn(u32) -> &'a str,
) -> Vec<Standing> {
    let worths: Vec<Worth> = rules.iter().map(|rule| sales.worth_of(&rule.consequent)).collect();
    let has_margins = worths.iter().all(|worth| worth.margin.is_some());
    let standing = |(place, (rule, worth)): (usize, (&Rule, &Worth))| {
        let amount = worth.margin.filter(|_| has_margins).unwrap_or(worth.revenue);
        let names: Vec<&str> =
            rule.antecedent.iter().chain(&rule.consequent).map(|item| name(*item)).collect();
        let mut rest = names.as_slice();
        let mut is_variant = false;
        while let Some((one, others)) = rest.split_first() {
            is_variant |= others.iter().any(|other| are_variants(one, other));
            rest = others;
        }
        Standing { is_variant, is_stable: is_stable(place), monthly: monthly(amount, rule.counts, periods) }
    };
    rules.iter().zip(&worths).enumerate().map(standing).collect()
}

/// The places of the rules in the order in which a shop should read them.
pub fn ranked(rules: &[Rule], standings: &[Standing]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..rules.len().min(standings.len())).collect();
    let lift = |place: usize| rules.get(place).map_or(0.0, |rule| rule.counts.lift());
    places.sort_by(|left, right| {
        let (one, other) = (standings.get(*left), standings.get(*right));
        let by_standing = match (one, other) {
            (Some(one), Some(other)) => one
                .is_variant
                .cmp(&other.is_variant)
                .then(other.is_stable.cmp(&one.is_stable))
                .then(other.monthly.cmp(&one.monthly)),
            _ => Ordering::Equal,
        };
        by_standing.then_with(|| lift(*right).total_cmp(&lift(*left))).then(left.cmp(right))
    });
    // Stable sort: within those that are alike, the first for each right side and set of items comes before the rest.
    let (mut rights, mut sets) = (BTreeSet::new(), BTreeSet::new());
    let is_again: Vec<bool> = places
        .iter()
        .map(|place| {
            rules.get(*place).is_none_or(|rule| {
                let mut items = [&*rule.antecedent, &*rule.consequent].concat();
                items.sort_unstable();
                let is_first = !rights.contains(&*rule.consequent) && !sets.contains(&items);
                if is_first {
                    rights.insert(&*rule.consequent);
                    sets.insert(items);
                }
                !is_first
            })
        })
        .collect();
    let group = |place: usize| standings.get(place).map(|one| (one.is_variant, !one.is_stable));
    let mut keyed: Vec<_> =
        places.into_iter().zip(is_again).map(|(place, again)| (group(place), again, place)).collect();
    keyed.sort_by_key(|(group, again, _)| (*group, *again));
    keyed.into_iter().map(|(_, _, place)| place).collect()
}

/// `total` is the amount of the right side on all receipts: its mean on a receipt that has it, times the receipts
/// with both beyond chance, for each of `periods`. Rounded half away from 0; 0 if a count is 0.
fn monthly(total: i128, counts: RuleCounts, periods: usize) -> i128 {
    let of = |count: u32| i128::from(count);
    let (baskets, left, right, both) =
        (of(counts.baskets), of(counts.antecedent), of(counts.consequent), of(counts.both));
    let below = right * baskets * i128::try_from(periods.max(1)).unwrap_or(1);
    if below == 0 {
        return 0;
    }
    let above = total.saturating_mul(both * baskets - left * right);
    let half = if above < 0 { -(below / 2) } else { below / 2 };
    above.saturating_add(half) / below
}

/// Colours and sizes in the languages of the shops that we know; what an article comes in.
const SHADES: [&str; 72] = [
    "red",
    "green",
    "blue",
    "pink",
    "white",
    "black",
    "ivory",
    "yellow",
    "orange",
    "purple",
    "brown",
    "grey",
    "gray",
    "silver",
    "gold",
    "golden",
    "lilac",
    "violet",
    "turquoise",
    "navy",
    "beige",
    "clear",
    "small",
    "medium",
    "large",
    "mini",
    "midi",
    "maxi",
    "xl",
    "xxl",
    "big",
    "little",
    "rot",
    "gruen",
    "grün",
    "blau",
    "rosa",
    "weiss",
    "weiß",
    "schwarz",
    "gelb",
    "lila",
    "braun",
    "grau",
    "silber",
    "klein",
    "mittel",
    "gross",
    "groß",
    "rouge",
    "vert",
    "bleu",
    "rose",
    "blanc",
    "noir",
    "jaune",
    "petit",
    "grand",
    "rosso",
    "verde",
    "blu",
    "bianco",
    "nero",
    "giallo",
    "piccolo",
    "grande",
    "rojo",
    "azul",
    "blanco",
    "negro",
    "amarillo",
    "pequeño",
];

/// Whether two names are those of variants of one article. Without colours and sizes they have at least two words in
/// common that make up half of both together (Dice 1945: "Lunch bag red retrospot", "Lunch bag black skull"), or
/// nothing but a colour or a size sets them apart ("Red cup", "Green cup"). Numbers and single letters are no words;
/// capitals do not matter.
pub fn are_variants(left: &str, right: &str) -> bool {
    let (left, right) = (words(left), words(right));
    let shared = left.iter().filter(|word| right.contains(word)).count();
    (shared >= 2 && 4 * shared >= left.len() + right.len()) || (!left.is_empty() && left == right)
}

/// The distinct words of a name without colours and sizes, by the alphabet.
fn words(name: &str) -> Vec<String> {
    let is_word = |word: &&str| word.chars().count() > 1 && word.chars().any(char::is_alphabetic);
    let split = name.split(|letter: char| !letter.is_alphanumeric());
    let mut words: Vec<String> = split.filter(is_word).map(str::to_lowercase).collect();
    words.retain(|word| !SHADES.contains(&word.as_str()));
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_patterns_and_sizes_of_one_article_are_variants() {
        for (left, right) in [
            ("GREEN REGENCY TEACUP AND SAUCER", "ROSES REGENCY TEACUP AND SAUCER "),
            ("LUNCH BAG RED RETROSPOT", "LUNCH BAG  BLACK SKULL."),
            ("JUMBO  BAG BAROQUE BLACK WHITE", "JUMBO BAG RED RETROSPOT"),
            ("LUNCH BAG DOLLY GIRL DESIGN", "LUNCH BAG RED RETROSPOT"),
            ("JUMBO BAG PINK POLKADOT", "JUMBO BAG RED RETROSPOT"),
            ("WHITE HANGING HEART T-LIGHT HOLDER", "Red hanging heart T-light holder"),
            ("PACK OF 72 RETROSPOT CAKE CASES", "PACK OF 60 PINK PAISLEY CAKE CASES"),
            ("Red cup", "Green cup"),
            ("Pralinen 250 g", "Pralinen 500 g"),
            ("Tasse klein", "Tasse groß"),
        ] {
            assert!(are_variants(left, right) && are_variants(right, left), "{left} / {right}");
        }
        for (left, right) in [
            ("Butter Toffee", "Butter Shortbread"),
            ("Dark Chocolate 70 %", "Orange Peel in Chocolate"),
            ("The TEA", "The JAM"),
            ("REGENCY CAKESTAND 3 TIER", "GREEN REGENCY TEACUP AND SAUCER"),
            ("PARTY BUNTING", "SPOTTY BUNTING"),
            ("SET OF 3 CAKE TINS PANTRY DESIGN", "RECIPE BOX PANTRY YELLOW DESIGN"),
            ("COOK WITH WINE METAL SIGN", "GIN + TONIC DIET METAL SIGN"),
            ("22697", "22699"),
            ("", ""),
            ("Red", "Green"),
        ] {
            assert!(!are_variants(left, right), "{left} / {right}");
        }
    }

    fn rule(antecedent: u32, consequent: u32, counts: [u32; 4]) -> Rule {
        let [baskets, antecedent_count, consequent_count, both] = counts;
        let counts = RuleCounts { baskets, antecedent: antecedent_count, consequent: consequent_count, both };
        Rule {
            antecedent: Box::new([antecedent]),
            consequent: Box::new([consequent]),
            counts,
            p_value: 0.0,
            q_value: 0.0,
            simpler_confidence: None,
            productive_p: 0.0,
        }
    }

    #[test]
    fn what_brings_most_in_stable_months_stands_first_and_variants_last() {
        let names = ["red cup", "green cup", "tray", "tea", "jam"];
        let rules = [
            rule(0, 1, [100, 10, 10, 10]), // Variants: the highest lift.
            rule(2, 3, [100, 20, 20, 10]),
            rule(3, 4, [100, 20, 20, 10]),
            rule(2, 4, [100, 20, 20, 15]), // Not stable.
        ];
        let worth = [0, 90_000, 0, 20_000, 50_000];
        let worth = worth.map(|revenue| Worth { revenue, margin: Some(revenue / 2) }).to_vec();
        let mut sales = Sales { worth, ..Sales::default() };
        let found = standings(&rules, &sales, 2, |place| place != 3, |item| names[item as usize]);
        // Tea: 2.00 on 20 receipts, 10 with both against 4 by chance: 0.10 * 6 / 2 = 0.30, half of it margin.
        assert_eq!(found.iter().map(|one| one.monthly).collect::<Vec<_>>(), [20_250, 1_500, 3_750, 6_875]);
        assert_eq!(ranked(&rules, &found), [2, 1, 3, 0]);
        // One unknown cost: all by revenue.
        sales.worth[3].margin = None;
        let found = standings(&rules, &sales, 2, |_| true, |item| names[item as usize]);
        assert_eq!(found[1].monthly, 3_000);
        // Jam is on the right of two: the better one first, the other after tea's.
        assert_eq!(ranked(&rules, &found), [3, 1, 2, 0]);
    }

    #[test]
    fn the_same_items_the_other_way_round_come_later() {
        let names = ["tray", "tea", "jam"];
        let rules =
            [rule(0, 1, [100, 20, 20, 15]), rule(1, 0, [100, 20, 20, 15]), rule(1, 2, [100, 20, 20, 10])];
        let worth = [80_000, 90_000, 10_000].map(|revenue| Worth { revenue, margin: None }).to_vec();
        let sales = Sales { worth, ..Sales::default() };
        let found = standings(&rules, &sales, 1, |_| true, |item| names[item as usize]);
        assert_eq!(ranked(&rules, &found), [0, 2, 1]);
    }
}
