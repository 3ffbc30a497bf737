//! The three models of repeat buying behind one face.

use crate::caveat::Caveat;
use crate::numeric::newton::Point;

use super::fit::{Fitted, Start, climb, range};
use super::groups::{Group, Groups};
use super::summary::CustomerSummary;
use super::{beta_geometric, pareto};

/// Which model of repeat buying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurchaseKind {
    /// MBG/NBD: a customer may leave after any purchase.
    Mbg,
    /// BG/NBD: a customer may leave after a repeat purchase; who bought once counts as alive.
    Bg,
    /// Pareto/NBD: a customer may leave at any time.
    Pareto,
}

impl PurchaseKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Mbg, Self::Pareto, Self::Bg];

    /// Its name in the literature.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mbg => "MBG/NBD",
            Self::Bg => "BG/NBD",
            Self::Pareto => "Pareto/NBD",
        }
    }

    /// The names of its parameters.
    pub const fn parameter_names(self) -> [&'static str; 4] {
        match self {
            Self::Mbg | Self::Bg => ["r", "alpha", "a", "b"],
            Self::Pareto => ["r", "alpha", "s", "beta"],
        }
    }

    const fn shift(self) -> u32 {
        matches!(self, Self::Mbg) as u32
    }
}

/// A model of repeat buying with its parameters. Times are in the unit of the summaries it was fitted on.
#[derive(Clone, Debug, PartialEq)]
pub struct PurchaseModel {
    /// Which model.
    pub kind: PurchaseKind,
    /// The parameters and how they were found.
    pub fitted: Fitted<4>,
    /// Customers in the fit.
    pub customers: usize,
    /// Of these, customers with a repeat purchase.
    pub repeat_customers: usize,
}

impl PurchaseModel {
    /// A model with parameters from elsewhere.
    pub fn with_parameters(kind: PurchaseKind, parameters: [f64; 4]) -> Self {
        Self { kind, fitted: Fitted::given(parameters), customers: 0, repeat_customers: 0 }
    }

    /// Probability that a customer has not left at the end of observation.
    pub fn p_alive(&self, x: u32, recency: f64, age: f64) -> f64 {
        let p = match self.kind {
            PurchaseKind::Pareto => pareto::p_alive(&self.fitted.parameters, x, recency, age),
            kind => beta_geometric::p_alive(kind.shift(), &self.fitted.parameters, x, recency, age),
        };
        p.clamp(0.0, 1.0)
    }

    /// Expected orders in the next `time` of a customer who has not left; depends on `x` and `age` only.
    pub fn orders_if_alive(&self, time: f64, x: u32, age: f64) -> f64 {
        match self.kind {
            PurchaseKind::Pareto => pareto::orders_if_alive(&self.fitted.parameters, time, x, age),
            kind => beta_geometric::orders_if_alive(kind.shift(), &self.fitted.parameters, time, x, age),
        }
    }

    /// Expected orders of a customer in the next `time`.
    pub fn expected_orders(&self, time: f64, x: u32, recency: f64, age: f64) -> f64 {
        self.p_alive(x, recency, age) * self.orders_if_alive(time, x, age)
    }

    /// Expected repeat orders of a new customer in the first `time`.
    pub fn expected_new(&self, time: f64) -> f64 {
        self.expected_orders(time, 0, 0.0, 0.0)
    }

    /// Discounted expected orders without end, at a continuous rate above 0 per unit of time; Pareto/NBD only.
    pub fn discounted_residual(&self, delta: f64, x: u32, recency: f64, age: f64) -> Option<f64> {
        (self.kind == PurchaseKind::Pareto && delta > 0.0).then(|| {
            self.p_alive(x, recency, age)
                * pareto::discounted_if_alive(&self.fitted.parameters, delta, x, age)
        })
    }

    /// Probability density of the histories of all customers, as a logarithm.
    pub fn log_likelihood(&self, summaries: &[CustomerSummary]) -> f64 {
        let groups = Groups::new(summaries);
        evaluate(self.kind, &self.fitted.parameters, &groups.groups, groups.largest_x).value
    }
}

fn evaluate(kind: PurchaseKind, parameters: &[f64; 4], groups: &[Group], largest_x: u32) -> Point<4> {
    match kind {
        PurchaseKind::Pareto => pareto::likelihood(parameters, groups, largest_x),
        kind => beta_geometric::likelihood(kind.shift(), parameters, groups, largest_x),
    }
}

/// Groups from which a first climb uses only a part of them: near its maximum the second one takes few steps.
const MANY_GROUPS: usize = 500;

/// Fits a model by maximum likelihood; `prior_sd` pulls small data weakly towards usual parameters.
///
/// # Errors
/// A [`Caveat`] where no customer has a repeat purchase, or the climb did not end in a maximum.
pub fn fit_purchases(
    kind: PurchaseKind,
    summaries: &[CustomerSummary],
    prior_sd: Option<f64>,
) -> Result<PurchaseModel, Caveat> {
    fit_groups(kind, &Groups::new(summaries), prior_sd)
}

/// [`fit_purchases`] on customers that are grouped already.
pub(super) fn fit_groups(
    kind: PurchaseKind,
    groups: &Groups,
    prior_sd: Option<f64>,
) -> Result<PurchaseModel, Caveat> {
    if groups.repeat_customers == 0 {
        let message = format!("none of {} customers bought again; no model can be fitted", groups.customers);
        let remedy = "observe for longer";
        return Err(Caveat::new("clv-no-repeats", groups.customers, message, remedy));
    }
    let scale = groups.mean_age;
    let (at, third) = match kind {
        PurchaseKind::Pareto => ([0.7, scale / 3.0, 0.7, scale / 3.0], scale),
        PurchaseKind::Mbg | PurchaseKind::Bg => ([0.7, scale / 5.0, 0.8, 2.0], 1.0),
    };
    let ranges = [range(1.0), range(scale), range(1.0), range(third)];
    let start = Start { at, ranges, prior_sd };
    let step = groups.groups.len() / MANY_GROUPS + 1;
    let near = (step > 1).then(|| {
        let part = groups.every(step);
        climb(&start, None, |parameters| evaluate(kind, parameters, &part, groups.largest_x)).parameters
    });
    let maximum =
        climb(&start, near, |parameters| evaluate(kind, parameters, &groups.groups, groups.largest_x));
    let fitted = Fitted::of(maximum);
    if !fitted.converged {
        let message = format!(
            "{} has no maximum that could be found for {} customers after {} evaluations",
            kind.name(),
            groups.customers,
            fitted.evaluations
        );
        let remedy = "observe for longer, or choose another model";
        return Err(Caveat::new("clv-no-maximum", groups.customers, message, remedy));
    }
    Ok(PurchaseModel { kind, fitted, customers: groups.customers, repeat_customers: groups.repeat_customers })
}
