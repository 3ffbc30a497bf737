//! By how much means differ: bootstrap intervals, drawn within each group, from a seed.
//!
//! Bias corrected and accelerated (Efron 1987). Replicate `i` draws from its own stream, so the answer depends on
//! the seed and nothing else. Where drawing would take too long the groups are so large that the normal
//! approximation is as good, and the answer says so.

use crate::numeric::normal::{normal_below, normal_quantile};
use crate::numeric::quantile::quantile;
use crate::numeric::random::Random;

/// How an interval is found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BootstrapOptions {
    /// How often is drawn.
    pub replicates: u32,
    /// The same seed gives the same interval.
    pub seed: u64,
    /// The share of intervals that hold the truth, such as 0.95.
    pub confidence: f64,
    /// More draws than this in all, and the normal approximation is used.
    pub most_draws: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { replicates: 9_999, seed: 1, confidence: 0.95, most_draws: 200_000_000 }
    }
}

/// Where an interval comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalMethod {
    /// Bootstrap, bias corrected and accelerated.
    Bootstrap,
    /// Normal approximation with a variance for each group (Welch); for groups too large to draw from.
    Normal,
    /// A group with one value only: there is nothing to draw.
    Constant,
}

/// An estimate and its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// What the data say.
    pub estimate: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Where the interval comes from.
    pub method: IntervalMethod,
}

/// The mean of `x` less that of `y`; `None` if either is empty.
pub fn mean_difference(x: &[f64], y: &[f64], options: &BootstrapOptions) -> Option<Interval> {
    Some(difference(&Drawn::new(x, y, options)?, options))
}

/// The mean of `x` over that of `y`; `None` if either is empty or the mean of `y` is not above 0.
pub fn mean_ratio(x: &[f64], y: &[f64], options: &BootstrapOptions) -> Option<Interval> {
    ratio(&Drawn::new(x, y, options)?, options)
}

/// Both from the same draws.
pub(super) fn difference_and_ratio(
    x: &[f64],
    y: &[f64],
    options: &BootstrapOptions,
) -> (Option<Interval>, Option<Interval>) {
    match Drawn::new(x, y, options) {
        Some(drawn) => (Some(difference(&drawn, options)), ratio(&drawn, options)),
        None => (None, None),
    }
}

fn difference(drawn: &Drawn<'_>, options: &BootstrapOptions) -> Interval {
    drawn.interval(options, |left, right| left - right, (1.0, -1.0))
}

fn ratio(drawn: &Drawn<'_>, options: &BootstrapOptions) -> Option<Interval> {
    let (left, right) = drawn.means;
    let slopes = (1.0 / right, -left / (right * right));
    (right > 0.0).then(|| drawn.interval(options, |left, right| left / right, slopes))
}

/// Two groups, their means, and the means of the replicates.
struct Drawn<'a> {
    x: &'a [f64],
    y: &'a [f64],
    means: (f64, f64),
    /// `None` where drawing would take too long.
    replicates: Option<Vec<(f64, f64)>>,
}

impl<'a> Drawn<'a> {
    fn new(x: &'a [f64], y: &'a [f64], options: &BootstrapOptions) -> Option<Self> {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        if x.is_empty() || y.is_empty() {
            return None;
        }
        let times = u64::from(options.replicates.max(1));
        let draws = (x.len() + y.len()) as u64 * times;
        let replicate = |stream| {
            let mut random = Random::new(options.seed, stream);
            let left = drawn_mean(x, &mut random);
            (left, drawn_mean(y, &mut random))
        };
        let replicates = (draws <= options.most_draws).then(|| (0..times).map(replicate).collect());
        Some(Self { x, y, means: (mean(x), mean(y)), replicates })
    }

    /// The interval of a statistic of both means, `slopes` being its slopes by them.
    fn interval(
        &self,
        options: &BootstrapOptions,
        statistic: impl Fn(f64, f64) -> f64,
        slopes: (f64, f64),
    ) -> Interval {
        let (left, right) = self.means;
        let estimate = statistic(left, right);
        let constant = Interval { estimate, low: estimate, high: estimate, method: IntervalMethod::Constant };
        let (square_x, cube_x) = influence(self.x, left, slopes.0);
        let (square_y, cube_y) = influence(self.y, right, slopes.1);
        let variance = square_x + square_y;
        if variance <= 0.0 || !variance.is_finite() {
            return constant;
        }
        let tail = (1.0 - options.confidence.clamp(0.0, 0.999_999)) / 2.0;
        let Some(replicates) = &self.replicates else {
            let half = normal_quantile(1.0 - tail) * variance.sqrt();
            return Interval {
                low: estimate - half,
                high: estimate + half,
                method: IntervalMethod::Normal,
                ..constant
            };
        };
        let mut values: Vec<f64> = replicates
            .iter()
            .map(|(left, right)| statistic(*left, *right))
            .filter(|value| value.is_finite())
            .collect();
        values.sort_unstable_by(f64::total_cmp);
        let acceleration = (cube_x + cube_y) / (6.0 * variance * variance.sqrt());
        accelerated(&values, estimate, acceleration, tail).map_or(constant, |(low, high)| Interval {
            low,
            high,
            method: IntervalMethod::Bootstrap,
            ..constant
        })
    }
}

/// What one value does to the statistic, squared and cubed, over all values: the empirical influence.
fn influence(values: &[f64], mean: f64, slope: f64) -> (f64, f64) {
    values.iter().fold((0.0, 0.0), |(square, cube), value| {
        let part = slope * (value - mean) / values.len() as f64;
        (square + part * part, cube + part * part * part)
    })
}

fn drawn_mean(values: &[f64], random: &mut Random) -> f64 {
    let count = values.len();
    let draw = |_| values.get(random.below(count)).copied().unwrap_or_default();
    (0..count).map(draw).sum::<f64>() / count as f64
}

fn accelerated(sorted: &[f64], estimate: f64, acceleration: f64, tail: f64) -> Option<(f64, f64)> {
    let below = sorted.partition_point(|value| *value < estimate);
    let equal = sorted.partition_point(|value| *value <= estimate) - below;
    let count = sorted.len() as f64;
    // Kept off 0 and 1, where the normal quantile has no value.
    let share = ((below as f64 + equal as f64 / 2.0) / count).clamp(0.5 / count, 1.0 - 0.5 / count);
    let bias = normal_quantile(share);
    let adjusted = |tail: f64| {
        let shifted = bias + normal_quantile(tail);
        normal_below(bias + shifted / (1.0 - acceleration * shifted))
    };
    Some((quantile(sorted, adjusted(tail))?, quantile(sorted, adjusted(1.0 - tail))?))
}
