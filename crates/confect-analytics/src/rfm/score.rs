//! Values → scores: the recipes in circulation, each exact in whole numbers.
//!
//! A measure has a direction: more is better, or fewer is better (days since the last purchase).

/// How values become scores from 1 to the number of bins, the largest the best.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binning {
    /// `1 + floor(bins × (smallest rank among equals − 1) / customers)`: equal values get equal scores,
    /// and a bin may stay empty. The default.
    TiesTogether,
    /// SQL's `NTILE` over value, then customer key: equal bins, but equal values may get different scores.
    Ntile,
    /// Cut at the quantiles of the values (linear, type 7), the upper edge in the lower bin: pandas `qcut`,
    /// without its error on equal edges.
    Quantiles,
    /// Cut at the quantiles of the rank over value, then customer key: pandas `qcut` of `rank(method="first")`.
    RankQuantiles,
    /// Cut at these values, ascending, one fewer than bins, a value at an edge in the lower bin.
    /// Recency in days, frequency in times, monetary value in ten-thousandths.
    Thresholds(Vec<i64>),
}

/// What the bins of one measure hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinReport {
    /// `recency`, `frequency` or `monetary`.
    pub measure: &'static str,
    /// Customers with score 1, 2, …
    pub sizes: Vec<usize>,
    /// The smallest and the largest value of each score; `None` where nobody has it.
    pub ranges: Vec<Option<(i128, i128)>>,
    /// The number of different values.
    pub distinct: usize,
}

/// Scores of `values`, which are in the order of the customer keys, and the report of the bins.
pub(super) fn score(
    measure: &'static str,
    values: &[i128],
    fewer_is_better: bool,
    binning: &Binning,
    bins: u8,
) -> (Vec<u8>, BinReport) {
    let value = |at: u32| values.get(at as usize).copied().unwrap_or_default();
    let worst_first = worst_first(values, fewer_is_better);
    let groups: Vec<&[u32]> = worst_first.chunk_by(|left, right| value(*left) == value(*right)).collect();
    let distinct = groups.len();
    let mut scores = vec![bins.div_ceil(2); values.len()];
    if distinct > 1 || matches!(binning, Binning::Thresholds(_)) {
        let count = values.len();
        let cuts = value_cuts(&worst_first, value, fewer_is_better, binning, bins);
        let mut before = 0;
        for group in groups {
            for (place, at) in group.iter().enumerate() {
                let bin = match binning {
                    Binning::TiesTogether => usize::from(bins) * before / count,
                    Binning::Ntile => ntile(before + place, count, usize::from(bins)),
                    Binning::RankQuantiles => rank_bin(before + place, count, usize::from(bins)),
                    Binning::Quantiles | Binning::Thresholds(_) => {
                        let below = cuts.iter().filter(|cut| cut.is_below(value(*at))).count();
                        if fewer_is_better { usize::from(bins) - 1 - below } else { below }
                    }
                };
                if let Some(score) = scores.get_mut(*at as usize) {
                    *score = (bin.min(usize::from(bins) - 1) + 1) as u8;
                }
            }
            before += group.len();
        }
    }
    let report = report(measure, values, &scores, bins, distinct);
    (scores, report)
}

/// Positions from the worst to the best value, equal ones in the order of the keys.
fn worst_first(values: &[i128], fewer_is_better: bool) -> Vec<u32> {
    let signed = |value: i128| if fewer_is_better { value.saturating_neg() } else { value };
    // Value beside position sorts three times as fast as positions alone, and most values are short.
    let short = values.iter().zip(0_u32..).map(|(value, at)| Some((i64::try_from(signed(*value)).ok()?, at)));
    if let Some(mut short) = short.collect::<Option<Vec<_>>>() {
        short.sort_unstable();
        return short.into_iter().map(|(_, at)| at).collect();
    }
    let mut long: Vec<(i128, u32)> =
        values.iter().zip(0_u32..).map(|(value, at)| (signed(*value), at)).collect();
    long.sort_unstable();
    long.into_iter().map(|(_, at)| at).collect()
}

/// `NTILE` of the row at `place`: the first `count % bins` bins have one more.
fn ntile(place: usize, count: usize, bins: usize) -> usize {
    let (size, larger) = (count / bins, count % bins);
    let in_larger = larger * (size + 1);
    if place < in_larger { place / (size + 1) } else { larger + (place - in_larger) / size.max(1) }
}

