//! The bridge from one period's net revenue to another's.

use crate::caveat::Caveat;

use super::factors::shapley_of;
use super::lines::{PeriodSums, SaleLine};

/// Why revenue changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// More or fewer known customers bought.
    Customers,
    /// They ordered more or less often.
    Frequency,
    /// They took more or fewer items in an order.
    Items,
    /// The articles of both periods cost more or less, before discount.
    Price,
    /// They chose dearer or cheaper articles, new ones among them.
    Mix,
    /// They were given more or less discount.
    Discount,
    /// They sent back more or less.
    Returns,
    /// Customers who are not known.
    Unknown,
    /// Lines without a quantity.
    Adjustments,
}

impl Effect {
    /// All of them, in the order of the bridge.
    pub const ALL: [Self; 9] = [
        Self::Customers,
        Self::Frequency,
        Self::Items,
        Self::Price,
        Self::Mix,
        Self::Discount,
        Self::Returns,
        Self::Unknown,
        Self::Adjustments,
    ];

    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Customers => "customers",
            Self::Frequency => "frequency",
            Self::Items => "items",
            Self::Price => "price",
            Self::Mix => "mix",
            Self::Discount => "discount",
            Self::Returns => "returns",
            Self::Unknown => "unknown customers",
            Self::Adjustments => "adjustments",
        }
    }
}

/// The change, part by part; money in ten-thousandths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// Net revenue of the first period.
    pub before: i128,
    /// Net revenue of the second period.
    pub after: i128,
    /// One amount per effect, in the order of [`Effect::ALL`]; they add up to `after - before`.
    pub effects: Vec<(Effect, i128)>,
    /// What to be careful about.
    pub caveats: Vec<Caveat>,
}

impl Bridge {
    /// The amount of an effect.
    pub fn amount(&self, effect: Effect) -> i128 {
        self.effects.iter().find(|(other, _)| *other == effect).map_or(0, |(_, amount)| *amount)
    }
}

/// Explains the change of net revenue from one period's lines to another's.
pub fn build_bridge(before: &[SaleLine], after: &[SaleLine]) -> Bridge {
    bridge_sums(&PeriodSums::of(before), &PeriodSums::of(after))
}

/// The same from periods that are added up already.
pub fn bridge_sums(old: &PeriodSums, new: &PeriodSums) -> Bridge {
    let mut caveats = Vec::new();
    let mut amounts = known_effects(old, new, &mut caveats);
    amounts.push(new.unknown.saturating_sub(old.unknown));
    amounts.push(new.adjustments.saturating_sub(old.adjustments));
    let lines = old.unknown_lines + new.unknown_lines;
    if lines > 0 && (old.unknown != 0 || new.unknown != 0) {
        let message = format!("{lines} lines have no customer; their change is one part, without reasons");
        caveats.push(Caveat::new("bridge-unknown-customers", lines, message, "record who buys"));
    }
    let effects = Effect::ALL.into_iter().zip(amounts).collect();
    Bridge { before: old.net(), after: new.net(), effects, caveats }
}

/// The factors of one period; `None` where a period has nothing to divide by.
struct Factors {
    customers: f64,
    frequency: Option<f64>,
    items: Option<f64>,
    kept_of_discount: Option<f64>,
    kept_of_returns: Option<f64>,
}

impl Factors {
    fn of(sums: &PeriodSums) -> Self {
        let ratio = |above: i128, below: i128| (below > 0).then(|| above as f64 / below as f64);
        let paid = sums.gross.saturating_sub(sums.discount);
        Self {
            customers: sums.customers as f64,
            frequency: ratio(sums.orders as i128, sums.customers as i128),
            items: ratio(sums.quantity, sums.orders as i128),
            kept_of_discount: ratio(paid, sums.gross),
            kept_of_returns: ratio(paid.saturating_sub(sums.returns), paid),
        }
    }
}

