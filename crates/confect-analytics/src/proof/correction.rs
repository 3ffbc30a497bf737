//! P values of several tests at once.

/// Holm 1979, step-down: no more than one false claim among all, with the probability of each p value.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut highest = 0.0_f64;
    stepped(p_values, |place, p| {
        highest = highest.max((count - place) as f64 * p).min(1.0);
        highest
    })
}

/// Benjamini and Hochberg 1995, step-up: the share of false claims among those made; for lists to look through.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len() as f64;
    let mut order = ascending(p_values);
    order.reverse();
    let mut adjusted = vec![1.0; p_values.len()];
    let mut lowest = 1.0_f64;
    for (from_end, at) in order.into_iter().enumerate() {
        if let (Some(p), Some(slot)) = (p_values.get(at), adjusted.get_mut(at)) {
            lowest = lowest.min(count / (count - from_end as f64) * p);
            *slot = lowest;
        }
    }
    adjusted
}

fn stepped(p_values: &[f64], mut adjust: impl FnMut(usize, f64) -> f64) -> Vec<f64> {
    let mut adjusted = vec![1.0; p_values.len()];
    for (place, at) in ascending(p_values).into_iter().enumerate() {
        if let (Some(p), Some(slot)) = (p_values.get(at), adjusted.get_mut(at)) {
            *slot = adjust(place, *p);
        }
    }
    adjusted
}

fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    let p = |at: usize| p_values.get(at).copied().unwrap_or(1.0);
    order.sort_by(|left, right| p(*left).total_cmp(&p(*right)));
    order
}
