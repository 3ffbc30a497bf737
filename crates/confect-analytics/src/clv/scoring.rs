//! Expectations of all customers from the fitted models, with their intervals.
//!
//! What a customer who is still there will order depends on repeats and age only, so it is computed once for
//! all who share them. Intervals (95 %, on the logarithm) are those of the parameters by the delta method, widened by
//! what the model was off on held-out days ([`Holdout::errors`](super::holdout::Holdout::errors)): with many customers
//! the parameters are known to a percent, and the model is not. How an individual differs from the expectation is not
//! in them.

use crate::orders::units;

use super::options::ClvOptions;
use super::purchases::PurchaseModel;
use super::spend::{SpendModel, quadratic};
use super::summary::{CustomerSummary, Summaries};
use super::value::CustomerValue;

/// The longest time that anyone was observed.
pub(super) fn span(summaries: &Summaries) -> f64 {
    summaries.customers.iter().fold(0.0, |span, summary| span.max(summary.age))
}

/// Repeats of all customers over the time they were observed.
fn pooled_rate(summaries: &Summaries) -> f64 {
    let sum = |value: fn(&CustomerSummary) -> f64| summaries.customers.iter().map(value).sum::<f64>();
    let age = sum(|summary| summary.age);
    if age > 0.0 { sum(|summary| f64::from(summary.repeats)) / age } else { 0.0 }
}

/// Net revenue of all customers over their purchase days; not below 0.
fn mean_order(summaries: &Summaries) -> f64 {
    let days: f64 = summaries.customers.iter().map(|summary| f64::from(summary.repeats) + 1.0).sum();
    let revenue: f64 = summaries.historic.iter().map(|revenue| units(*revenue)).sum();
    if days > 0.0 { (revenue / days).max(0.0) } else { 0.0 }
}

/// What is expected of everyone alike where there is no model.
pub(super) struct Pooled {
    /// Repeats in a unit of time.
    rate: f64,
    /// The longest time that anyone was observed; the rate looks no further ahead.
    span: f64,
    /// Revenue of a purchase day.
    order: f64,
}

impl Pooled {
    pub(super) fn of(summaries: &Summaries) -> Self {
        Self { rate: pooled_rate(summaries), span: span(summaries), order: mean_order(summaries) }
    }
}

pub(super) struct Totals {
    pub(super) orders: f64,
    pub(super) orders_interval: Option<(f64, f64)>,
    pub(super) value: f64,
    pub(super) value_interval: Option<(f64, f64)>,
}

/// Everything a customer's value depends on but the customer.
pub(super) struct Scoring<'a> {
    pub(super) purchases: Option<&'a PurchaseModel>,
    pub(super) spend: Option<&'a SpendModel>,
    pub(super) pooled: Pooled,
    pub(super) margin_rate: f64,
    /// In units of time.
    pub(super) month: f64,
    pub(super) options: &'a ClvOptions,
    /// What the model was off on held-out days, as deviations of a logarithm: in total, and of a group of customers.
    pub(super) errors: (f64, f64),
}

/// Orders of someone who has not left: in all, and discounted.
#[derive(Clone, Copy, Default)]
struct Ahead {
    orders: f64,
    discounted: f64,
}

const NORMAL_95: f64 = 1.959_963_984_540_054;
/// Step on the logarithm of a parameter for a central difference.
const STEP: f64 = 1e-4;

