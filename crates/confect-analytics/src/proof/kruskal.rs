//! Do groups differ at all (Kruskal and Wallis 1952), and which pairs (Dunn 1964): by ranks over all of them.

use crate::numeric::normal::{chi_squared_above, normal_above};
use crate::numeric::ranks::mid_ranks;

use super::correction::holm;

/// The test over all groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KruskalWallis {
    /// The statistic, corrected for ties; `None` where all values are equal or there are not two groups.
    pub h: Option<f64>,
    /// Groups that are not empty, less one.
    pub degrees: usize,
    /// Probability of such a statistic if all groups were alike; 1 without a statistic.
    pub p: f64,
    /// ε² = H / (n − 1): the share of the differences in rank that the groups explain.
    pub epsilon_squared: Option<f64>,
    /// η² = (H − k + 1) / (n − k), the same less what chance explains.
    pub eta_squared: Option<f64>,
}

/// One pair of groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DunnPair {
    /// Index of the first group.
    pub left: usize,
    /// Index of the second group.
    pub right: usize,
    /// The difference of mean ranks over its standard error.
    pub z: f64,
    /// Two-sided probability if both were alike.
    pub p: f64,
    /// The same for all pairs at once.
    pub p_holm: f64,
}

/// Size and sum of ranks of each group, and `Σ(t³ − t)` over ties.
struct Pooled {
    groups: Vec<(f64, f64)>,
    count: f64,
    ties: f64,
}

fn pool(groups: &[&[f64]]) -> Pooled {
    let values: Vec<f64> = groups.iter().flat_map(|group| group.iter().copied()).collect();
    let ranks = mid_ranks(&values);
    let mut rest = ranks.ranks.as_slice();
    let mut sums = Vec::with_capacity(groups.len());
    for group in groups {
        let (here, after) = rest.split_at_checked(group.len()).unwrap_or((rest, &[]));
        sums.push((here.len() as f64, here.iter().sum()));
        rest = after;
    }
    Pooled { groups: sums, count: values.len() as f64, ties: ranks.ties }
}

/// Whether groups of values differ; empty groups are left out.
pub fn kruskal_wallis(groups: &[&[f64]]) -> KruskalWallis {
    let Pooled { groups, count: n, ties } = pool(groups);
    let filled: Vec<(f64, f64)> = groups.into_iter().filter(|(size, _)| *size > 0.0).collect();
    let degrees = filled.len().saturating_sub(1);
    let correction = 1.0 - ties / (n * n * n - n);
    // NaN, for no values at all, is not above 0 either.
    if degrees == 0 || correction.is_nan() || correction <= 1e-12 {
        return KruskalWallis { h: None, degrees, p: 1.0, epsilon_squared: None, eta_squared: None };
    }
    // Around the middle rank: the textbook's difference of two large numbers loses digits with many customers.
    let around = |(size, sum): &(f64, f64)| size * (sum / size - (n + 1.0) / 2.0).powi(2);
    let squares: f64 = filled.iter().map(around).sum();
    let h = 12.0 / (n * (n + 1.0)) * squares / correction;
    let k = filled.len() as f64;
    KruskalWallis {
        h: Some(h),
        degrees,
        p: chi_squared_above(h, degrees),
        epsilon_squared: Some(h / (n - 1.0)),
        eta_squared: (n > k).then(|| (h - k + 1.0) / (n - k)),
    }
}

/// Which pairs of groups differ, two-sided; pairs with an empty group are left out.
pub fn dunn(groups: &[&[f64]]) -> Vec<DunnPair> {
    let Pooled { groups, count: n, ties } = pool(groups);
    let variance = n * (n + 1.0) / 12.0 - ties / (12.0 * (n - 1.0));
    let filled: Vec<(usize, f64, f64)> = groups
        .iter()
        .enumerate()
        .filter(|(_, (size, _))| *size > 0.0)
        .map(|(at, (size, sum))| (at, *size, sum / size))
        .collect();
    let mut pairs = Vec::new();
    for (place, (left, left_size, left_rank)) in filled.iter().enumerate() {
        for (right, right_size, right_rank) in filled.iter().skip(place + 1) {
            let error = (variance * (1.0 / left_size + 1.0 / right_size)).sqrt();
            // All values equal: no difference, no error.
            let z = if error > 0.0 { (left_rank - right_rank) / error } else { 0.0 };
            let p = (2.0 * normal_above(z.abs())).min(1.0);
            pairs.push(DunnPair { left: *left, right: *right, z, p, p_holm: p });
        }
    }
    let adjusted = holm(&pairs.iter().map(|pair| pair.p).collect::<Vec<_>>());
    for (pair, p_holm) in pairs.iter_mut().zip(adjusted) {
        pair.p_holm = p_holm;
    }
    pairs
}
