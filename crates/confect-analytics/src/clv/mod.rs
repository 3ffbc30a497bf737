//! Who will buy again, how often and for how much: models of repeat buying, fitted, checked and told.
//!
//! Grain: one [`CustomerSummary`] per customer, one [`CustomerValue`] per customer.
//!
//! | model | drop-out | source |
//! |---|---|---|
//! | MBG/NBD, the default | after any purchase, the first as well | Batislam 2007, Hoppe and Wagner 2007 |
//! | BG/NBD | after a repeat purchase; who bought once counts as alive | Fader, Hardie and Lee 2005 |
//! | Pareto/NBD | at any time | Schmittlein 1987 |
//! | Gamma-Gamma | the value of an order, independent of how often | Fader and Hardie 2013 |
//!
//! ```text
//! orders ─► summaries ─► groups of equal ones ─► fit by Newton ─► P(alive), orders, value, intervals
//!                 └────► calibration and holdout ────────────────► model card
//! ```
//!
//! Maximum likelihood with analytic gradients and Hessians. Likelihoods are in `f64`; money comes in exact and
//! is a forecast when it leaves. Too few repeat customers, or no maximum, gives the pooled rate and says so.
//!
//! Deliberately absent: covariates, seasons, Bayesian sampling, acquisition cost.

mod beta_geometric;
mod card;
mod choice;
mod fit;
mod fits;
mod groups;
mod holdout;
mod options;
mod pareto;
mod purchases;
mod scoring;
mod spend;
mod summary;
mod value;

pub use card::{ModelCard, Parameter};
pub use fit::Fitted;
pub use holdout::{Holdout, RepeatBucket, check_holdout};
pub use options::{ClvOptions, MOST_COMPARED, MarginRate, ModelChoice};
pub use purchases::{PurchaseKind, PurchaseModel, fit_purchases};
pub use spend::{SpendModel, fit_spend};
pub use summary::{CustomerSummary, Summaries, SummaryOptions, summarise};
pub use value::{CustomerValue, CustomerValues, value_customers};