/// The bin of rank `place + 1` between the quantiles of 1 … `count`.
fn rank_bin(place: usize, count: usize, bins: usize) -> usize {
    (place * bins).div_ceil(count.saturating_sub(1).max(1)).saturating_sub(1)
}

/// A cut at `(value × bins) / bins`, kept as a whole number of `1 / bins`.
struct Cut {
    scaled: i128,
    bins: i128,
}

impl Cut {
    fn is_below(&self, value: i128) -> bool {
        self.scaled < value.saturating_mul(self.bins)
    }
}

fn value_cuts(
    worst_first: &[u32],
    value: impl Fn(u32) -> i128,
    fewer_is_better: bool,
    binning: &Binning,
    bins: u8,
) -> Vec<Cut> {
    let bins_wide = i128::from(bins);
    match binning {
        Binning::Thresholds(edges) => {
            edges.iter().map(|edge| Cut { scaled: i128::from(*edge) * bins_wide, bins: bins_wide }).collect()
        }
        Binning::Quantiles => {
            let last = worst_first.len().saturating_sub(1);
            let ascending = |place: usize| {
                let place = if fewer_is_better { last.saturating_sub(place) } else { place };
                worst_first.get(place).map_or(0, |at| value(*at))
            };
            let cut = |edge: usize| {
                let (place, rest) = (last * edge / usize::from(bins), last * edge % usize::from(bins));
                let (low, high) = (ascending(place), ascending((place + 1).min(last)));
                let scaled = low
                    .saturating_mul(bins_wide)
                    .saturating_add(high.saturating_sub(low).saturating_mul(rest as i128));
                Cut { scaled, bins: bins_wide }
            };
            (1..usize::from(bins)).map(cut).collect()
        }
        _ => Vec::new(),
    }
}

fn report(measure: &'static str, values: &[i128], scores: &[u8], bins: u8, distinct: usize) -> BinReport {
    let mut sizes = vec![0; usize::from(bins)];
    let mut ranges: Vec<Option<(i128, i128)>> = vec![None; usize::from(bins)];
    for (value, score) in values.iter().zip(scores) {
        let bin = usize::from(score.saturating_sub(1));
        if let (Some(size), Some(range)) = (sizes.get_mut(bin), ranges.get_mut(bin)) {
            *size += 1;
            *range = Some(range.map_or((*value, *value), |(low, high)| (low.min(*value), high.max(*value))));
        }
    }
    BinReport { measure, sizes, ranges, distinct }
}

#[cfg(test)]
mod tests {
    use super::{Binning, score};

    /// methods.md 1.2: what pandas answers for the same ten values.
    #[test]
    fn recipes_differ_where_values_are_equal() {
        let values = [1, 1, 1, 1, 1, 1, 2, 3, 4, 5];
        let scores = |binning| score("frequency", &values, false, &binning, 5).0;
        assert_eq!(scores(Binning::RankQuantiles), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        assert_eq!(scores(Binning::Ntile), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
        assert_eq!(scores(Binning::TiesTogether), [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
        // Edges by hand, type 7: 1, 1, 1.4, 3.2.
        assert_eq!(scores(Binning::Quantiles), [1, 1, 1, 1, 1, 1, 4, 4, 5, 5]);
        assert_eq!(scores(Binning::Thresholds(vec![1, 2, 3, 4])), [1, 1, 1, 1, 1, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn fewer_days_are_better() {
        let (scores, report) = score("recency", &[1, 2, 3, 4, 9, 9], true, &Binning::TiesTogether, 3);
        assert_eq!(scores, [3, 3, 2, 2, 1, 1]);
        assert_eq!(report.sizes, [2, 2, 2]);
        assert_eq!(report.ranges, [Some((9, 9)), Some((3, 4)), Some((1, 2))]);
        assert_eq!(report.distinct, 5);
        let all = score("recency", &[7; 6], true, &Binning::Ntile, 5).0;
        assert_eq!(all, [3; 6]);
    }

    /// 11 rows in 5 bins by SQL: 3, 2, 2, 2, 2.
    #[test]
    fn ntile_gives_the_first_bins_one_more() {
        let values: Vec<i128> = (0..11).collect();
        assert_eq!(score("monetary", &values, false, &Binning::Ntile, 5).1.sizes, [3, 2, 2, 2, 2]);
        assert_eq!(score("monetary", &values[..3], false, &Binning::Ntile, 5).0, [1, 2, 3]);
    }
}
