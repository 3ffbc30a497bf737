//! BG/NBD (Fader, Hardie and Lee 2005) and MBG/NBD (Batislam 2007; Hoppe and Wagner 2007) in one.
//!
//! Orders come at a rate λ ~ Gamma(r, rate α); after an order the customer leaves with p ~ Beta(a, b). In MBG the
//! first order is a chance to leave as well: the beta part then counts `k = x + 1` orders instead of `x`.
//!
//! With whole `x` the gamma functions are sums of logarithms. Expectations use Euler's transformation,
//! `(1−z)^(a−1) 2F1(a+b−1−r, a−1; …; z)`, which stays bounded where the published form overflows.

use crate::numeric::gamma::RisingLog;
use crate::numeric::hypergeometric::{hypergeometric, scaled_hypergeometric};
use crate::numeric::newton::Point;

use super::groups::Group;

/// r, α, a, b.
pub(super) type Parameters = [f64; 4];

/// `shift` is 0 for BG/NBD, 1 for MBG/NBD.
pub(super) fn likelihood(
    shift: u32,
    &[r, alpha, a, b]: &Parameters,
    groups: &[Group],
    largest_x: u32,
) -> Point<4> {
    let rise_r = RisingLog::new(r, largest_x);
    let rise_b = RisingLog::new(b, largest_x + shift);
    let rise_ab = RisingLog::new(a + b, largest_x + shift);
    let (log_alpha, log_a) = (alpha.ln(), a.ln());
    let mut sum = Point::ZERO;
    for group in groups {
        let k = group.x + shift;
        let (sr, sb, sab) = (rise_r.at(group.x), rise_b.at(k), rise_ab.at(k));
        let n = r + f64::from(group.x);
        let (end, last) = (alpha + group.age, alpha + group.recency);
        let (log_end, log_last) = (end.ln(), last.ln());
        let stayed = -n * log_end;
        // The probability of having left right after the last order; nobody could before a first chance.
        let before = b + f64::from(k) - 1.0;
        let left = if k > 0 { log_a - before.ln() - n * log_last } else { f64::NEG_INFINITY };
        let high = stayed.max(left);
        let both = high + ((stayed - high).exp() + (left - high).exp()).ln();
        let w = (left - both).exp();
        let value = sr.value + r * log_alpha + sb.value - sab.value + both;
        let (stay_end, left_last) = ((1.0 - w) / end, w / last);
        let leave_b = if k > 0 { w / before } else { 0.0 };
        let gradient = [
            sr.first + log_alpha - (1.0 - w) * log_end - w * log_last,
            r / alpha - n * (stay_end + left_last),
            w / a - sab.first,
            sb.first - sab.first - leave_b,
        ];
        let by_b = if k > 0 { -1.0 / before } else { 0.0 };
        let u = [log_end - log_last, n * (1.0 / end - 1.0 / last), 1.0 / a, by_b];
        let spread = w * (1.0 - w);
        let mut hessian: [[f64; 4]; 4] = u.map(|row| u.map(|column| spread * row * column));
        hessian[0][0] += sr.second;
        let cross = 1.0 / alpha - stay_end - left_last;
        hessian[0][1] += cross;
        hessian[1][0] += cross;
        hessian[1][1] += n * (stay_end / end + left_last / last) - r / (alpha * alpha);
        hessian[2][2] -= sab.second + w / (a * a);
        hessian[2][3] -= sab.second;
        hessian[3][2] -= sab.second;
        hessian[3][3] += sb.second - sab.second + if k > 0 { leave_b / before } else { 0.0 };
        sum.add(group.weight, &Point { value, gradient, hessian });
    }
    sum
}

/// Probability that the customer has not left at the end of observation.
pub(super) fn p_alive(shift: u32, &[r, alpha, a, b]: &Parameters, x: u32, recency: f64, age: f64) -> f64 {
    let k = x + shift;
    if k == 0 {
        return 1.0;
    }
    let before = b + f64::from(k) - 1.0;
    let odds_log = a.ln() - before.ln() + (r + f64::from(x)) * ((age - recency) / (alpha + recency)).ln_1p();
    1.0 / (1.0 + odds_log.exp())
}

/// Expected orders in the next `time` of someone who has not left.
///
/// Never more than someone who cannot leave would order; that bound also stands in where a series would take more
/// terms than there is time for, which is beyond some hundred thousand orders.
pub(super) fn orders_if_alive(shift: u32, parameters: &Parameters, time: f64, x: u32, age: f64) -> f64 {
    let &[r, alpha, a, b] = parameters;
    let n = r + f64::from(x);
    let bound = n * time / (alpha + age);
    if (a - 1.0).abs() < NEAR_ONE {
        // Removable: both sides of it.
        let at = |a| orders_if_alive(shift, &[r, alpha, a, b], time, x, age);
        return (at(a - 2.0 * NEAR_ONE) + at(a + 2.0 * NEAR_ONE)) / 2.0;
    }
    let z = (time / (alpha + age + time)).clamp(0.0, 1.0 - 1e-12);
    let c = a + b + f64::from(x + shift) - 1.0;
    if c.abs() < NEAR_ONE {
        // A pole of the series that the factor before it takes back; only in BG/NBD without repeats.
        return orders_if_alive(shift, &[r, alpha, a, b + 2.0 * NEAR_ONE], time, x, age);
    }
    // Euler's form, unless its terms would change sign many times and cancel; then the published form, whose terms
    // are all positive.
    let tail = if c - n > -3.0 {
        ((a - 1.0) * (-z).ln_1p()).exp() * hypergeometric(c - n, a - 1.0, c, z)
    } else {
        scaled_hypergeometric(n, b + f64::from(x + shift), c, z, n * (-z).ln_1p())
    };
    let orders = c / (a - 1.0) * (1.0 - tail);
    if orders.is_finite() { orders.clamp(0.0, bound) } else { bound }
}

/// Where the formula divides by `a - 1` or by `c`.
const NEAR_ONE: f64 = 1e-6;
