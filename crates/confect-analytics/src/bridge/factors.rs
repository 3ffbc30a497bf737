//! The change of a product, told as the effects of its factors.

/// Mean effect of each factor over all orders of replacing them (Shapley 1953); the effects add up to the change.
///
/// As many factors on either side; further ones on one side are not looked at. Time doubles with each factor; at
/// most 16 are looked at.
pub fn shapley(before: &[f64], after: &[f64]) -> Vec<f64> {
    let count = before.len().min(after.len()).min(16);
    let product = |replaced: usize| -> f64 {
        let factors = before.iter().zip(after).take(count).enumerate();
        factors.map(|(at, (old, new))| if replaced >> at & 1 == 1 { *new } else { *old }).product()
    };
    shapley_of(count, product)
}

/// The same for any value of a set of replaced factors, given as bits.
pub(super) fn shapley_of(count: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
    let values: Vec<f64> = (0..1_usize << count).map(value).collect();
    let mut effects = vec![0.0; count];
    for (set, without) in values.iter().enumerate() {
        let size = set.count_ones() as usize;
        for (at, effect) in effects.iter_mut().enumerate() {
            if set >> at & 1 == 0 {
                let with = values.get(set | 1 << at).copied().unwrap_or_default();
                *effect += (with - without) * share(size, count);
            }
        }
    }
    effects
}

/// `size! (count − size − 1)! / count!`: how often a factor comes after just these.
fn share(size: usize, count: usize) -> f64 {
    let choose: f64 = (0..size).map(|step| (count - 1 - step) as f64 / (step + 1) as f64).product();
    1.0 / (count as f64 * choose)
}

/// Logarithmic mean Divisia index (Ang 2004): exact as well, for factors above 0; `None` otherwise.
pub fn lmdi(before: &[f64], after: &[f64]) -> Option<Vec<f64>> {
    let (old, new): (f64, f64) = (before.iter().product(), after.iter().product());
    if before.len() != after.len() || before.iter().chain(after).any(|factor| *factor <= 0.0) {
        return None;
    }
    let mean = if (new / old - 1.0).abs() < 1e-12 { old } else { (new - old) / (new / old).ln() };
    Some(before.iter().zip(after).map(|(old, new)| mean * (new / old).ln()).collect())
}

#[cfg(test)]
mod tests {
    use super::{lmdi, shapley};

    /// methods.md 9.
    #[test]
    fn the_published_example() {
        let (before, after) = ([1000.0, 2.5, 3.2, 12.0], [1100.0, 2.4, 3.5, 11.5]);
        let close = |got: Vec<f64>, expected: [f64; 4]| {
            assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 5e-6), "{got:?}");
            assert!((got.iter().sum::<f64>() - 10_260.0).abs() < 1e-8);
        };
        close(shapley(&before, &after), [9_639.208_333, -4_133.291_667, 9_063.375, -4_309.291_667]);
        let expected = [9_630.445_330, -4_124.784_858, 9_054.699_057, -4_300.359_529];
        close(lmdi(&before, &after).expect("factors above 0"), expected);
        assert_eq!(lmdi(&[1.0, 0.0], &[1.0, 2.0]), None);
        assert_eq!(shapley(&[0.0, 0.0], &[3.0, 2.0]), [3.0, 3.0]);
        assert!(shapley(&[], &[]).is_empty());
    }
}
