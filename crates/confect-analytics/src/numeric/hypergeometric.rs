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

#[cfg(test)]
mod tests {
    use super::hypergeometric;

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
}
