//! Whether a model would have been right: fitted on the days before, compared with the days after.

use confect_domain::Date;

use crate::caveat::Caveat;
use crate::orders::{Order, by_customer, customers};

use super::purchases::PurchaseModel;
use super::spend::pearson;
use super::summary::{CustomerSummary, SummaryOptions, summarise};

/// Customers with the same number of repeats before the check.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatBucket {
    /// Repeats before; the last bucket holds all above as well.
    pub repeats: u32,
    /// How many customers.
    pub customers: usize,
    /// Mean orders that the model expected of them.
    pub expected: f64,
    /// Mean orders that they made.
    pub actual: f64,
}

/// Expected against actual orders on days that the model has not seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Holdout {
    /// The last day that the model has seen.
    pub fitted_to: Date,
    /// The last day of the check.
    pub checked_to: Date,
    /// Customers in the check: those known when the model was fitted.
    pub customers: usize,
    /// Orders that the model expected.
    pub expected: f64,
    /// Orders that were made: days with a purchase.
    pub actual: u64,
    /// Mean absolute error per customer.
    pub mean_absolute_error: f64,
    /// Root of the mean squared error per customer.
    pub root_mean_squared_error: f64,
    /// Correlation over customers; `None` where either side is constant.
    pub correlation: Option<f64>,
    /// By repeats before, seven and more together.
    pub buckets: Vec<RepeatBucket>,
}

impl Holdout {
    /// How far off the model was, as standard deviations of a logarithm: of all orders together, and of those of a
    /// group of customers with equal repeats.
    ///
    /// One held-out time is one draw of what is wrong with a model (seasons, growth, customers who are older than
    /// the data), so the square of what it was off estimates the variance. The groups' errors are weighted by their
    /// expected orders; in the total they partly cancel, and what was off in common does not. The chance of the
    /// held-out days themselves is in it.
    pub fn errors(&self) -> (f64, f64) {
        let off = |actual: f64, expected: f64| ((actual + 0.5) / (expected + 0.5)).ln();
        let whole: f64 = self.buckets.iter().map(|bucket| bucket.customers as f64 * bucket.expected).sum();
        let (mut group, mut together) = (0.0, off(self.actual as f64, self.expected).powi(2));
        for bucket in self.buckets.iter().filter(|_| whole > 0.0) {
            let customers = bucket.customers as f64;
            let (expected, actual) = (customers * bucket.expected, customers * bucket.actual);
            let (weight, squared) = (expected / whole, off(actual, expected).powi(2));
            group += weight * squared;
            together += (weight * weight) * squared;
        }
        (together.sqrt().min(MOST_OFF), group.sqrt().min(MOST_OFF))
    }

    /// Expected over actual orders less 1: -0.1 is a tenth too few; `None` if nothing was bought.
    pub fn bias(&self) -> Option<f64> {
        (self.actual > 0).then(|| self.expected / self.actual as f64 - 1.0)
    }
}

const LAST_BUCKET: u32 = 7;
/// A factor of e^3 is as good as no knowledge.
const MOST_OFF: f64 = 3.0;

/// Compares the orders of `(fitted_to, checked_to]` with what a model expects that `fit` makes of the time before.
///
/// # Errors
/// The [`Caveat`] of `fit`, or one that there are no customers or no days to check on.
pub fn check_holdout(
    orders: &[Order],
    options: &SummaryOptions,
    checked_to: Date,
    fit: impl FnOnce(&[CustomerSummary]) -> Result<PurchaseModel, Caveat>,
) -> Result<Holdout, Caveat> {
    let fitted_to = options.observed_to;
    let before = summarise(orders, options);
    let days = checked_to.days().saturating_sub(fitted_to.days());
    if before.customers.is_empty() || days <= 0 {
        let message = format!("no customers or no days to check a model on from {fitted_to} to {checked_to}");
        return Err(Caveat::new("clv-no-holdout", 0, message, "observe for longer"));
    }
    let model = fit(&before.customers)?;
    let time = f64::from(days) / options.unit_days;
    let actual = actual_days(orders, &before.customers, fitted_to, checked_to);
    let expected: Vec<f64> = before
        .customers
        .iter()
        .map(|summary| model.expected_orders(time, summary.repeats, summary.recency, summary.age))
        .collect();
    let pairs = expected.iter().zip(&actual).map(|(expected, actual)| (*expected, f64::from(*actual)));
    let count = expected.len() as f64;
    let absolute: f64 = pairs.clone().map(|(expected, actual)| (expected - actual).abs()).sum();
    let squared: f64 = pairs.clone().map(|(expected, actual)| (expected - actual).powi(2)).sum();
    Ok(Holdout {
        fitted_to,
        checked_to,
        customers: expected.len(),
        expected: expected.iter().sum(),
        actual: actual.iter().map(|days| u64::from(*days)).sum(),
        mean_absolute_error: absolute / count,
        root_mean_squared_error: (squared / count).sqrt(),
        correlation: pearson(pairs),
        buckets: buckets(&before.customers, &expected, &actual),
    })
}

/// Days with a purchase in `(from, to]` of each customer.
fn actual_days(orders: &[Order], known: &[CustomerSummary], from: Date, to: Date) -> Vec<u32> {
    let mut actual = vec![0_u32; known.len()];
    for orders in customers(&by_customer(orders)) {
        let Some(first) = orders.first() else { continue };
        let Ok(at) = known.binary_search_by_key(&first.customer, |summary| summary.customer) else {
            continue;
        };
        let mut days: Vec<Date> = orders
            .iter()
            .filter(|order| order.is_purchase && order.day > from && order.day <= to)
            .map(|order| order.day)
            .collect();
        days.dedup();
        if let Some(slot) = actual.get_mut(at) {
            *slot = days.len() as u32;
        }
    }
    actual
}

fn buckets(summaries: &[CustomerSummary], expected: &[f64], actual: &[u32]) -> Vec<RepeatBucket> {
    let mut sums = vec![(0_usize, 0.0, 0.0); LAST_BUCKET as usize + 1];
    for (summary, (expected, actual)) in summaries.iter().zip(expected.iter().zip(actual)) {
        if let Some(sum) = sums.get_mut(summary.repeats.min(LAST_BUCKET) as usize) {
            sum.0 += 1;
            sum.1 += expected;
            sum.2 += f64::from(*actual);
        }
    }
    let filled = (0..).zip(sums).filter(|(_, sum)| sum.0 > 0);
    let bucket = |(repeats, (customers, expected, actual)): (u32, (usize, f64, f64))| RepeatBucket {
        repeats,
        customers,
        expected: expected / customers as f64,
        actual: actual / customers as f64,
    };
    filled.map(bucket).collect()
}
