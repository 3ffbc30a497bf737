//! What each customer is worth: expected orders × value of an order × margin, discounted by month.
//!
//! What a customer who is still there will order depends on repeats and age only, so it is computed once for
//! all who share them. Intervals are those of the parameters (delta method, 95 %, on the logarithm); how an
//! individual differs from the expectation is not in them.

use confect_domain::Problem;

use crate::caveat::Caveat;
use crate::orders::{Order, days_later};

use super::card::{ModelCard, Parameter};
use super::holdout::check_holdout;
use super::options::{ClvOptions, MarginRate, ModelChoice};
use super::purchases::{PurchaseKind, PurchaseModel, fit_purchases};
use super::spend::{SpendModel, fit_spend, quadratic};
use super::summary::{CustomerSummary, Summaries, SummaryOptions, summarise};

/// One customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomerValue {
    /// Key of the customer.
    pub customer: i64,
    /// Days with a purchase after the first one.
    pub repeats: u32,
    /// Probability that the customer has not left; `None` without a model.
    pub p_alive: Option<f64>,
    /// Expected orders in the horizon.
    pub expected_orders: f64,
    /// Expected revenue of an order, in units of money.
    pub order_value: f64,
    /// Discounted margin in the horizon, in units of money.
    pub value: f64,
    /// 95 % interval of [`value`](Self::value) from the uncertainty of the parameters.
    pub value_interval: Option<(f64, f64)>,
    /// Net revenue so far, in ten-thousandths: another thing than what is expected.
    pub historic_revenue: i128,
}

/// All customers and the card of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerValues {
    /// One row per customer, by key.
    pub rows: Vec<CustomerValue>,
    /// The card.
    pub card: ModelCard,
    /// The model of repeat buying; `None` for the fallback.
    pub purchases: Option<PurchaseModel>,
    /// The model of the value of orders; `None` where one mean is used for all.
    pub spend: Option<SpendModel>,
}

/// Values all customers who bought up to `options.observed_to`.
///
/// # Errors
/// Only for parameters that cannot be followed, see [`ClvOptions::check`]; never for data.
pub fn value_customers(orders: &[Order], options: &ClvOptions) -> Result<CustomerValues, Problem> {
    options.check()?;
    let summary_options = SummaryOptions {
        observed_to: options.observed_to,
        first_from: options.first_from,
        unit_days: options.unit_days,
    };
    let summaries = summarise(orders, &summary_options);
    let mut caveats = summaries.caveats.clone();
    let (purchases, why) = choose(&summaries, options, &mut caveats);
    let spend = choose_spend(&summaries, options, &mut caveats);
    let margin_rate = margin_rate(&summaries, options, &mut caveats);
    let holdout = purchases.as_ref().zip(options.holdout_days).and_then(|(model, days)| {
        let before =
            SummaryOptions { observed_to: days_later(options.observed_to, -days), ..summary_options };
        let fit = |seen: &[CustomerSummary]| fit_purchases(model.kind, seen, options.prior_sd);
        match check_holdout(orders, &before, options.observed_to, fit) {
            Ok(holdout) => Some(holdout),
            Err(caveat) => {
                let message = format!("the model could not be checked: {}", caveat.message);
                caveats.push(Caveat { message, ..caveat });
                None
            }
        }
    });
    if let Some(bias) = holdout.as_ref().and_then(|holdout| holdout.bias())
        && bias.abs() > 0.2
    {
        let message = format!("on held-out days the model was {:+.0} % off in total", bias * 100.0);
        caveats.push(Caveat::new("clv-holdout-off", summaries.customers.len(), message, "look at seasons"));
    }
    let mean_order = mean_order(&summaries);
    let scoring = Scoring {
        purchases: purchases.as_ref(),
        spend: spend.as_ref(),
        mean_order,
        pooled_rate: pooled_rate(&summaries),
        span: span(&summaries),
        margin_rate,
        month: options.month_days / options.unit_days,
        options,
    };
    let (rows, totals) = scoring.score(&summaries);
    let names = purchases.as_ref().map(|model| model.kind.parameter_names());
    let fitted = purchases.as_ref().map(|model| &model.fitted);
    let log_likelihood = fitted.map(|fitted| fitted.log_likelihood);
    let repeat_customers = summaries.customers.iter().filter(|summary| summary.repeats > 0).count();
    let card = ModelCard {
        model: purchases.as_ref().map_or("pooled rate", |model| model.kind.name()),
        why,
        customers: rows.len(),
        repeat_customers,
        first_day: summaries.first_day,
        observed_to: options.observed_to,
        unit_days: options.unit_days,
        purchases: names.zip(fitted).map_or(Vec::new(), |(names, fitted)| Parameter::all(names, fitted)),
        spend: spend.as_ref().map_or(Vec::new(), |model| Parameter::all(SpendModel::NAMES, &model.fitted)),
        log_likelihood,
        information_criterion: purchases
            .as_ref()
            .map(|model| 4.0 * (model.customers as f64).ln() - 2.0 * model.fitted.log_likelihood),
        evaluations: fitted.map_or(0, |fitted| fitted.evaluations),
        spend_correlation: spend.as_ref().and_then(|model| model.correlation),
        holdout,
        months: options.months,
        monthly_discount: options.monthly_discount,
        margin_rate,
        expected_orders: totals.orders,
        expected_orders_interval: totals.orders_interval,
        value: totals.value,
        value_interval: totals.value_interval,
        caveats,
    };
    Ok(CustomerValues { rows, card, purchases, spend })
}

