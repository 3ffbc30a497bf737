//! What stands on the card of a model: what it is, what it was fitted on, how well it does, what to beware of.

use confect_domain::Date;

use crate::caveat::Caveat;

use super::fit::Fitted;
use super::holdout::Holdout;

/// One fitted parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name in the literature.
    pub name: &'static str,
    /// Its value, in units of time of the card.
    pub value: f64,
    /// Its standard error, if the curvature tells one.
    pub standard_error: Option<f64>,
    /// Whether it ran to the edge of its range: the data say "as small" or "as large as can be".
    pub at_edge: bool,
}

impl Parameter {
    pub(super) fn all<const N: usize>(names: [&'static str; N], fitted: &Fitted<N>) -> Vec<Self> {
        let parameter = |(at, name): (usize, &'static str)| Self {
            name,
            value: fitted.parameters.get(at).copied().unwrap_or_default(),
            standard_error: fitted.standard_errors.and_then(|errors| errors.get(at).copied()),
            at_edge: fitted.at_edge.get(at).copied().unwrap_or_default(),
        };
        names.into_iter().enumerate().map(parameter).collect()
    }
}

/// The card of a valuation.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelCard {
    /// The model of repeat buying, or `pooled rate` for the fallback.
    pub model: &'static str,
    /// Why this model, in one sentence.
    pub why: String,
    /// Customers valued.
    pub customers: usize,
    /// Of these, customers with a repeat purchase.
    pub repeat_customers: usize,
    /// The first day with a purchase.
    pub first_day: Option<Date>,
    /// The last day of observation.
    pub observed_to: Date,
    /// Days in one unit of time.
    pub unit_days: f64,
    /// Parameters of repeat buying; none for the fallback.
    pub purchases: Vec<Parameter>,
    /// Parameters of the value of orders; none if that is pooled.
    pub spend: Vec<Parameter>,
    /// Logarithm of the likelihood of repeat buying.
    pub log_likelihood: Option<f64>,
    /// Bayesian information criterion, smaller is better among models on the same customers.
    pub information_criterion: Option<f64>,
    /// How often the likelihood was computed.
    pub evaluations: u32,
    /// Correlation of repeats and value of orders, which should be near 0.
    pub spend_correlation: Option<f64>,
    /// The check on days that were held out.
    pub holdout: Option<Holdout>,
    /// How far ahead, in months.
    pub months: u32,
    /// Discount per month.
    pub monthly_discount: f64,
    /// The part of revenue that is kept.
    pub margin_rate: f64,
    /// Expected orders of all customers in the horizon, with a 95 % interval from the parameters and the held-out days.
    pub expected_orders: f64,
    /// Interval of [`expected_orders`](Self::expected_orders).
    pub expected_orders_interval: Option<(f64, f64)>,
    /// Discounted margin of all customers in the horizon, in units of money.
    pub value: f64,
    /// Interval of [`value`](Self::value).
    pub value_interval: Option<(f64, f64)>,
    /// What to beware of.
    pub caveats: Vec<Caveat>,
}
