//! Whether a rule may be chance: Fisher's exact test, and what many tests at once do to it.

/// The chance of at least so many baskets with both, if A and C had nothing to do with each other: one-sided
/// Fisher's exact test, the upper tail of the hypergeometric distribution. 1 if the counts contradict.
pub fn fisher(counts: super::RuleCounts) -> f64 {
    let super::RuleCounts { baskets: n, antecedent: a, consequent: c, both: j } = counts;
    let [n, a, c, j] = [n, a, c, j].map(u64::from);
    let (least, most) = ((a + c).saturating_sub(n), a.min(c));
    if a > n || c > n || j > most || j <= least {
        return 1.0;
    }
    // Start at the side of the peak where terms only get smaller.
    if j * n >= a * c {
        tail(n, a, c, j, most, 1)
    } else {
        (1.0 - tail(n, a, c, j - 1, least, -1)).clamp(0.0, 1.0)
    }
}

/// The sum of the probabilities from `from` to `to`, stepping away from the peak until nothing is added.
fn tail(n: u64, a: u64, c: u64, from: u64, to: u64, step: i64) -> f64 {
    let first = (ln_choose(c, from) + ln_choose(n - c, a - from) - ln_choose(n, a)).exp();
    let (mut both, mut term, mut sum) = (from, first, first);
    while both != to {
        // The ratio of neighbouring terms of the hypergeometric distribution.
        let up = |both: u64| {
            let apart = ((c - both) as f64) * ((a - both) as f64);
            apart / (((both + 1) as f64) * ((n + both + 1 - a - c) as f64))
        };
        if step > 0 {
            term *= up(both);
            both += 1;
        } else {
            both -= 1;
            term /= up(both);
        }
        let before = sum;
        sum += term;
        if sum == before {
            break;
        }
    }
    sum.min(1.0)
}

fn ln_choose(n: u64, k: u64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// Stirling's series with four terms, off by less than 1e-14 from 32 on; below that the product.
fn ln_factorial(n: u64) -> f64 {
    if n < 32 {
        return (2..=n).map(|factor| factor as f64).product::<f64>().ln();
    }
    let x = n as f64;
    let inverse = x.recip();
    let square = inverse * inverse;
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + series
}

/// How the p values of many rules are made fit for reading together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correction {
    /// Benjamini and Hochberg 1995: of the rules taken, at most this share is chance. For lists to explore.
    #[default]
    FalseDiscovery,
    /// Holm 1979: at most this chance that even one rule taken is chance.
    Holm,
    /// Bonferroni: as Holm, simpler and stricter.
    Bonferroni,
}

/// The corrected values, in the order of `p`.
pub fn corrected(p: &[f64], correction: Correction) -> Vec<f64> {
    let tests = p.len() as f64;
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|left, right| p[*left].total_cmp(&p[*right]));
    let mut values = vec![1.0; p.len()];
    match correction {
        Correction::Bonferroni => {
            for (value, p) in values.iter_mut().zip(p) {
                *value = (p * tests).min(1.0);
            }
        }
        Correction::Holm => {
            let mut greatest: f64 = 0.0;
            for (place, index) in order.iter().enumerate() {
                greatest = greatest.max(p[*index] * (tests - place as f64)).min(1.0);
                values[*index] = greatest;
            }
        }
        Correction::FalseDiscovery => {
            let mut least: f64 = 1.0;
            for (place, index) in order.iter().enumerate().rev() {
                least = least.min(p[*index] * tests / (place as f64 + 1.0));
                values[*index] = least;
            }
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basket::RuleCounts;

    fn p(baskets: u32, antecedent: u32, consequent: u32, both: u32) -> f64 {
        fisher(RuleCounts { baskets, antecedent, consequent, both })
    }

    #[test]
    fn the_lady_tasting_tea() {
        // Fisher 1935: 8 cups, 4 and 4. All right 1/70, three or more right 17/70, by hand.
        for (both, ways) in [(4, 1.0), (3, 17.0), (2, 53.0), (1, 69.0), (0, 70.0)] {
            assert!((p(8, 4, 4, both) - ways / 70.0).abs() < 1e-14, "{both}");
        }
    }

    #[test]
    fn counts_that_contradict_or_say_nothing_are_chance() {
        for (n, a, c, j) in [(0, 0, 0, 0), (5, 5, 5, 5), (5, 9, 2, 1), (5, 2, 2, 3), (10, 0, 4, 0)] {
            assert!((p(n, a, c, j) - 1.0).abs() < f64::EPSILON, "{n} {a} {c} {j}");
        }
        assert_eq!(p(u32::MAX, 1 << 31, 1 << 31, 1 << 31), 0.0, "too small to write");
    }

    #[test]
    fn factorials_meet_where_the_series_begins() {
        let product: f64 = (2..=40).map(|factor| f64::from(factor).ln()).sum();
        assert!((ln_factorial(40) - product).abs() < 1e-12);
    }

    #[test]
    fn corrections_worked_by_hand() {
        let p = [0.04, 0.01, 0.03];
        let near = |left: Vec<f64>, right: [f64; 3]| {
            assert!(left.iter().zip(right).all(|(left, right)| (left - right).abs() < 1e-12), "{left:?}");
        };
        near(corrected(&p, Correction::Bonferroni), [0.12, 0.03, 0.09]);
        // 3 * 0.01, then 2 * 0.03, then 1 * 0.04 raised to 0.06.
        near(corrected(&p, Correction::Holm), [0.06, 0.03, 0.06]);
        // 0.04 * 3/3; 0.03 * 3/2 = 0.045 lowered to 0.04; 0.01 * 3/1.
        near(corrected(&p, Correction::FalseDiscovery), [0.04, 0.03, 0.04]);
    }
}
