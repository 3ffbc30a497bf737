//! Does one group bring more than another (Mann and Whitney 1947), and how clearly (Cliff 1993).

use crate::numeric::normal::normal_above;

/// How large an effect is (Romano 2006).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EffectSize {
    /// |δ| below 0.147.
    Negligible,
    /// |δ| below 0.33.
    Small,
    /// |δ| below 0.474.
    Medium,
    /// |δ| from 0.474.
    Large,
}

impl EffectSize {
    /// The size of a Cliff's δ.
    pub fn of(delta: f64) -> Self {
        match delta.abs() {
            size if size < 0.147 => Self::Negligible,
            size if size < 0.33 => Self::Small,
            size if size < 0.474 => Self::Medium,
            _ => Self::Large,
        }
    }

    /// The word that is shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Negligible => "negligible",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}

/// One group against another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// Pairs in which the first is larger, equal ones half.
    pub u: f64,
    /// Probability of such a `u` or more if both were alike.
    pub p_greater: f64,
    /// Probability of a `u` as far from the middle, either way.
    pub p_two_sided: f64,
    /// Cliff's δ: the share of pairs in which the first is larger less that in which it is smaller.
    pub cliffs_delta: f64,
    /// Whether the probabilities are counted (small groups without ties) instead of approximated.
    pub exact: bool,
}

/// Largest of the smaller group for which probabilities are counted, as scipy does, and of the other.
const EXACT_SMALLER: usize = 8;
const EXACT_LARGER: usize = 400;

/// Whether `x` is larger than `y`; `None` if either is empty. The order of the values does not matter.
pub fn mann_whitney(x: &[f64], y: &[f64]) -> Option<MannWhitney> {
    let sorted = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    };
    of_sorted(&sorted(x), &sorted(y))
}

/// The same for values that are sorted: one walk over both.
pub(super) fn of_sorted(x: &[f64], y: &[f64]) -> Option<MannWhitney> {
    if x.is_empty() || y.is_empty() {
        return None;
    }
    let (n1, n2) = (x.len() as f64, y.len() as f64);
    let (mut u, mut ties) = (0.0, 0.0);
    let (mut xs, mut ys, mut below) = (x, y, 0_usize);
    while let Some(value) = smaller(xs.first(), ys.first()) {
        let (a, b) = (leading(xs, value), leading(ys, value));
        u += a as f64 * (below as f64 + b as f64 / 2.0);
        let tied = (a + b) as f64;
        ties += tied * tied * tied - tied;
        below += b;
        xs = xs.get(a..).unwrap_or_default();
        ys = ys.get(b..).unwrap_or_default();
    }
    let pairs = n1 * n2;
    let delta = 2.0 * u / pairs - 1.0;
    let (small, large) = (x.len().min(y.len()), x.len().max(y.len()));
    let exact = ties == 0.0 && small <= EXACT_SMALLER && large <= EXACT_LARGER;
    let (p_greater, p_two_sided) = if exact {
        let counts = distribution(x.len(), y.len());
        let tail = |from: f64| counts.iter().skip(from.max(0.0) as usize).sum::<f64>().min(1.0);
        (tail(u), (2.0 * tail(u.max(pairs - u))).min(1.0))
    } else {
        approximate(u, n1, n2, ties)
    };
    Some(MannWhitney { u, p_greater, p_two_sided, cliffs_delta: delta, exact })
}

/// Normal approximation with ties and a continuity correction of one half.
fn approximate(u: f64, n1: f64, n2: f64, ties: f64) -> (f64, f64) {
    let n = n1 + n2;
    let deviation = (n1 * n2 / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)))).sqrt();
    let above = u - n1 * n2 / 2.0;
    // All values equal: nothing is larger.
    if deviation.is_nan() || deviation <= 0.0 {
        return (1.0, 1.0);
    }
    let two = 2.0 * normal_above((above.abs() - 0.5) / deviation);
    (normal_above((above - 0.5) / deviation), two.min(1.0))
}

/// Probability of each whole `u` for groups without ties: rank by rank, how many ways lead there.
fn distribution(n1: usize, n2: usize) -> Vec<f64> {
    let (small, large) = (n1.min(n2), n1.max(n2));
    // The generating function of u is the Gaussian binomial: product of (1 - q^(large+i)) / (1 - q^i).
    let size = small * large + 1;
    let mut ways = vec![0.0_f64; size];
    if let Some(one) = ways.first_mut() {
        *one = 1.0;
    }
    for step in 1..=small {
        for at in (large + step..size).rev() {
            let lower = ways.get(at - large - step).copied().unwrap_or_default();
            if let Some(slot) = ways.get_mut(at) {
                *slot -= lower;
            }
        }
        for at in step..size {
            let lower = ways.get(at - step).copied().unwrap_or_default();
            if let Some(slot) = ways.get_mut(at) {
                *slot += lower;
            }
        }
    }
    let total: f64 = ways.iter().sum();
    ways.into_iter().map(|count| count / total).collect()
}

fn smaller(x: Option<&f64>, y: Option<&f64>) -> Option<f64> {
    match (x, y) {
        (Some(x), Some(y)) => Some(if x.total_cmp(y).is_le() { *x } else { *y }),
        (one, other) => one.or(other).copied(),
    }
}

/// How many of the sorted values equal their first; at least the first if it is `value` by its bits.
fn leading(values: &[f64], value: f64) -> usize {
    values.iter().take_while(|other| **other == value || other.total_cmp(&value).is_eq()).count()
}
