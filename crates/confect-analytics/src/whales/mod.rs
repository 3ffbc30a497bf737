//! How much hangs on few customers, and who is about to leave with what.
//!
//! Concentration: shares of the largest customers, Gini 1912, and the list of whales by one of three rules.
//! Churn risk: customers whose silence is longer than their own rhythm, or who a model thinks have left, with the
//! reasons, the value at stake, and a control group that is left alone, so that what is done can be measured.
//!
//! Deliberately absent: a "probability" from days of silence; only a model of [`clv`](crate::clv) gives one.

mod churn;
mod concentration;

pub use churn::{AtRisk, ChurnList, ChurnOptions, Reason, list_churn, list_churn_drawn};
pub use concentration::{
    Concentration, Revenue, Whale, WhaleRule, concentration, find_whales, revenue_by_customer,
};
