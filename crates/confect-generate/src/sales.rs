//! The trade of every day: receipts with several lines, and goods that come back.

use confect_domain::Date;

use crate::GenerateSpec;
use crate::assortment::STORES;
use crate::customers::Customer;
use crate::random::{Random, cumulate};
use crate::season;
use crate::stock::Stock;

/// Lines that one customer stands for in a year of ordinary days, walk-ins included.
const LINES_PER_CUSTOMER_DAY: f64 = 0.048;
/// Lines of one receipt, on average.
const LINES_PER_RECEIPT: f64 = 2.35;
/// Share of receipts with a loyalty card.
const KNOWN: f64 = 0.72;
/// Share of lines that come back.
const RETURNED: f64 = 0.014;
/// Growth in a year.
const GROWTH: f64 = 0.09;

/// One line of the till.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    pub(crate) receipt: u64,
    pub(crate) day: Date,
    /// Index of the article.
    pub(crate) product: usize,
    /// Index of the shop.
    pub(crate) store: usize,
    /// Index of the customer; `None` without a card.
    pub(crate) customer: Option<usize>,
    /// Negative when goods come back.
    pub(crate) quantity: i64,
    /// What was paid for the line, in cents; negative when money is given back.
    pub(crate) cents: i64,
    /// Share of the shelf price that was taken off, in hundredths.
    pub(crate) discount: i64,
}

/// All lines in the order of the till.
pub(crate) fn trade(
    spec: &GenerateSpec,
    customers: &[Customer],
    stock: &mut Stock,
    random: &mut Random,
) -> Vec<Line> {
    let mut till = Till {
        customers,
        by_weight: cumulate(customers.iter().map(|customer| customer.weight)),
        stores: cumulate(STORES.iter().map(|(_, share)| *share)),
        lines: Vec::new(),
        coming_back: Vec::new(),
        receipt: 0,
    };
    let first = spec.end.plus_days(1 - spec.days as i32);
    for index in 0..spec.days {
        let day = first.plus_days(index as i32);
        stock.morning(day, random);
        let growth = 1.0 + GROWTH * f64::from(index) / 365.0;
        let weather = 0.85 + 0.3 * random.share();
        let mean = f64::from(spec.customers) * LINES_PER_CUSTOMER_DAY / LINES_PER_RECEIPT
            * growth
            * weather
            * season::busyness(day);
        till.take_back(day);
        let tastes = tastes(stock, day);
        for _ in 0..random.whole(mean) {
            till.sell(day, stock, &tastes, random);
        }
    }
    till.lines
}

struct Till<'a> {
    customers: &'a [Customer],
    by_weight: Vec<f64>,
    stores: Vec<f64>,
    lines: Vec<Line>,
    /// Returned lines with the day on which they come back.
    coming_back: Vec<(Date, Line)>,
    receipt: u64,
}

impl Till<'_> {
    fn sell(&mut self, day: Date, stock: &mut Stock, tastes: &[f64], random: &mut Random) {
        let customer = self.known_customer(day, random);
        let usual = customer.and_then(|index| self.customers.get(index));
        let store = match usual {
            Some(customer) if random.happens(0.85) => customer.store,
            _ => random.weighted(&self.stores),
        };
        self.receipt += 1;
        let discount = discount(day, usual.is_some(), random);
        let wanted = 1 + [0, 0, 0, 1, 1, 1, 2, 2, 3, 5].get(random.below(10)).copied().unwrap_or(0);
        let mut bought = Vec::new();
        for _ in 0..wanted {
            let product = self.choose(usual, stock, tastes, random);
            if bought.contains(&product) {
                continue;
            }
            bought.push(product);
            let asked = [1, 1, 1, 1, 1, 2, 2, 2, 3, 4].get(random.below(10)).copied().unwrap_or(1);
            let quantity = stock.take(day, product, asked);
            if quantity == 0 {
                continue;
            }
            let price = stock.products.get(product).map_or(0, |product| product.price);
            let cents = (price * quantity * (100 - discount) + 50) / 100;
            let line =
                Line { receipt: self.receipt, day, product, store, customer, quantity, cents, discount };
            self.lines.push(line);
            if random.happens(RETURNED) {
                self.coming_back.push((day.plus_days(1 + random.below(14) as i32), line));
            }
        }
    }

    fn known_customer(&self, day: Date, random: &mut Random) -> Option<usize> {
        if !random.happens(KNOWN) {
            return None;
        }
        let found = || random.weighted(&self.by_weight);
        std::iter::repeat_with(found)
            .take(8)
            .find(|index| self.customers.get(*index).is_some_and(|customer| customer.comes_on(day)))
    }

    fn choose(
        &self,
        customer: Option<&Customer>,
        stock: &Stock,
        tastes: &[f64],
        random: &mut Random,
    ) -> usize {
        let chosen = random.weighted(tastes);
        let Some(customer) = customer else { return chosen };
        let fits = |index: usize| {
            stock.products.get(index).is_some_and(|product| product.category == customer.favourite)
        };
        // A second look for the favourite kind makes it about twice as likely.
        if fits(chosen) || !random.happens(0.3) { chosen } else { random.weighted(tastes) }
    }

    /// What comes back on `day`: the same article at the same price, on a receipt of its own.
    fn take_back(&mut self, day: Date) {
        let (due, later) =
            std::mem::take(&mut self.coming_back).into_iter().partition(|(due, _)| *due <= day);
        self.coming_back = later;
        let due: Vec<(Date, Line)> = due;
        if season::busyness(day) == 0.0 {
            self.coming_back.extend(due);
            return;
        }
        for (_, line) in due {
            self.receipt += 1;
            self.lines.push(Line {
                receipt: self.receipt,
                day,
                quantity: -line.quantity,
                cents: -line.cents,
                ..line
            });
        }
    }
}

/// How much each article is wanted on `day`, summed up.
fn tastes(stock: &Stock, day: Date) -> Vec<f64> {
    cumulate(stock.products.iter().map(|product| product.appeal * season::fashion(product.category, day)))
}

fn discount(day: Date, known: bool, random: &mut Random) -> i64 {
    let rule = season::clearance(day);
    if rule > 0 {
        return rule;
    }
    // Card holders get a voucher now and then.
    if random.happens(if known { 0.16 } else { 0.04 }) {
        [5, 5, 10, 10, 15].get(random.below(5)).copied().unwrap_or(5)
    } else {
        0
    }
}