impl Scoring<'_> {
    pub(super) fn score(&self, summaries: &Summaries) -> (Vec<CustomerValue>, Totals) {
        let mut rows = vec![None; summaries.customers.len()];
        let mut order: Vec<(u32, u64, u32)> = summaries
            .customers
            .iter()
            .zip(0_u32..)
            .map(|(summary, at)| (summary.repeats, summary.age.to_bits(), at))
            .collect();
        order.sort_unstable();
        let moved = self.moved_models();
        let mut sums = Sums::default();
        for equal in order.chunk_by(|left, right| (left.0, left.1) == (right.0, right.1)) {
            let Some((x, age, _)) = equal.first() else { continue };
            let age = f64::from_bits(*age);
            let ahead = self.ahead(self.purchases, *x, age);
            let shifted: Vec<[Ahead; 2]> = moved
                .iter()
                .map(|pair| pair.each_ref().map(|model| self.ahead(Some(model), *x, age)))
                .collect();
            for (_, _, at) in equal {
                let at = *at as usize;
                if let (Some(summary), Some(historic), Some(slot)) =
                    (summaries.customers.get(at), summaries.historic.get(at), rows.get_mut(at))
                {
                    *slot = Some(self.customer(summary, *historic, ahead, &moved, &shifted, &mut sums));
                }
            }
        }
        (rows.into_iter().flatten().collect(), self.totals(&sums))
    }

    /// The model with each parameter a little smaller and a little larger.
    fn moved_models(&self) -> Vec<[PurchaseModel; 2]> {
        let model =
            self.purchases.filter(|model| self.options.intervals && model.fitted.log_covariance.is_some());
        let Some(model) = model else { return Vec::new() };
        let parameters = model.fitted.parameters;
        let moved = |at: usize, step: f64| {
            let values =
                std::array::from_fn(|other| parameters[other] * if other == at { step.exp() } else { 1.0 });
            PurchaseModel::with_parameters(model.kind, values)
        };
        (0..parameters.len()).map(|at| [moved(at, -STEP), moved(at, STEP)]).collect()
    }

    fn ahead(&self, model: Option<&PurchaseModel>, x: u32, age: f64) -> Ahead {
        let (mut ahead, mut discount) = (Ahead::default(), 1.0);
        for month in 1..=self.options.months {
            let time = f64::from(month) * self.month;
            let orders = match model {
                Some(model) => model.orders_if_alive(time, x, age),
                None => self.pooled.rate * time.min(self.pooled.span),
            };
            discount /= 1.0 + self.options.monthly_discount;
            ahead.discounted += (orders - ahead.orders).max(0.0) * discount;
            ahead.orders = orders;
        }
        ahead
    }

    fn customer(
        &self,
        summary: &CustomerSummary,
        historic: i128,
        ahead: Ahead,
        moved: &[[PurchaseModel; 2]],
        shifted: &[[Ahead; 2]],
        sums: &mut Sums,
    ) -> CustomerValue {
        let (x, recency, age) = (summary.repeats, summary.recency, summary.age);
        let p_alive = self.purchases.map(|model| model.p_alive(x, recency, age));
        let alive = p_alive.unwrap_or(1.0);
        let order_value =
            self.spend.map_or(self.pooled.order, |spend| spend.expected_value(x, summary.mean_value));
        let (orders, discounted) = (alive * ahead.orders, alive * ahead.discounted);
        let value = discounted * order_value * self.margin_rate;
        let mut slopes = [0.0; 4];
        for ((pair, shift), at) in moved.iter().zip(shifted).zip(0..) {
            let [low, high] = pair.each_ref().map(|model| model.p_alive(x, recency, age));
            let [low_ahead, high_ahead] = *shift;
            let slope = |low: f64, high: f64| (high - low) / (2.0 * STEP);
            let by_orders = slope(low * low_ahead.orders, high * high_ahead.orders);
            slopes[at] = slope(low * low_ahead.discounted, high * high_ahead.discounted);
            sums.orders_slope[at] += by_orders;
            sums.value_slope[at] += slopes[at] * order_value * self.margin_rate;
        }
        sums.orders += orders;
        sums.value += value;
        let covariance = self.purchases.and_then(|model| model.fitted.log_covariance);
        let value_interval = covariance.filter(|_| !moved.is_empty() && discounted > 0.0).map(|covariance| {
            let log_slopes = slopes.map(|slope| slope / discounted);
            let spend = self.spend.map_or(0.0, |spend| spend.log_variance(x, summary.mean_value));
            let variance = quadratic(&covariance, &log_slopes) + spend + self.errors.1.powi(2);
            around(value, variance.sqrt())
        });
        if let (Some(spend), false) = (self.spend, moved.is_empty()) {
            spend.add_slopes(x, summary.mean_value, value, &mut sums.spend_slope);
        }
        CustomerValue {
            customer: summary.customer,
            repeats: x,
            p_alive,
            expected_orders: orders,
            order_value,
            value,
            value_interval,
            historic_revenue: historic,
        }
    }

    fn totals(&self, sums: &Sums) -> Totals {
        let covariance =
            self.purchases.filter(|_| self.options.intervals).and_then(|model| model.fitted.log_covariance);
        let relative = |variance: f64, total: f64| {
            let of_total = variance / (total * total) + self.errors.0.powi(2);
            if total == 0.0 { (total, total) } else { around(total, of_total.sqrt()) }
        };
        let spend = self.spend.and_then(|spend| spend.fitted.log_covariance);
        let spend = spend.map_or(0.0, |covariance| quadratic(&covariance, &sums.spend_slope));
        Totals {
            orders: sums.orders,
            orders_interval: covariance
                .map(|covariance| relative(quadratic(&covariance, &sums.orders_slope), sums.orders)),
            value: sums.value,
            value_interval: covariance
                .map(|covariance| relative(quadratic(&covariance, &sums.value_slope) + spend, sums.value)),
        }
    }
}

#[derive(Default)]
struct Sums {
    orders: f64,
    value: f64,
    orders_slope: [f64; 4],
    value_slope: [f64; 4],
    spend_slope: [f64; 3],
}

/// The 95 % interval of a number whose logarithm has this standard deviation; a factor of e^20 at most.
fn around(value: f64, deviation: f64) -> (f64, f64) {
    let factor = (NORMAL_95 * deviation).min(20.0).exp();
    let (one, other) = (value / factor, value * factor);
    (one.min(other), one.max(other))
}
