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

/// Whole numbers of any width: narrow ones are read and sorted several times as fast.
pub(super) trait Value: Copy + Ord + Into<i128> {}

impl<V: Copy + Ord + Into<i128>> Value for V {}

/// Scores of `values`, which are in the order of the customer keys, and the report of the bins.
pub(super) fn score<V: Value>(
    measure: &'static str,
    values: &[V],
    fewer_is_better: bool,
    binning: &Binning,
    bins: u8,
) -> (Vec<u8>, BinReport) {
    let groups = Groups::of(values);
    let distinct = groups.values.len();
    let mut scores = vec![bins.div_ceil(2); values.len()];
    if distinct > 1 || matches!(binning, Binning::Thresholds(_)) {
        let ranked = match binning {
            Binning::Ntile => Some(ntile as fn(usize, usize, usize) -> usize),
            Binning::RankQuantiles => Some(rank_bin as fn(usize, usize, usize) -> usize),
            Binning::TiesTogether | Binning::Quantiles | Binning::Thresholds(_) => None,
        };
        match ranked {
            Some(bin) => by_rank(&mut scores, values, fewer_is_better, bins, bin),
            None => by_value(&mut scores, values, &groups.starts(fewer_is_better, binning, bins)),
        }
    }
    let report = report(measure, values, &scores, bins, distinct);
    (scores, report)
}

/// Different values, ascending, with how many are below each.
struct Groups {
    values: Vec<i128>,
    below: Vec<usize>,
    count: usize,
}

/// Values that lie as close as this are counted, not sorted: days and times of buying always do.
const COUNTED: i128 = 1 << 16;

impl Groups {
    fn of<V: Value>(values: &[V]) -> Self {
        let mut groups = Self { values: Vec::new(), below: Vec::new(), count: values.len() };
        let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else { return groups };
        let (low, high): (i128, i128) = ((*low).into(), (*high).into());
        if high.checked_sub(low).is_some_and(|range| range < COUNTED) {
            let mut counts = vec![0_usize; (high - low) as usize + 1];
            for value in values {
                if let Some(count) = counts.get_mut(((*value).into() - low) as usize) {
                    *count += 1;
                }
            }
            let mut below = 0;
            for (value, count) in (low..).zip(counts).filter(|(_, count)| *count > 0) {
                groups.push(value, below);
                below += count;
            }
            return groups;
        }
        let mut ascending = values.to_vec();
        ascending.sort_unstable();
        let mut below = 0;
        for equal in ascending.chunk_by(|left, right| left == right) {
            groups.push(equal.first().map_or(low, |value| (*value).into()), below);
            below += equal.len();
        }
        groups
    }

    fn push(&mut self, value: i128, below: usize) {
        self.values.push(value);
        self.below.push(below);
    }

    /// How many values are not above the group at `at`.
    fn up_to(&self, at: usize) -> usize {
        self.below.get(at + 1).copied().unwrap_or(self.count)
    }

    /// The first value of each run of equal scores, ascending, with its score.
    fn starts(&self, fewer_is_better: bool, binning: &Binning, bins: u8) -> Vec<(i128, u8)> {
        let most = usize::from(bins) - 1;
        let cuts = self.cuts(binning, bins);
        let mut starts: Vec<(i128, u8)> = Vec::new();
        for (at, (value, below)) in self.values.iter().zip(&self.below).enumerate() {
            let bin = match binning {
                Binning::TiesTogether => {
                    let worse = if fewer_is_better { self.count - self.up_to(at) } else { *below };
                    usize::from(bins) * worse / self.count
                }
                _ => {
                    let above = cuts.iter().filter(|cut| cut.is_below(*value)).count().min(most);
                    if fewer_is_better { most - above } else { above }
                }
            };
            let score = (bin.min(most) + 1) as u8;
            if starts.last().is_none_or(|(_, last)| *last != score) {
                starts.push((*value, score));
            }
        }
        starts
    }

