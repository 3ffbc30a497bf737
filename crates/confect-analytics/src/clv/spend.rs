//! Gamma-Gamma (Fader and Hardie 2013): what an order is worth, from the mean of the orders that were seen.
//!
//! The value of an order is Gamma(p, rate ν), and ν ~ Gamma(q, rate v) over customers; it must not depend on how
//! often they buy, which is why the correlation of the two is told.

use crate::caveat::Caveat;
use crate::numeric::gamma::{digamma, ln_gamma, trigamma};
use crate::numeric::newton::Point;

use super::fit::{Fitted, Start, climb, range};
use super::summary::CustomerSummary;

/// The model of the value of orders.
#[derive(Clone, Debug, PartialEq)]
pub struct SpendModel {
    /// p, q, v and how they were found.
    pub fitted: Fitted<3>,
    /// Customers in the fit: those with a repeat purchase and a mean above 0.
    pub customers: usize,
    /// Customers with a repeat purchase whose mean is 0 or below.
    pub left_out: usize,
    /// Correlation (Pearson) of repeats and their mean value; `None` where either is constant.
    pub correlation: Option<f64>,
}

impl SpendModel {
    /// The names of its parameters.
    pub const NAMES: [&'static str; 3] = ["p", "q", "v"];

    /// A model with parameters from elsewhere.
    pub fn with_parameters(parameters: [f64; 3]) -> Self {
        Self { fitted: Fitted::given(parameters), customers: 0, left_out: 0, correlation: None }
    }

    /// Expected value of an order of a customer with `x` repeats of mean `value`; the mean of all for no repeats.
    pub fn expected_value(&self, x: u32, value: f64) -> f64 {
        let [p, q, v] = self.fitted.parameters;
        let (x, sum) = if value > 0.0 { (f64::from(x), f64::from(x) * value) } else { (0.0, 0.0) };
        p * (v + sum) / (p * x + q - 1.0)
    }

    /// Variance of the logarithm of [`expected_value`](Self::expected_value) from that of the parameters.
    pub(super) fn log_variance(&self, x: u32, value: f64) -> f64 {
        let covariance = self.fitted.log_covariance;
        covariance.map_or(0.0, |covariance| quadratic(&covariance, &self.log_slopes(x, value)))
    }

    /// Adds the slopes, by the logarithms of the parameters, of a total in which the expected value is a factor.
    pub(super) fn add_slopes(&self, x: u32, value: f64, part: f64, sums: &mut [f64; 3]) {
        for (sum, slope) in sums.iter_mut().zip(self.log_slopes(x, value)) {
            *sum += part * slope;
        }
    }

    /// Slopes of the logarithm of the expected value by the logarithms of the parameters.
    fn log_slopes(&self, x: u32, value: f64) -> [f64; 3] {
        let [p, q, v] = self.fitted.parameters;
        let (x, sum) = if value > 0.0 { (f64::from(x), f64::from(x) * value) } else { (0.0, 0.0) };
        let below = p * x + q - 1.0;
        [1.0 - p * x / below, -q / below, v / (v + sum)]
    }
}

/// `slopeᵀ covariance slope`, not below 0.
pub(super) fn quadratic<const N: usize>(covariance: &[[f64; N]; N], slope: &[f64; N]) -> f64 {
    let row = |row: &[f64; N]| row.iter().zip(slope).map(|(cell, part)| cell * part).sum::<f64>();
    covariance.iter().zip(slope).map(|(cells, part)| part * row(cells)).sum::<f64>().max(0.0)
}

/// Fits the value of orders by maximum likelihood.
///
/// # Errors
/// A [`Caveat`] where nobody has a repeat purchase worth more than 0, or no maximum was found.
pub fn fit_spend(summaries: &[CustomerSummary], prior_sd: Option<f64>) -> Result<SpendModel, Caveat> {
    let repeats = summaries.iter().filter(|summary| summary.repeats > 0 && summary.is_valid());
    let (mut pairs, mut left_out) = (Vec::new(), 0);
    for summary in repeats {
        if summary.mean_value > 0.0 && summary.mean_value.is_finite() {
            pairs.push((summary.repeats, summary.mean_value));
        } else {
            left_out += 1;
        }
    }
    if pairs.is_empty() {
        let message = "no customer has a repeat purchase worth more than 0".to_owned();
        return Err(Caveat::new("clv-no-spend", left_out, message, "look at returns and prices"));
    }
    let mean = pairs.iter().map(|pair| pair.1).sum::<f64>() / pairs.len() as f64;
    let correlation = correlation(&pairs);
    let data = Spending::new(&mut pairs);
    // q above 1, or there is no mean.
    let ranges = [range(1.0), (1.001, 12.0_f64.exp()), range(mean)];
    let start = Start { at: [2.0, 3.0, mean], ranges, prior_sd };
    let fitted = Fitted::of(climb(&start, None, |parameters| data.likelihood(parameters)));
    if !fitted.converged {
        let message = format!("Gamma-Gamma has no maximum that could be found for {} customers", pairs.len());
        return Err(Caveat::new("clv-no-maximum", pairs.len(), message, "observe for longer"));
    }
    Ok(SpendModel { fitted, customers: pairs.len(), left_out, correlation })
}

/// Means by repeats: what depends on the repeats only is computed once for each number of them.
struct Spending {
    by_repeats: Vec<Repeats>,
    sums: Vec<f64>,
}

struct Repeats {
    x: f64,
    customers: usize,
    /// Sum of the logarithms of the means.
    logs: f64,
}

impl Spending {
    fn new(pairs: &mut [(u32, f64)]) -> Self {
        pairs.sort_unstable_by_key(|pair| (pair.0, pair.1.to_bits()));
        let repeats = pairs.chunk_by(|left, right| left.0 == right.0).map(|equal| Repeats {
            x: f64::from(equal.first().map_or(0, |pair| pair.0)),
            customers: equal.len(),
            logs: equal.iter().map(|pair| pair.1.ln()).sum(),
        });
        let by_repeats = repeats.collect();
        Self { by_repeats, sums: pairs.iter().map(|pair| f64::from(pair.0) * pair.1).collect() }
    }

