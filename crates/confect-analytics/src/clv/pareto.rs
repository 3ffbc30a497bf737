//! Pareto/NBD (Schmittlein, Morrison and Colombo 1987).
//!
//! Orders come at a rate λ ~ Gamma(r, rate α) until the customer leaves, at a rate μ ~ Gamma(s, rate β).
//! The likelihood holds an integral over the time of leaving, which textbooks write with two hypergeometric
//! functions. Here it is integrated as it stands: its gradient and Hessian are then moments of the same
//! integrand, all analytic, from one pass of Gauss-Legendre points, and it cannot overflow.

use crate::numeric::gamma::RisingLog;
use crate::numeric::newton::Point;
use crate::numeric::quadrature::points;

use super::groups::Group;

/// r, α, s, β.
pub(super) type Parameters = [f64; 4];

/// Moments of the time of leaving between the last order and the end of observation.
struct Leaving {
    /// Logarithm of the integral of `(α+y)^−(r+x) (β+y)^−(s+1)`.
    log_integral: f64,
    /// Its gradient by r, α, s, β.
    gradient: [f64; 4],
    hessian: [[f64; 4]; 4],
}

pub(super) fn likelihood(parameters: &Parameters, groups: &[Group], largest_x: u32) -> Point<4> {
    let &[r, alpha, s, beta] = parameters;
    let rise_r = RisingLog::new(r, largest_x);
    let (log_alpha, log_beta) = (alpha.ln(), beta.ln());
    let mut sum = Point::ZERO;
    for group in groups {
        let sr = rise_r.at(group.x);
        let n = r + f64::from(group.x);
        let (end_a, end_b) = (alpha + group.age, beta + group.age);
        let stayed = -n * end_a.ln() - s * end_b.ln();
        let g1 = [-end_a.ln(), -n / end_a, -end_b.ln(), -s / end_b];
        let mut h1 = [[0.0; 4]; 4];
        (h1[0][1], h1[1][0]) = (-1.0 / end_a, -1.0 / end_a);
        h1[1][1] = n / (end_a * end_a);
        (h1[2][3], h1[3][2]) = (-1.0 / end_b, -1.0 / end_b);
        h1[3][3] = s / (end_b * end_b);
        let base = sr.value + r * log_alpha + s * log_beta;
        let mut point = Point { value: base + stayed, gradient: g1, hessian: h1 };
        if let Some(mut leaving) = leaving::<true>(parameters, group.x, group.recency, group.age) {
            leaving.gradient[2] += 1.0 / s;
            leaving.hessian[2][2] -= 1.0 / (s * s);
            let left = s.ln() + leaving.log_integral;
            let high = stayed.max(left);
            let both = high + ((stayed - high).exp() + (left - high).exp()).ln();
            let w = (left - both).exp();
            point.value = base + both;
            for row in 0..4 {
                point.gradient[row] = (1.0 - w) * g1[row] + w * leaving.gradient[row];
                for column in 0..4 {
                    let apart = (leaving.gradient[row] - g1[row]) * (leaving.gradient[column] - g1[column]);
                    point.hessian[row][column] = (1.0 - w) * h1[row][column]
                        + w * leaving.hessian[row][column]
                        + w * (1.0 - w) * apart;
                }
            }
        }
        point.gradient[0] += sr.first + log_alpha;
        point.gradient[1] += r / alpha;
        point.gradient[2] += log_beta;
        point.gradient[3] += s / beta;
        point.hessian[0][0] += sr.second;
        point.hessian[0][1] += 1.0 / alpha;
        point.hessian[1][0] += 1.0 / alpha;
        point.hessian[1][1] -= r / (alpha * alpha);
        point.hessian[2][3] += 1.0 / beta;
        point.hessian[3][2] += 1.0 / beta;
        point.hessian[3][3] -= s / (beta * beta);
        sum.add(group.weight, &point);
    }
    sum
}