    fn cuts(&self, binning: &Binning, bins: u8) -> Vec<Cut> {
        let wide = i128::from(bins);
        match binning {
            Binning::Thresholds(edges) => {
                edges.iter().map(|edge| Cut { scaled: i128::from(*edge) * wide, bins: wide }).collect()
            }
            Binning::Quantiles => {
                let last = self.count.saturating_sub(1);
                let at = |place: usize| {
                    let group = self.below.partition_point(|below| *below <= place).saturating_sub(1);
                    self.values.get(group).copied().unwrap_or_default()
                };
                let cut = |edge: usize| {
                    let (place, rest) = (last * edge / usize::from(bins), last * edge % usize::from(bins));
                    let (low, high) = (at(place), at((place + 1).min(last)));
                    let step = high.saturating_sub(low).saturating_mul(rest as i128);
                    Cut { scaled: low.saturating_mul(wide).saturating_add(step), bins: wide }
                };
                (1..usize::from(bins)).map(cut).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Scores by the run that a value lies in; at most nine runs, so a walk beats a search.
fn by_value<V: Value>(scores: &mut [u8], values: &[V], starts: &[(i128, u8)]) {
    let Some(((_, lowest), others)) = starts.split_first() else { return };
    for (score, value) in scores.iter_mut().zip(values) {
        let value: i128 = (*value).into();
        let run = others.iter().take_while(|(start, _)| *start <= value).last();
        *score = run.map_or(*lowest, |(_, score)| *score);
    }
}

/// Scores by the place between the worst and the best, equal values in the order of the keys.
fn by_rank<V: Value>(
    scores: &mut [u8],
    values: &[V],
    fewer_is_better: bool,
    bins: u8,
    bin: fn(usize, usize, usize) -> usize,
) {
    let mut worst_first: Vec<(V, u32)> = values.iter().copied().zip(0_u32..).collect();
    if fewer_is_better {
        worst_first.sort_unstable_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    } else {
        worst_first.sort_unstable();
    }
    for (place, (_, at)) in worst_first.into_iter().enumerate() {
        if let Some(score) = scores.get_mut(at as usize) {
            let bin = bin(place, values.len(), usize::from(bins));
            *score = (bin.min(usize::from(bins) - 1) + 1) as u8;
        }
    }
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

fn report<V: Value>(
    measure: &'static str,
    values: &[V],
    scores: &[u8],
    bins: u8,
    distinct: usize,
) -> BinReport {
    let mut sizes = vec![0; usize::from(bins)];
    let mut ranges: Vec<Option<(V, V)>> = vec![None; usize::from(bins)];
    for (value, score) in values.iter().zip(scores) {
        let bin = usize::from(score.saturating_sub(1));
        if let (Some(size), Some(range)) = (sizes.get_mut(bin), ranges.get_mut(bin)) {
            *size += 1;
            *range = Some(range.map_or((*value, *value), |(low, high)| (low.min(*value), high.max(*value))));
        }
    }
    let wide = |(low, high): (V, V)| (low.into(), high.into());
    BinReport { measure, sizes, ranges: ranges.into_iter().map(|range| range.map(wide)).collect(), distinct }
}

#[cfg(test)]
mod tests {
    use super::{Binning, score};

    /// methods.md 1.2: what pandas answers for the same ten values.
    #[test]
    fn recipes_differ_where_values_are_equal() {
        let values = [1_i64, 1, 1, 1, 1, 1, 2, 3, 4, 5];
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
        let (scores, report) = score("recency", &[1_i32, 2, 3, 4, 9, 9], true, &Binning::TiesTogether, 3);
        assert_eq!(scores, [3, 3, 2, 2, 1, 1]);
        assert_eq!(report.sizes, [2, 2, 2]);
        assert_eq!(report.ranges, [Some((9, 9)), Some((3, 4)), Some((1, 2))]);
        assert_eq!(report.distinct, 5);
        let all = score("recency", &[7_i32; 6], true, &Binning::Ntile, 5).0;
        assert_eq!(all, [3; 6]);
    }

    /// 11 rows in 5 bins by SQL: 3, 2, 2, 2, 2.
    #[test]
    fn ntile_gives_the_first_bins_one_more() {
        let values: Vec<i128> = (0..11).collect();
        assert_eq!(score("monetary", &values, false, &Binning::Ntile, 5).1.sizes, [3, 2, 2, 2, 2]);
        assert_eq!(score("monetary", &values[..3], false, &Binning::Ntile, 5).0, [1, 2, 3]);
    }

    /// Counted, sorted short and sorted long values have the same scores: the same shape at three scales.
    #[test]
    fn how_values_are_ranked_does_not_show() {
        let small: Vec<i64> = (0..500).map(|at| at * at % 211 - 40).collect();
        for binning in [Binning::TiesTogether, Binning::Quantiles, Binning::Ntile, Binning::RankQuantiles] {
            for fewer in [false, true] {
                let scores = |scale: i128| {
                    let wide: Vec<i128> = small.iter().map(|value| i128::from(*value) * scale).collect();
                    score("monetary", &wide, fewer, &binning, 5).0
                };
                let counted = score("monetary", &small, fewer, &binning, 5).0;
                assert_eq!(counted, scores(1_000_000_007), "{binning:?}");
                assert_eq!(counted, scores(1 << 90), "{binning:?}");
                assert_eq!(counted.iter().collect::<std::collections::BTreeSet<_>>().len(), 5);
            }
        }
    }
}
