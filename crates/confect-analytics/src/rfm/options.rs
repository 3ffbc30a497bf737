//! What can be decided about scores: the day, the window, how values are cut, what the scores are called.

use confect_domain::{Date, Problem, ProblemKind};

use super::score::Binning;
use super::segments::SegmentMap;

/// What counts as one time of buying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frequency {
    /// Each order in which something was bought.
    Orders,
    /// Each day on which something was bought.
    Days,
}

/// All parameters of [`score_rfm`](super::score_rfm).
#[derive(Clone, Debug, PartialEq)]
pub struct RfmOptions {
    /// The day of the snapshot, from which recency counts.
    pub as_of: Date,
    /// The last day that is seen; by default that of the snapshot. The day before, where recency counts from the
    /// day after the last one that is known.
    pub seen_to: Date,
    /// The first day that is seen; everything if absent.
    pub from: Option<Date>,
    /// What counts as one time of buying.
    pub frequency_counts: Frequency,
    /// How days since the last purchase become a score.
    pub recency: Binning,
    /// How times of buying become a score.
    pub frequency: Binning,
    /// How net revenue becomes a score.
    pub monetary: Binning,
    /// The number of scores, 2 to 9.
    pub bins: u8,
    /// Weights of recency, frequency and monetary value in [`RfmRow::weighted`](super::RfmRow::weighted).
    pub weights: [f64; 3],
    /// What each triple of scores is called.
    pub segments: SegmentMap,
}

impl RfmOptions {
    /// Quintiles, equal values together, equal weights, the map of eleven names.
    pub fn as_of(as_of: Date) -> Self {
        Self {
            as_of,
            seen_to: as_of,
            from: None,
            frequency_counts: Frequency::Orders,
            recency: Binning::TiesTogether,
            frequency: Binning::TiesTogether,
            monetary: Binning::TiesTogether,
            bins: 5,
            weights: [1.0; 3],
            segments: SegmentMap::standard(),
        }
    }

    /// Whether the parameters can be followed.
    ///
    /// # Errors
    /// A [`Problem`] that names the parameter.
    pub fn check(&self) -> Result<(), Problem> {
        let problem = |message: String| Err(Problem::new(ProblemKind::Config, "rfm-options", message));
        if !(2..=9).contains(&self.bins) {
            return problem(format!("`bins` is {}, expected 2 to 9", self.bins));
        }
        if self.segments.bins() != self.bins {
            let (map, bins) = (self.segments.bins(), self.bins);
            return problem(format!("the segment map is for {map} scores, but `bins` is {bins}"));
        }
        let sum: f64 = self.weights.iter().sum();
        if self.weights.iter().any(|weight| !weight.is_finite() || *weight < 0.0)
            || sum <= 0.0
            || !sum.is_finite()
        {
            return problem(format!("`weights` are {:?}, expected none below 0 and one above", self.weights));
        }
        let binnings =
            [("recency", &self.recency), ("frequency", &self.frequency), ("monetary", &self.monetary)];
        for (name, binning) in binnings {
            if let Binning::Thresholds(edges) = binning
                && (edges.len() + 1 != usize::from(self.bins)
                    || edges.windows(2).any(|pair| pair.first() >= pair.last()))
            {
                let expected = self.bins - 1;
                return problem(format!(
                    "thresholds of `{name}` are {edges:?}, expected {expected} ascending numbers"
                ));
            }
        }
        Ok(())
    }
}