/// The integral over `[recency, age]`; `None` where that is empty. Substituting `u = ln(min(α, β) + y)` keeps the
/// integrand smooth however peaked it is at the start.
fn leaving<const MOMENTS: bool>(
    &[r, alpha, s, beta]: &Parameters,
    x: u32,
    recency: f64,
    age: f64,
) -> Option<Leaving> {
    if age <= recency {
        return None;
    }
    let (n, m) = (r + f64::from(x), s + 1.0);
    let smaller = alpha.min(beta);
    let log_integrand = |u: f64| {
        let y = u.exp() - smaller;
        u - n * (alpha + y).ln() - m * (beta + y).ln()
    };
    let (from, mut to) = ((smaller + recency).ln(), (smaller + age).ln());
    let top = log_integrand(from);
    let mut drop = top - log_integrand(to);
    if drop > FAR {
        // Nothing counts beyond a fall of e^-45: look for that place.
        let (mut near, mut far) = (from, to);
        for _ in 0..30 {
            let middle = (near + far) / 2.0;
            if top - log_integrand(middle) > FAR { far = middle } else { near = middle }
        }
        (to, drop) = (far, top - log_integrand(far));
    }
    let panels = ((to - from) / 1.5).max(drop.abs() / 10.0).ceil().clamp(1.0, 64.0) as u32;
    let (mut total, mut first, mut second) = (0.0, [0.0; 4], [[0.0; 4]; 4]);
    let mut curvature = [0.0; 4];
    for (u, weight) in points(from, to, panels) {
        let y = u.exp() - smaller;
        let (at_a, at_b) = (alpha + y, beta + y);
        let (log_a, log_b) = (at_a.ln(), at_b.ln());
        let mass = weight * (u - n * log_a - m * log_b - top).exp();
        total += mass;
        if MOMENTS {
            let g = [-log_a, -n / at_a, -log_b, -m / at_b];
            for row in 0..4 {
                first[row] += mass * g[row];
                for column in 0..=row {
                    second[row][column] += mass * g[row] * g[column];
                }
            }
            curvature[0] -= mass / at_a;
            curvature[1] += mass * n / (at_a * at_a);
            curvature[2] -= mass / at_b;
            curvature[3] += mass * m / (at_b * at_b);
        }
    }
    if total <= 0.0 {
        return None;
    }
    let gradient = first.map(|sum| sum / total);
    let mut hessian = [[0.0; 4]; 4];
    if MOMENTS {
        for row in 0..4 {
            for column in 0..=row {
                let covariance = second[row][column] / total - gradient[row] * gradient[column];
                (hessian[row][column], hessian[column][row]) = (covariance, covariance);
            }
        }
        let [cross_a, bend_a, cross_b, bend_b] = curvature.map(|sum| sum / total);
        hessian[0][1] += cross_a;
        hessian[1][0] += cross_a;
        hessian[1][1] += bend_a;
        hessian[2][3] += cross_b;
        hessian[3][2] += cross_b;
        hessian[3][3] += bend_b;
    }
    Some(Leaving { log_integral: top + total.ln(), gradient, hessian })
}

const FAR: f64 = 45.0;

/// Probability that the customer has not left at the end of observation.
pub(super) fn p_alive(parameters: &Parameters, x: u32, recency: f64, age: f64) -> f64 {
    let &[r, alpha, s, beta] = parameters;
    let Some(leaving) = leaving::<false>(parameters, x, recency, age) else { return 1.0 };
    let stayed = -(r + f64::from(x)) * (alpha + age).ln() - s * (beta + age).ln();
    1.0 / (1.0 + (s.ln() + leaving.log_integral - stayed).exp())
}

/// Expected orders in the next `time` of someone who has not left.
pub(super) fn orders_if_alive(&[r, alpha, s, beta]: &Parameters, time: f64, x: u32, age: f64) -> f64 {
    let rate = (r + f64::from(x)) / (alpha + age);
    let ratio = (time / (beta + age)).ln_1p();
    // (1 − e^((1−s) ratio)) / (s − 1), which is the ratio itself at s = 1.
    let power = (1.0 - s) * ratio;
    let factor = if power.abs() < 1e-12 { ratio } else { ratio * power.exp_m1() / power };
    rate * (beta + age) * factor
}

/// Discounted orders without end of someone who has not left, at a continuous rate `delta` above 0.
///
/// Fader, Hardie and Lee 2005b write it with Tricomi's function; this is the integral behind it.
pub(super) fn discounted_if_alive(&[r, alpha, s, beta]: &Parameters, delta: f64, x: u32, age: f64) -> f64 {
    let scale = beta + age;
    // t = scale (e^u − 1); beyond e^-50 nothing counts.
    let end = (50.0 / (delta * scale)).ln_1p();
    let panels = (end / 0.5).ceil().clamp(1.0, 400.0) as u32;
    let integral: f64 = points(0.0, end, panels)
        .map(|(u, weight)| weight * ((1.0 - s) * u - delta * scale * u.exp_m1()).exp())
        .sum();
    (r + f64::from(x)) / (alpha + age) * scale * integral
}