/// The model, and why it is this one; `None` for the fallback.
fn choose(
    summaries: &Summaries,
    options: &ClvOptions,
    caveats: &mut Vec<Caveat>,
) -> (Option<PurchaseModel>, String) {
    let customers = summaries.customers.len();
    let repeats = summaries.customers.iter().filter(|summary| summary.repeats > 0).count();
    let (days, horizon) =
        (span(summaries) * options.unit_days, f64::from(options.months) * options.month_days);
    let least = options.min_repeat_customers.max(1);
    if repeats < least || days * 10.0 < horizon {
        let message = if repeats < least {
            format!("{repeats} of {customers} customers bought again, fewer than {least}")
        } else {
            format!("{days:.0} days observed are too few to look {horizon:.0} days ahead")
        };
        let remedy = "observe for longer; until then the pooled rate of all is used, no further ahead than was observed";
        caveats.push(Caveat::new("clv-thin-data", customers, message.clone(), remedy));
        return (None, format!("pooled rate: {message}"));
    }
    if days < horizon {
        let message = format!("{days:.0} days observed, {horizon:.0} days expected: the model extrapolates");
        caveats.push(Caveat::new("clv-long-horizon", customers, message, "shorten the horizon"));
    }
    let kinds: &[PurchaseKind] = match options.model {
        ModelChoice::Auto => &[PurchaseKind::Mbg, PurchaseKind::Pareto, PurchaseKind::Bg],
        ModelChoice::Only(PurchaseKind::Mbg) => &[PurchaseKind::Mbg],
        ModelChoice::Only(PurchaseKind::Bg) => &[PurchaseKind::Bg],
        ModelChoice::Only(PurchaseKind::Pareto) => &[PurchaseKind::Pareto],
    };
    let (mut at_edge, mut failed) = (None, Vec::new());
    for kind in kinds {
        match fit_purchases(*kind, &summaries.customers, options.prior_sd) {
            Ok(model) if !model.fitted.at_edge.contains(&true) => {
                caveats.extend(loose(&model));
                let why = if at_edge.is_some() || !failed.is_empty() {
                    "the first of MBG/NBD, Pareto/NBD and BG/NBD with an inner maximum"
                } else if options.model == ModelChoice::Auto {
                    "the default: customers may leave after any purchase, the first as well"
                } else {
                    "as asked"
                };
                return (Some(model), why.to_owned());
            }
            Ok(model) => at_edge = at_edge.or(Some(model)),
            Err(caveat) => failed.push(caveat),
        }
    }
    if let Some(model) = at_edge {
        let names = model.kind.parameter_names().into_iter().zip(model.fitted.at_edge);
        let names: Vec<&str> = names.filter(|(_, edge)| *edge).map(|(name, _)| name).collect();
        let message = format!(
            "{} has its maximum at the edge in `{}`: the data do not tell how customers differ in leaving",
            model.kind.name(),
            names.join("`, `")
        );
        let remedy = "do not read P(alive) as a forecast; observe for longer";
        caveats.push(Caveat::new("clv-at-edge", customers, message, remedy));
        return (Some(model), "no model has an inner maximum; the first with one at the edge".to_owned());
    }
    caveats.append(&mut failed);
    (None, "pooled rate: no model has a maximum that could be found".to_owned())
}

