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
    interval(x, y, options, |left, right| left - right, |_, _| (1.0, -1.0))
}

/// The mean of `x` over that of `y`; `None` if either is empty or the mean of `y` is not above 0.
pub fn mean_ratio(x: &[f64], y: &[f64], options: &BootstrapOptions) -> Option<Interval> {
    if mean(y)? <= 0.0 {
        return None;
    }
    interval(x, y, options, |left, right| left / right, |left, right| (1.0 / right, -left / (right * right)))
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn interval(
    x: &[f64],
    y: &[f64],
    options: &BootstrapOptions,
    statistic: impl Fn(f64, f64) -> f64,
    slopes: impl Fn(f64, f64) -> (f64, f64),
) -> Option<Interval> {
    let (left, right) = (mean(x)?, mean(y)?);
    let estimate = statistic(left, right);
    let (by_left, by_right) = slopes(left, right);
    // What one value does to the statistic: the empirical influence, over the size of its group.
    let influence = |values: &[f64], mean: f64, slope: f64| {
        values.iter().fold((0.0, 0.0), |(square, cube): (f64, f64), value| {
            let part = slope * (value - mean) / values.len() as f64;
            (square + part * part, cube + part * part * part)
        })
    };
    let ((square_x, cube_x), (square_y, cube_y)) =
        (influence(x, left, by_left), influence(y, right, by_right));
    let variance = square_x + square_y;
    if variance <= 0.0 || !variance.is_finite() {
        return Some(Interval { estimate, low: estimate, high: estimate, method: IntervalMethod::Constant });
    }
    let tail = (1.0 - options.confidence.clamp(0.0, 0.999_999)) / 2.0;
    let draws = (x.len() + y.len()) as u64 * u64::from(options.replicates.max(1));
    if draws > options.most_draws {
        let half = normal_quantile(1.0 - tail) * variance.sqrt();
        let (low, high) = (estimate - half, estimate + half);
        return Some(Interval { estimate, low, high, method: IntervalMethod::Normal });
    }
    let mut replicates: Vec<f64> = (0..u64::from(options.replicates.max(1)))
        .map(|stream| {
            let mut random = Random::new(options.seed, stream);
            let left = drawn_mean(x, &mut random);
            statistic(left, drawn_mean(y, &mut random))
        })
        .filter(|value| value.is_finite())
        .collect();
    replicates.sort_unstable_by(f64::total_cmp);
    let acceleration = (cube_x + cube_y) / (6.0 * variance * variance.sqrt());
    let (low, high) = accelerated(&replicates, estimate, acceleration, tail)?;
    Some(Interval { estimate, low, high, method: IntervalMethod::Bootstrap })
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
