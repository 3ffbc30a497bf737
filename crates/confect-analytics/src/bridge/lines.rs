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

/// What one period amounts to.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    pub(super) customers: usize,
    pub(super) orders: usize,
    /// Quantity and revenue before discount of each article that was sold to known customers.
    pub(super) articles: BTreeMap<i64, (i128, i128)>,
    pub(super) quantity: i128,
    pub(super) gross: i128,
    pub(super) discount: i128,
    /// What was paid back, above 0.
    pub(super) returns: i128,
    pub(super) unknown: i128,
    pub(super) adjustments: i128,
}

impl Sums {
    pub(super) fn of(lines: &[SaleLine]) -> Self {
        let mut sums = Self::default();
        let (mut customers, mut orders) = (BTreeSet::new(), BTreeSet::new());
        for line in lines {
            let Some(customer) = line.customer else {
                sums.unknown = sums.unknown.saturating_add(line.net());
                continue;
            };
            if line.quantity < 0 {
                sums.returns = sums.returns.saturating_sub(line.net());
            } else if line.quantity == 0 {
                sums.adjustments = sums.adjustments.saturating_add(line.net());
            } else {
                customers.insert(customer);
                orders.insert(line.order);
                let (quantity, gross) = sums.articles.entry(line.article).or_default();
                *quantity = quantity.saturating_add(line.quantity);
                *gross = gross.saturating_add(line.gross);
                sums.quantity = sums.quantity.saturating_add(line.quantity);
                sums.gross = sums.gross.saturating_add(line.gross);
                sums.discount = sums.discount.saturating_add(line.discount);
            }
        }
        sums.customers = customers.len();
        sums.orders = orders.len();
        sums
    }

    /// Revenue from known customers that has factors.
    pub(super) fn known(&self) -> i128 {
        self.gross.saturating_sub(self.discount).saturating_sub(self.returns)
    }

    pub(super) fn net(&self) -> i128 {
        self.known().saturating_add(self.unknown).saturating_add(self.adjustments)
    }
}