/// A maximum so flat that a parameter is not known within a factor of e.
fn loose(model: &PurchaseModel) -> Option<Caveat> {
    let named = model.kind.parameter_names().into_iter().zip(model.fitted.parameters);
    let errors = model.fitted.standard_errors.unwrap_or([f64::INFINITY; 4]);
    let loose: Vec<&str> =
        named.zip(errors).filter(|((_, value), error)| error > value).map(|((name, _), _)| name).collect();
    (!loose.is_empty()).then(|| {
        let message = format!("the data hardly determine `{}` of {}", loose.join("`, `"), model.kind.name());
        let remedy = "read the totals and the intervals; P(alive) is little more than an assumption";
        Caveat::new("clv-loose-parameters", model.customers, message, remedy)
    })
}

fn choose_spend(
    summaries: &Summaries,
    options: &ClvOptions,
    caveats: &mut Vec<Caveat>,
) -> Option<SpendModel> {
    let worth = |summary: &&CustomerSummary| summary.repeats > 0 && summary.mean_value > 0.0;
    let usable = summaries.customers.iter().filter(worth).count();
    if usable < options.min_repeat_customers.max(1) {
        let message = format!("{usable} customers have repeat purchases worth more than 0; one mean for all");
        caveats.push(Caveat::new("clv-thin-spend", usable, message, "observe for longer"));
        return None;
    }
    let model =
        fit_spend(&summaries.customers, options.prior_sd).map_err(|caveat| caveats.push(caveat)).ok()?;
    if model.left_out > 0 {
        let message = format!("{} customers' repeat purchases are worth 0 or less", model.left_out);
        caveats.push(Caveat::new("clv-nonpositive-value", model.left_out, message, "look at their returns"));
    }
    if let Some(correlation) = model.correlation.filter(|correlation| correlation.abs() > 0.3) {
        let message = format!("value and number of orders correlate at {correlation:.2}");
        let remedy = "values of heavy and light buyers are biased: read the totals, not the rows";
        caveats.push(Caveat::new("clv-value-depends-on-frequency", model.customers, message, remedy));
    }
    if model.fitted.at_edge.contains(&true) {
        let message =
            "the value of orders hardly differs, or differs without bound, over customers".to_owned();
        caveats.push(Caveat::new(
            "clv-spend-at-edge",
            model.customers,
            message,
            "look at the largest orders",
        ));
    }
    Some(model)
}

fn margin_rate(summaries: &Summaries, options: &ClvOptions, caveats: &mut Vec<Caveat>) -> f64 {
    let rate = match (options.margin, summaries.margin_of) {
        (MarginRate::Fixed(rate), _) => rate,
        (MarginRate::FromOrders, Some((revenue, margin))) if revenue > 0 => margin as f64 / revenue as f64,
        (MarginRate::FromOrders, _) => {
            let message = "no order has a known margin: value is revenue".to_owned();
            let customers = summaries.customers.len();
            caveats.push(Caveat::new("clv-no-margin", customers, message, "load costs or fix the margin"));
            1.0
        }
    };
    if rate <= 0.0 {
        let message = format!("the margin is {:.1} % of revenue: more orders are worth less", rate * 100.0);
        caveats.push(Caveat::new(
            "clv-negative-margin",
            summaries.customers.len(),
            message,
            "check the costs",
        ));
    }
    rate
}

/// The longest time that anyone was observed.
fn span(summaries: &Summaries) -> f64 {
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
    let revenue: f64 = summaries.historic.iter().map(|revenue| crate::orders::units(*revenue)).sum();
    if days > 0.0 { (revenue / days).max(0.0) } else { 0.0 }
}

struct Totals {
    orders: f64,
    orders_interval: Option<(f64, f64)>,
    value: f64,
    value_interval: Option<(f64, f64)>,
}

/// Everything a customer's value depends on but the customer.
struct Scoring<'a> {
    purchases: Option<&'a PurchaseModel>,
    spend: Option<&'a SpendModel>,
    mean_order: f64,
    pooled_rate: f64,
    /// The longest time that anyone was observed; the pooled rate looks no further ahead.
    span: f64,
    margin_rate: f64,
    /// In units of time.
    month: f64,
    options: &'a ClvOptions,
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
    fn score(&self, summaries: &Summaries) -> (Vec<CustomerValue>, Totals) {
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
                None => self.pooled_rate * time.min(self.span),
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
            self.spend.map_or(self.mean_order, |spend| spend.expected_value(x, summary.mean_value));
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
            around(value, (quadratic(&covariance, &log_slopes) + spend).sqrt())
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
            if total == 0.0 { (total, total) } else { around(total, variance.sqrt() / total.abs()) }
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
