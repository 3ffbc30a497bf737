//! Recency, frequency, monetary value: scores of each customer as of any day, and the named segment they give.
//!
//! Grain: one [`RfmRow`] per customer with a purchase in the window. Method: Hughes 1994 in quintiles.
//!
//! | measure | is | best |
//! |---|---|---|
//! | recency | days from the last purchase to the day of the snapshot | small |
//! | frequency | orders in which something was bought, or days with one | large |
//! | monetary | net revenue, returns taken off | large |
//!
//! Only orders up to and including the day of the snapshot are seen, so that history can be asked as it was.
//! Equal values get equal scores by default; what else circulates is in [`Binning`]. A score is always given:
//! a measure with one value scores the middle for everyone and says so in a [`Caveat`](crate::caveat::Caveat).
//!
//! Deliberately absent: linking a return to its invoice (done before), forecasts (see [`clv`](crate::clv)).

mod measure;
mod migration;
mod options;
mod score;
mod scored;
mod segments;

pub use migration::{Migration, Move, migration};
pub use options::{Frequency, RfmOptions};
pub use score::{BinReport, Binning};
pub use scored::{Rfm, RfmRow, SegmentSummary, score_rfm};
pub use segments::SegmentMap;
