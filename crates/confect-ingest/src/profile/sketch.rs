//! A small set that stands for a big one: the values with the smallest hashes (k minimum values, after
//! Bar-Yossef and others 2002). Two such sets tell how many values of one are also in the other.

use xxhash_rust::xxh3::xxh3_64;

/// Values that are kept; with so many a share is known to about two points in a hundred.
const KEPT: usize = 1_024;

/// The smallest hashes of a column's values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    hashes: Vec<u64>,
    distinct: u64,
}

impl Sketch {
    /// From all different hashes.
    pub(super) fn new(mut hashes: Vec<u64>) -> Self {
        let distinct = hashes.len() as u64;
        hashes.sort_unstable();
        hashes.truncate(KEPT);
        Self { hashes, distinct }
    }

    /// From values, for tests and for small lists.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hashes: Vec<u64> = values.into_iter().map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        Self::new(hashes)
    }

    /// Number of different values looked at.
    pub fn distinct(&self) -> u64 {
        self.distinct
    }

    /// Whether every value is in it, so that shares are exact.
    pub fn is_exact(&self) -> bool {
        self.distinct as usize == self.hashes.len()
    }

    /// Which share of this column's values the other one has too (0-1); 0 if nothing can be said.
    pub fn share_in(&self, other: &Self) -> f64 {
        // Beyond the other's largest kept hash nothing is known, unless it was kept whole.
        let limit = if other.is_exact() { u64::MAX } else { other.hashes.last().copied().unwrap_or(0) };
        let known = self.hashes.iter().filter(|hash| **hash <= limit);
        let (mut all, mut found) = (0_u32, 0_u32);
        for hash in known {
            all += 1;
            found += u32::from(other.hashes.binary_search(hash).is_ok());
        }
        if all == 0 { 0.0 } else { f64::from(found) / f64::from(all) }
    }
}

/// The hash of a value.
pub(super) fn hash(value: &str) -> u64 {
    xxh3_64(value.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(range: std::ops::Range<u32>) -> Sketch {
        let texts: Vec<String> = range.map(|number| number.to_string()).collect();
        Sketch::of(texts.iter().map(String::as_str))
    }

    #[test]
    fn shares_are_exact_for_small_sets_and_near_for_big_ones() {
        assert_eq!(numbers(0..10).share_in(&numbers(5..20)), 0.5);
        assert_eq!(numbers(0..10).share_in(&Sketch::default()), 0.0);
        assert_eq!(Sketch::default().share_in(&numbers(0..10)), 0.0);
        let share = numbers(0..100_000).share_in(&numbers(25_000..300_000));
        assert!((share - 0.75).abs() < 0.06, "{share}");
        let share = numbers(0..50).share_in(&numbers(0..300_000));
        assert!(share > 0.99 || share == 0.0, "a small set may have no hash in the known part: {share}");
    }
}
