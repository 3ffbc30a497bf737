//! The lines of one period, summed up.

use std::collections::{BTreeMap, BTreeSet};

/// One sold or returned line, money and quantity in ten-thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaleLine {
    /// Key of the customer, if known.
    pub customer: Option<i64>,
    /// Key of the order.
    pub order: i64,
    /// Key of the article.
    pub article: i64,
    /// Quantity; below 0 for a return.
    pub quantity: i128,
    /// Revenue before discount; below 0 for a return.
    pub gross: i128,
    /// Discount, usually 0 or above; below 0 for that of a return.
    pub discount: i128,
}

impl SaleLine {
    pub(super) fn net(&self) -> i128 {
        self.gross.saturating_sub(self.discount)
    }
}

/// What one period amounts to, in ten-thousandths; what has no customer is apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeriodSums {
    /// Different known customers who bought something.
    pub customers: usize,
    /// Their orders.
    pub orders: usize,
    /// Quantity and revenue before discount of each article that was sold to them.
    pub articles: BTreeMap<i64, (i128, i128)>,
    /// All of that quantity.
    pub quantity: i128,
    /// All of that revenue before discount.
    pub gross: i128,
    /// The discount on it.
    pub discount: i128,
    /// What was paid back to known customers, above 0.
    pub returns: i128,
    /// Net revenue without a customer.
    pub unknown: i128,
    /// How many lines that is.
    pub unknown_lines: usize,
    /// Net revenue of lines without a quantity.
    pub adjustments: i128,
}

impl PeriodSums {
    /// Adds up the lines of one period.
    pub fn of(lines: &[SaleLine]) -> Self {
        let mut sums = Self::default();
        let (mut customers, mut orders) = (BTreeSet::new(), BTreeSet::new());
        for line in lines {
            let Some(customer) = line.customer else {
                sums.unknown = sums.unknown.saturating_add(line.net());
                sums.unknown_lines += 1;
                continue;
            };
            if line.quantity < 0 {
                sums.returns = sums.returns.saturating_sub(line.net());
            } else if line.quantity == 0 {
                sums.adjustments = sums.adjustments.saturating_add(line.net());
            } else {
                customers.insert(customer);
                orders.insert(line.order);
                sums.sell(line.article, line.quantity, line.gross, line.discount);
            }
        }
        sums.customers = customers.len();
        sums.orders = orders.len();
        sums
    }

    /// Adds what was sold of an article to known customers; their number and their orders are for the caller to set.
    pub fn sell(&mut self, article: i64, quantity: i128, gross: i128, discount: i128) {
        let sold = self.articles.entry(article).or_default();
        *sold = (sold.0.saturating_add(quantity), sold.1.saturating_add(gross));
        self.quantity = self.quantity.saturating_add(quantity);
        self.gross = self.gross.saturating_add(gross);
        self.discount = self.discount.saturating_add(discount);
    }

    /// Revenue from known customers that has factors.
    pub(super) fn known(&self) -> i128 {
        self.gross.saturating_sub(self.discount).saturating_sub(self.returns)
    }

    /// Net revenue of the period.
    pub fn net(&self) -> i128 {
        self.known().saturating_add(self.unknown).saturating_add(self.adjustments)
    }
}
