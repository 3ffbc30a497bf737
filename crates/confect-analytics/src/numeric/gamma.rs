//! Log-gamma and its derivatives, and their differences over whole steps.
//!
//! The likelihoods of counts need `lnΓ(q+x) − lnΓ(q)` only for whole `x`: a sum of logarithms, exact and
//! without cancellation (`RisingLog`).

pub(crate) use statrs::function::gamma::{digamma, ln_gamma};

/// The second derivative of log-gamma for `x` above 0: recurrence up to 15, then the asymptotic series
/// (Abramowitz and Stegun 6.4.11).
pub(crate) fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 15.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let series = 1.0 / 6.0
        - square * (1.0 / 30.0 - square * (1.0 / 42.0 - square * (1.0 / 30.0 - square * (5.0 / 66.0))));
    sum + inverse + square / 2.0 + square * inverse * series
}

/// `lnΓ(q+x) − lnΓ(q)` and its first two derivatives by `q`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rise {
    pub(crate) value: f64,
    pub(crate) first: f64,
    pub(crate) second: f64,
}

/// [`Rise`] for every whole `x` from 0 to a largest one.
pub(crate) struct RisingLog(Vec<Rise>);

impl RisingLog {
    pub(crate) fn new(q: f64, largest: u32) -> Self {
        let mut rises = Vec::with_capacity(largest as usize + 1);
        let mut rise = Rise::default();
        rises.push(rise);
        for step in 0..largest {
            let at = q + f64::from(step);
            rise.value += at.ln();
            rise.first += 1.0 / at;
            rise.second -= 1.0 / (at * at);
            rises.push(rise);
        }
        Self(rises)
    }

    /// At `x`; beyond the largest as at the largest, which no caller asks for.
    pub(crate) fn at(&self, x: u32) -> Rise {
        self.0.get(x as usize).or(self.0.last()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// methods.md 4.7, from mpmath.
    #[test]
    fn values_at_a_small_argument() {
        assert!((digamma(0.243) + 4.351_093_864_423_21).abs() < 1e-12);
        assert!((ln_gamma(0.243) - 1.318_043_584_699_669_8).abs() < 1e-13);
        assert!((trigamma(0.243) - 18.141_779_787_095_829).abs() < 1e-12);
    }

    #[test]
    fn rises_are_differences() {
        let rising = RisingLog::new(0.7, 40);
        for x in [0_u32, 1, 7, 40] {
            let far = 0.7 + f64::from(x);
            assert!((rising.at(x).value - (ln_gamma(far) - ln_gamma(0.7))).abs() < 1e-11);
            assert!((rising.at(x).first - (digamma(far) - digamma(0.7))).abs() < 1e-11);
            assert!((rising.at(x).second - (trigamma(far) - trigamma(0.7))).abs() < 1e-11);
        }
    }
}
