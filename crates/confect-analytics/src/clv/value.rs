//! What each customer is worth: expected orders × value of an order × margin, discounted by month.

use confect_domain::Problem;

use crate::caveat::Caveat;
use crate::orders::{Order, days_later};

use super::card::{ModelCard, Parameter};
use super::choice::{choose_purchases, choose_spend, margin_rate};
use super::fits::Fits;
use super::holdout::{Holdout, check_holdout};
use super::options::{ClvOptions, MOST_COMPARED};
use super::purchases::{PurchaseKind, PurchaseModel, fit_purchases};
use super::scoring::{Pooled, Scoring};
use super::spend::SpendModel;
use super::summary::{CustomerSummary, SummaryOptions, summarise};

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
    /// 95 % interval of [`value`](Self::value) from the uncertainty of the parameters and what the model was off on
    /// held-out days.
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
    /// Every model of repeat buying, or why it cannot be fitted; empty unless they are to be compared.
    pub candidates: Vec<(PurchaseKind, Result<PurchaseModel, Caveat>)>,
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
    let fits = Fits::new(&summaries.customers, options.prior_sd);
    let (purchases, why) = choose_purchases(&summaries, &fits, options, &mut caveats);
    let compared = options.compare && purchases.is_some() && summaries.customers.len() <= MOST_COMPARED;
    let (spend, margin_rate, holdout) = std::thread::scope(|scope| {
        if compared {
            // Beside the rest; who asks for them waits.
            scope.spawn(|| PurchaseKind::ALL.map(|kind| fits.of(kind)));
        }
        let spend = choose_spend(&summaries, options, &mut caveats);
        let margin_rate = margin_rate(&summaries, options, &mut caveats);
        let check = |model| held_out(orders, model, &summary_options, options, &mut caveats);
        let holdout = purchases.as_ref().and_then(check);
        (spend, margin_rate, holdout)
    });
    let candidates =
        if compared { PurchaseKind::ALL.map(|kind| (kind, fits.of(kind))).to_vec() } else { Vec::new() };
    let scoring = Scoring {
        purchases: purchases.as_ref(),
        spend: spend.as_ref(),
        pooled: Pooled::of(&summaries),
        margin_rate,
        month: options.month_days / options.unit_days,
        options,
        errors: holdout.as_ref().map_or((0.0, 0.0), Holdout::errors),
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
    Ok(CustomerValues { rows, card, purchases, spend, candidates })
}

/// The check on the last days, and a caveat where it was not possible or the model was far off.
fn held_out(
    orders: &[Order],
    model: &PurchaseModel,
    summary_options: &SummaryOptions,
    options: &ClvOptions,
    caveats: &mut Vec<Caveat>,
) -> Option<Holdout> {
    let before = SummaryOptions {
        observed_to: days_later(options.observed_to, -options.holdout_days?),
        ..*summary_options
    };
    let fit = |seen: &[CustomerSummary]| fit_purchases(model.kind, seen, options.prior_sd);
    match check_holdout(orders, &before, options.observed_to, fit) {
        Ok(holdout) => {
            if let Some(bias) = holdout.bias().filter(|bias| bias.abs() > 0.2) {
                let message = format!("on held-out days the model was {:+.0} % off in total", bias * 100.0);
                caveats.push(Caveat::new("clv-holdout-off", holdout.customers, message, "look at seasons"));
            }
            Some(holdout)
        }
        Err(caveat) => {
            let message = format!("the model could not be checked: {}", caveat.message);
            caveats.push(Caveat { message, ..caveat });
            None
        }
    }
}
