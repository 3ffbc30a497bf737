//! What is planted to be found again: promotions, one price rise, rules of what is bought together, articles that
//! run out, one article that nobody buys any more. And the parameters of how customers behave.
//!
//! Everything here is told in `truth.json`, see `docs/design/generator.md`.

use confect_domain::Date;

use crate::assortment::{Article, KINDS, Kind, place_of};
use crate::group::Store;
use crate::random::{Random, Stream};
use crate::season;

/// Repeat purchases by BG/NBD (Fader, Hardie and Lee 2005), times in weeks.
pub(crate) const R: f64 = 0.9;
pub(crate) const ALPHA: f64 = 6.0;
pub(crate) const A: f64 = 0.8;
pub(crate) const B: f64 = 4.5;
/// Value of an order by Gamma-Gamma (Fader and Hardie 2013), in units of money.
pub(crate) const P: f64 = 4.5;
pub(crate) const Q: f64 = 4.0;
pub(crate) const V: f64 = 15.0;
/// Growth of the number of new customers and of walk-ins in a year.
pub(crate) const GROWTH: f64 = 0.09;
/// Share of receipts without a card.
pub(crate) const WALK_IN_SHARE: f64 = 0.28;
/// Share of receipts of which one line comes back.
pub(crate) const RETURNED: f64 = 0.033;
/// Goods come back 1 to this many days later.
pub(crate) const RETURN_DAYS: usize = 10;
/// Share of customers who are in the CRM a second time.
pub(crate) const TWICE: f64 = 0.03;

/// A kind of customer by what an order of theirs is worth on average.
pub(crate) struct Segment {
    pub(crate) name: &'static str,
    /// The rate of the value of an order is below this, and not below that of the segment before.
    pub(crate) below: f64,
    /// Mean value of an order: p E[1/nu | nu in the range], nu ~ Gamma(q, rate v), by the Erlang distribution.
    pub(crate) mean_order: f64,
    /// Share of all customers.
    pub(crate) share: f64,
}

pub(crate) const SEGMENTS: [Segment; 3] = [
    Segment {
        name: "Gifting",
        below: 0.124_581_996_039_204_76,
        mean_order: 53.971_000_650_599_49,
        share: 0.12,
    },
    Segment {
        name: "Enthusiast",
        below: 0.229_221_035_542_703_87,
        mean_order: 25.891_870_903_664_1,
        share: 0.33,
    },
    Segment { name: "Everyday", below: f64::INFINITY, mean_order: 13.598_477_316_179_842, share: 0.55 },
];

/// A rule of what is bought together: with all of `with`, `then` goes along in `confidence` of the receipts that
/// would not have it anyway.
pub(crate) struct Rule {
    pub(crate) with: Vec<usize>,
    /// The same as bits.
    pub(crate) with_bits: u128,
    pub(crate) then: usize,
    pub(crate) confidence: f64,
}

/// Goods of a kind are cheaper and more wanted for some days.
pub(crate) struct Promotion {
    pub(crate) name: &'static str,
    /// Index into [`KINDS`].
    pub(crate) kind: usize,
    pub(crate) from: Date,
    pub(crate) days: i32,
    /// Hundredths taken off.
    pub(crate) discount: i64,
    /// How much more often an article of the kind is chosen.
    pub(crate) lift: f64,
}

/// An article's price rises once, and it is chosen less often from then on.
pub(crate) struct PriceRise {
    pub(crate) article: usize,
    pub(crate) day: Date,
    pub(crate) percent: i64,
    pub(crate) demand: f64,
}

