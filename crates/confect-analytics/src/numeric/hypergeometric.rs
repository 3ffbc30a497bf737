//! Gauss' hypergeometric function by its series, for arguments from 0 up to, but not including, 1.
//!
//! Callers bring it into the form that converges there (Euler's transformation); nothing here continues it.

const MOST_TERMS: u32 = 500_000;

/// `2F1(a, b; c; z)` for `0 <= z < 1` and `c` neither 0 nor a negative whole number.
pub(crate) fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut term, mut sum) = (1.0_f64, 1.0_f64);
    for step in 0..MOST_TERMS {
        let n = f64::from(step);
        let factor = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        term *= factor;
        sum += term;
        // The terms may grow at first, so the factor must be shrinking as well.
        if (term.abs() <= 1e-16 * sum.abs() && factor.abs() < 1.0) || !sum.is_finite() {
            break;
        }
    }
    sum
}

/// `e^log_factor × 2F1(a, b; c; z)` for positive parameters, where the function itself may be too large to write
/// down; NaN where the series has too many terms.
pub(crate) fn scaled_hypergeometric(a: f64, b: f64, c: f64, z: f64, log_factor: f64) -> f64 {
    let (mut term, mut sum, mut log_scale) = (1.0_f64, 1.0_f64, log_factor);
    for step in 0..MOST_TERMS {
        let n = f64::from(step);
        let factor = (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        term *= factor;
        sum += term;
        if term <= 1e-17 * sum && factor < 1.0 {
            return sum * log_scale.exp();
        }
        if sum > LARGE {
            term /= LARGE;
            sum /= LARGE;
            log_scale += LARGE.ln();
        }
    }
    f64::NAN
}

const LARGE: f64 = 1e200;

#[cfg(test)]
mod tests {
    use super::{hypergeometric, scaled_hypergeometric};

    /// methods.md 4.7, from mpmath.
    #[test]
    fn published_values() {
        let cases = [
            (0.5, 1.5, 2.5, 0.3, 1.108_062_551_056_932),
            (2.245, 4.426, 4.219, 0.474, 4.580_941_287_635_658_5),
            (26.243, 28.426, 28.219, 0.596, 25_547_538_168.369_843),
            (1976.0, -0.207, 5002.219, 0.47, 0.958_376_265_478_381),
            (1.0, 2.0, 3.0, 0.9, 3.463_173_069_121_100_8),
        ];
        for (a, b, c, z, expected) in cases {
            let got = hypergeometric(a, b, c, z);
            assert!((got / expected - 1.0).abs() < 1e-12, "2F1({a}, {b}; {c}; {z}) = {got}");
        }
    }

    /// A geometric series: 2F1(a, 1; 1; z) = (1 − z)^−a, however large.
    #[test]
    fn large_values_are_scaled() {
        let (a, z) = (4_000.0, 0.4_f64);
        let got = scaled_hypergeometric(a, 1.0, 1.0, z, a * (-z).ln_1p());
        assert!((got - 1.0).abs() < 1e-9, "{got}");
    }
}
