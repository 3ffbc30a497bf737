//! What can be decided about a valuation: the day, the model, the horizon, the discount, the margin.

use confect_domain::{Date, Problem, ProblemKind};

use super::purchases::PurchaseKind;

/// Which model of repeat buying is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// MBG/NBD, or BG/NBD where its information criterion is smaller by more than 10; where MBG/NBD has no inner
    /// maximum Pareto/NBD, then BG/NBD.
    Auto,
    /// This one or none.
    Only(PurchaseKind),
}

/// What part of revenue is kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MarginRate {
    /// Margin over revenue of the orders whose margin is known; 1, with a caveat, if none is.
    FromOrders,
    /// This share of revenue.
    Fixed(f64),
}

/// All parameters of [`value_customers`](super::value_customers).
#[derive(Clone, Debug, PartialEq)]
pub struct ClvOptions {
    /// The last day of observation, itself observed; later orders are not seen.
    pub observed_to: Date,
    /// Customers whose first purchase lies before this day are left out.
    pub first_from: Option<Date>,
    /// Days in one unit of time of the models.
    pub unit_days: f64,
    /// Which model.
    pub model: ModelChoice,
    /// How far ahead, in months.
    pub months: u32,
    /// Days in a month.
    pub month_days: f64,
    /// Discount per month, at the end of the month.
    pub monthly_discount: f64,
    /// What part of revenue is kept.
    pub margin: MarginRate,
    /// Fewer customers with a repeat purchase are too few for a model.
    pub min_repeat_customers: usize,
    /// Standard deviation of a log-normal prior around usual parameters; none by default.
    pub prior_sd: Option<f64>,
    /// Whether intervals are computed, which takes nine times as long.
    pub intervals: bool,
    /// The last days of observation on which the model is checked, if any.
    pub holdout_days: Option<i32>,
    /// Whether the other models are fitted as well, so that they can be compared.
    pub compare: bool,
}

/// Of more customers the other models are not fitted: Pareto/NBD takes longer than everything else together.
pub const MOST_COMPARED: usize = 250_000;

impl ClvOptions {
    /// Twelve months at 1 % a month, weeks, automatic model, intervals, checked on the last quarter.
    pub fn observed_to(observed_to: Date) -> Self {
        Self {
            observed_to,
            first_from: None,
            unit_days: 7.0,
            model: ModelChoice::Auto,
            months: 12,
            month_days: 365.25 / 12.0,
            monthly_discount: 0.01,
            margin: MarginRate::FromOrders,
            min_repeat_customers: 50,
            prior_sd: None,
            intervals: true,
            holdout_days: Some(91),
            compare: false,
        }
    }

    /// Whether the parameters can be followed.
    ///
    /// # Errors
    /// A [`Problem`] that names the parameter.
    pub fn check(&self) -> Result<(), Problem> {
        let margin = match self.margin {
            MarginRate::FromOrders => 1.0,
            MarginRate::Fixed(rate) => rate,
        };
        let numbers = [
            ("unit_days", self.unit_days, 1e-3, 1e4),
            ("month_days", self.month_days, 1.0, 1e4),
            ("monthly_discount", self.monthly_discount, 0.0, 10.0),
            ("margin", margin, -10.0, 10.0),
            ("prior_sd", self.prior_sd.unwrap_or(1.0), 1e-3, 1e3),
            ("months", f64::from(self.months), 1.0, 1_200.0),
            ("holdout_days", f64::from(self.holdout_days.unwrap_or(1)), 1.0, 1e5),
        ];
        for (name, value, low, high) in numbers {
            if !(low..=high).contains(&value) {
                let message = format!("`{name}` is {value}, expected {low} to {high}");
                return Err(Problem::new(ProblemKind::Config, "clv-options", message));
            }
        }
        Ok(())
    }
}
