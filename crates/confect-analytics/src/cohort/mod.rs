//! What customers do in the periods after their first purchase, and how long until the second.
//!
//! Grain: a cohort (customers who first bought in one week, month or quarter, or who share a label that the
//! caller gives: country, channel, first article) × its age in periods.
//!
//! | number | is |
//! |---|---|
//! | retention | customers with a purchase in that period, over those observed then |
//! | rolling retention | customers with a purchase in that period or later, over those observed then |
//! | cumulative value | revenue up to and including that period, per customer observed then |
//!
//! Ages count calendar periods, not days: December to January is one month. A cell that has not begun is `None`,
//! never 0; one that has begun but not ended is there and says so, and averages leave it out. Averages weigh by
//! customers: they are ratios of sums. Source: Fader and Hardie's conventions, Kaplan and Meier 1958 for
//! [`second_purchase`].

mod cells;
mod grain;
mod survival;

pub use cells::{Cell, Cohort, CohortOptions, Cohorts, build_cohorts, build_cohorts_by};
pub use grain::Grain;
pub use survival::{Survival, SurvivalStep, second_purchase};
