//! Tails of the normal and the chi-squared distribution.

use statrs::function::{erf, gamma};

/// Probability of more than `z`; through the incomplete gamma, since `erfc` keeps ten digits only.
pub(crate) fn normal_above(z: f64) -> f64 {
    if z > 38.0 {
        0.0
    } else if z > 0.0 {
        0.5 * gamma::gamma_ur(0.5, z * z / 2.0)
    } else if z < 0.0 {
        1.0 - normal_above(-z)
    } else {
        0.5
    }
}

/// Probability of at most `z`.
pub(crate) fn normal_below(z: f64) -> f64 {
    normal_above(-z)
}

/// The value that is exceeded with probability `1 - share`; `share` is kept off 0 and 1.
pub(crate) fn normal_quantile(share: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * share.clamp(1e-300, 1.0 - 1e-16))
}

/// Probability of more than `value` with `degrees` of freedom.
pub(crate) fn chi_squared_above(value: f64, degrees: usize) -> f64 {
    if degrees == 0 || value <= 0.0 {
        return 1.0;
    }
    gamma::gamma_ur(degrees as f64 / 2.0, value / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_keep_their_digits() {
        // scipy: norm.sf(10), chi2.sf(611.2387737993, 10), norm.ppf(0.975)
        let far = normal_above(10.0);
        assert!((far / 7.619_853_024_160_47e-24 - 1.0).abs() < 1e-12, "{far:e}");
        assert!((chi_squared_above(611.238_773_799_3, 10) / 6.877e-125 - 1.0).abs() < 1e-3);
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
    }
}