/// An article that ran out in a store: nothing left at the end of days `from` to `to`, both included.
pub(crate) struct StockOut {
    pub(crate) article: usize,
    pub(crate) store: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Everything that is planted.
pub(crate) struct Plan {
    pub(crate) rules: Vec<Rule>,
    pub(crate) promotions: Vec<Promotion>,
    pub(crate) price_rise: PriceRise,
    pub(crate) stock_outs: Vec<StockOut>,
    /// The article and the day from which on nobody buys it.
    pub(crate) dead: (usize, Date),
}

impl Plan {
    pub(crate) fn new(seed: u64, first: Date, days: usize, stores: &[Store], articles: &[Article]) -> Self {
        let at = |tenths: usize| first.plus_days((days * tenths / 10) as i32);
        let price_rise =
            PriceRise { article: place_of("Milk Chocolate Hazelnut"), day: at(6), percent: 12, demand: 0.78 };
        let dead = (place_of("Liquorice Root Sticks"), at(4));
        let mut random = Random::of(seed, Stream::Plan, 0);
        let keep = [price_rise.article, dead.0];
        let stock_outs = stock_outs(days, (first, stores), articles, &keep, &mut random);
        Self { rules: rules(), promotions: promotions(first, days), price_rise, stock_outs, dead }
    }
}

fn rules() -> Vec<Rule> {
    let rule = |with: &[&str], then: &str, confidence: f64| {
        let with: Vec<usize> = with.iter().map(|name| place_of(name)).collect();
        let with_bits = with.iter().fold(0, |bits, article| bits | 1 << article);
        Rule { with, with_bits, then: place_of(then), confidence }
    };
    vec![
        rule(&["Gummy Bears"], "Cola Bottles", 0.42),
        rule(&["Butter Toffee"], "Vanilla Fudge", 0.38),
        rule(&["Salted Liquorice"], "Peppermint Humbugs", 0.35),
        rule(&["Butter Shortbread"], "Drinking Chocolate Flakes", 0.30),
        rule(&["Dark Chocolate 70 %", "Sea Salt Chocolate"], "Orange Peel in Chocolate", 0.55),
    ]
}

fn place_of_kind(kind: Kind) -> usize {
    KINDS.iter().position(|traits| traits.kind == kind).unwrap_or(0)
}

fn promotions(first: Date, days: usize) -> Vec<Promotion> {
    let to = first.plus_days(days as i32);
    let (first_year, last_year) = (first.ymd().0, to.ymd().0);
    let yearly = |year: i32| {
        let on = |month: u32, day: u32| Date::from_ymd(year, month, day);
        let after_easter = season::easter(year).map(|easter| easter.plus_days(1));
        [
            ("After Christmas", Kind::Seasonal, on(12, 27), 11, 20, 2.5),
            ("Pralines for Valentine", Kind::Pralines, on(2, 7), 7, 15, 1.6),
            ("After Easter", Kind::Seasonal, after_easter, 7, 30, 2.0),
            ("Gummy fortnight", Kind::Gummies, on(7, 1), 14, 20, 1.8),
            ("Chocolate weeks", Kind::Chocolate, on(9, 15), 14, 10, 1.4),
        ]
    };
    let dated = (first_year - 1..=last_year).flat_map(yearly).filter_map(
        |(name, kind, from, days, discount, lift)| {
            Some(Promotion { name, kind: place_of_kind(kind), from: from?, days, discount, lift })
        },
    );
    dated
        .filter(|promotion| promotion.from < to && promotion.from.plus_days(promotion.days) > first)
        .collect()
}

/// About one for each two months and store, none overlapping, the last ones still open at the end.
fn stock_outs(
    days: usize,
    (first, stores): (Date, &[Store]),
    articles: &[Article],
    keep: &[usize],
    random: &mut Random,
) -> Vec<StockOut> {
    let mut found: Vec<StockOut> = Vec::new();
    if days < 20 {
        return found;
    }
    let wanted = (days / 60 + 1) * stores.len();
    for number in 0..wanted * 3 {
        let (article, store) = (random.below(articles.len()), random.below(stores.len()));
        let lasts = 2 + random.below(9);
        let is_open_end = number < stores.len().min(3);
        let from = if is_open_end { days - 1 - random.below(5) } else { 10 + random.below(days - 10) };
        let to = if is_open_end { days - 1 } else { (from + lasts).min(days - 1) };
        let seasonal = articles.get(article).is_some_and(|article| article.traits().kind == Kind::Seasonal);
        let is_open =
            stores.get(store).is_some_and(|store| store.opened.plus_days(20) < first.plus_days(from as i32));
        // A gap of some weeks to the last one of the same article and store.
        let is_near = |other: &StockOut| {
            other.article == article && other.store == store && from < other.to + 30 && other.from < to + 30
        };
        if seasonal || !is_open || keep.contains(&article) || found.iter().any(is_near) {
            continue;
        }
        found.push(StockOut { article, store, from, to });
        if found.len() == wanted {
            break;
        }
    }
    found.sort_by_key(|out| (out.from, out.store, out.article));
    found
}