/// Customers, frequency, items, price, mix, discount, returns: they add up to the change of known customers.
fn known_effects(old: &PeriodSums, new: &PeriodSums, caveats: &mut Vec<Caveat>) -> Vec<i128> {
    let (first, second) = (Factors::of(old), Factors::of(new));
    // A period without sales has no rates: those of the other stand in, and all of it is customers.
    let pair =
        |one: Option<f64>, other: Option<f64>| (one.or(other).unwrap_or(1.0), other.or(one).unwrap_or(1.0));
    // A rate of nothing, or of more than was there, would blow up the other effects: an amount instead.
    let lost = |sums: &PeriodSums, rate: Option<f64>, amount: i128| {
        amount != 0 && (sums.customers == 0 || !rate.is_some_and(|rate| (0.0..=2.0).contains(&rate)))
    };
    let discount_apart =
        lost(old, first.kept_of_discount, old.discount) || lost(new, second.kept_of_discount, new.discount);
    let returns_apart = discount_apart
        || lost(old, first.kept_of_returns, old.returns)
        || lost(new, second.kept_of_returns, new.returns);
    let kept = |apart: bool, rates: (f64, f64)| if apart { (1.0, 1.0) } else { rates };
    let rates = [
        pair(first.frequency, second.frequency),
        pair(first.items, second.items),
        kept(discount_apart, pair(first.kept_of_discount, second.kept_of_discount)),
        kept(returns_apart, pair(first.kept_of_returns, second.kept_of_returns)),
    ];
    let prices = mean_prices(old, new);
    let pick = |(old, new): (f64, f64), replaced: bool| if replaced { new } else { old };
    let value = |set: usize| {
        let is = |at: usize| set >> at & 1 == 1;
        let [frequency, items, discount, returns] = rates;
        let price = match (is(3), is(4)) {
            (false, false) => prices.before,
            (true, false) => prices.price_only,
            (false, true) => prices.mix_only,
            (true, true) => prices.after,
        };
        pick((first.customers, second.customers), is(0))
            * pick(frequency, is(1))
            * pick(items, is(2))
            * price
            * pick(discount, is(5))
            * pick(returns, is(6))
    };
    let mut amounts: Vec<i128> =
        shapley_of(7, value).into_iter().map(|effect| effect.round() as i128).collect();
    let mut apart = |at: usize, change: i128, what: &str| {
        if let Some(amount) = amounts.get_mut(at) {
            *amount = change;
        }
        let message =
            format!("{what} of a period are more than its sales; told as an amount, not by their rate");
        let remedy = "choose a longer period";
        caveats.push(Caveat::new("bridge-no-rate", old.orders + new.orders, message, remedy));
    };
    if discount_apart {
        apart(5, old.discount.saturating_sub(new.discount), "discounts");
    }
    if returns_apart {
        apart(6, old.returns.saturating_sub(new.returns), "returns");
    }
    settle(&mut amounts, new.known().saturating_sub(old.known()));
    amounts
}

/// Gives what rounding left over to the largest effect.
fn settle(amounts: &mut [i128], change: i128) {
    let sum = amounts.iter().fold(0_i128, |sum, amount| sum.saturating_add(*amount));
    if let Some(largest) = amounts.iter_mut().max_by_key(|amount| amount.unsigned_abs()) {
        *largest = largest.saturating_add(change.saturating_sub(sum));
    }
}

/// Mean price of an item, in ten-thousandths per ten-thousandth, with each period's prices and choice of articles.
struct MeanPrices {
    before: f64,
    price_only: f64,
    mix_only: f64,
    after: f64,
}

fn mean_prices(old: &PeriodSums, new: &PeriodSums) -> MeanPrices {
    let mean = |sums: &PeriodSums| (sums.quantity > 0).then(|| sums.gross as f64 / sums.quantity as f64);
    // The choice of one period at the prices of the other; an article that the other lacks keeps its own.
    let crossed = |choice: &PeriodSums, prices: &PeriodSums| {
        (choice.quantity > 0).then(|| {
            let at_price =
                |(article, (quantity, gross)): (&i64, &(i128, i128))| match prices.articles.get(article) {
                    Some((sold, revenue)) if *sold > 0 => {
                        *quantity as f64 / choice.quantity as f64 * (*revenue as f64 / *sold as f64)
                    }
                    _ => *gross as f64 / choice.quantity as f64,
                };
            choice.articles.iter().map(at_price).sum::<f64>()
        })
    };
    let (before, after) = (mean(old), mean(new));
    let any = before.or(after).unwrap_or(0.0);
    MeanPrices {
        before: before.or(after).unwrap_or(any),
        price_only: crossed(old, new).or(after).unwrap_or(any),
        mix_only: crossed(new, old).or(before).unwrap_or(any),
        after: after.or(before).unwrap_or(any),
    }
}