    fn likelihood(&self, &[p, q, v]: &[f64; 3]) -> Point<3> {
        let (log_v, gamma_q, psi_q, psi1_q) = (v.ln(), ln_gamma(q), digamma(q), trigamma(q));
        let mut sum = Point::ZERO;
        let mut rest = self.sums.as_slice();
        for Repeats { x, customers, logs } in &self.by_repeats {
            let (here, after) = rest.split_at_checked(*customers).unwrap_or((rest, &[]));
            rest = after;
            let (mut log_sum, mut inverse, mut square) = (0.0, 0.0, 0.0);
            for total in here {
                let above = total + v;
                log_sum += above.ln();
                inverse += 1.0 / above;
                square += 1.0 / (above * above);
            }
            let (n, px, pq) = (*customers as f64, p * x, p * x + q);
            let (psi_pq, psi_px) = (digamma(pq), digamma(px));
            let (psi1_pq, psi1_px) = (trigamma(pq), trigamma(px));
            let value = n * (ln_gamma(pq) - ln_gamma(px) - gamma_q + q * log_v + px * x.ln())
                + (px - 1.0) * logs
                - pq * log_sum;
            let by_p = x * (n * (psi_pq - psi_px + x.ln()) + logs - log_sum);
            let by_q = n * (psi_pq - psi_q + log_v) - log_sum;
            let by_v = n * q / v - pq * inverse;
            let (pq_cross, pv_cross) = (n * x * psi1_pq, -x * inverse);
            let qv_cross = n / v - inverse;
            sum.add(
                1.0,
                &Point {
                    value,
                    gradient: [by_p, by_q, by_v],
                    hessian: [
                        [n * x * x * (psi1_pq - psi1_px), pq_cross, pv_cross],
                        [pq_cross, n * (psi1_pq - psi1_q), qv_cross],
                        [pv_cross, qv_cross, pq * square - n * q / (v * v)],
                    ],
                },
            );
        }
        sum
    }
}

fn correlation(pairs: &[(u32, f64)]) -> Option<f64> {
    pearson(pairs.iter().map(|pair| (f64::from(pair.0), pair.1)))
}

/// Correlation of pairs; `None` where either side is constant.
pub(super) fn pearson(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let (count, left, right) =
        pairs.clone().fold((0.0, 0.0, 0.0), |(n, a, b), (x, y)| (n + 1.0, a + x, b + y));
    let (left, right) = (left / count, right / count);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xx += (x - left) * (x - left);
        yy += (y - right) * (y - right);
        xy += (x - left) * (y - right);
    }
    let product: f64 = xx * yy;
    let correlation = xy / product.sqrt();
    correlation.is_finite().then_some(correlation)
}
