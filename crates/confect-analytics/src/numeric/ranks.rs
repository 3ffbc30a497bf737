//! Ranks of pooled numbers: equal ones share the mean of their ranks.

/// Positions of `values` in ascending order; values that are no numbers are last.
pub(crate) fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let key = |at: &u32| values.get(*at as usize).copied().unwrap_or(f64::NAN);
    order.sort_unstable_by(|left, right| key(left).total_cmp(&key(right)));
    order
}

/// Mid-ranks, counted from 1, and `Σ(t³ − t)` over groups of `t` equal values.
#[derive(Clone, Debug)]
pub(crate) struct Ranks {
    pub(crate) ranks: Vec<f64>,
    pub(crate) ties: f64,
}

pub(crate) fn mid_ranks(values: &[f64]) -> Ranks {
    let order = ascending(values);
    let mut ranks = vec![0.0; values.len()];
    let value = |at: &u32| values.get(*at as usize).copied().unwrap_or(f64::NAN);
    let (mut ties, mut before) = (0.0, 0_usize);
    for group in order.chunk_by(|left, right| value(left) == value(right)) {
        let count = group.len() as f64;
        let rank = before as f64 + (count + 1.0) / 2.0;
        for at in group {
            if let Some(slot) = ranks.get_mut(*at as usize) {
                *slot = rank;
            }
        }
        ties += count * count * count - count;
        before += group.len();
    }
    Ranks { ranks, ties }
}

#[cfg(test)]
mod tests {
    use super::mid_ranks;

    #[test]
    fn equal_values_share_a_rank() {
        let ranks = mid_ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]);
        assert_eq!(ranks.ranks, [4.0, 1.0, 4.0, 2.0, 4.0]);
        assert_eq!(ranks.ties, 24.0);
    }
}
