//! What is asked of the search: how often, how long, which kind, within which bounds.

use super::error::BasketError;

/// From how many baskets on an itemset is frequent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MinSupport {
    /// A share of the baskets looked at, above 0 and at most 1; rounded up to whole baskets.
    Share(f64),
    /// A number of baskets, at least 1.
    Count(u32),
}

impl MinSupport {
    /// The least number of baskets out of `baskets`: `ceil(share * baskets)`, at least 1.
    ///
    /// The product is allowed to be off by a billionth, so that `0.07 * 100` is 7 and not 8.
    pub fn count(self, baskets: usize) -> Result<u32, BasketError> {
        let refuse = |given: String, expected| Err(BasketError::SupportOutOfRange { given, expected });
        match self {
            Self::Count(0) => refuse("0".to_owned(), "a count of at least 1"),
            Self::Count(count) => Ok(count),
            Self::Share(share) if share > 0.0 && share <= 1.0 => {
                let count = (share * baskets as f64 - 1e-9).ceil().max(1.0);
                Ok(count.min(f64::from(u32::MAX)) as u32)
            }
            Self::Share(share) => refuse(share.to_string(), "a share above 0 and at most 1"),
        }
    }
}

/// Which of the frequent itemsets are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Every one.
    #[default]
    All,
    /// Those that no item can join without losing baskets.
    Closed,
    /// Those that no item can join without becoming infrequent.
    Maximal,
}

impl Kind {
    /// As a person writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Closed => "closed",
            Self::Maximal => "maximal",
        }
    }
}

/// The question to [`mine`](super::mine) and [`apriori`](super::apriori).
#[derive(Clone, Debug, PartialEq)]
pub struct MineOptions {
    /// From how many baskets on.
    pub min_support: MinSupport,
    /// Which of them. Closed and maximal are judged among all lengths, then the limits apply.
    pub kind: Kind,
    /// The least number of items of an itemset that is told.
    pub min_len: usize,
    /// The greatest.
    pub max_len: usize,
    /// Baskets with more distinct items are left out of everything, also of the number of baskets; how many
    /// there were stands in the answer. `None` takes every basket.
    pub max_basket_items: Option<usize>,
    /// What the answer may take in bytes; the search ends with an error when it would be more.
    pub max_bytes: usize,
    /// Threads to work with; 0 is one for each core.
    pub threads: usize,
}

/// Baskets of so many distinct articles are wholesale orders or test runs, and their pairs grow with the
/// square: 5,000 items are 12.5 million pairs.
pub const GIANT_BASKET_ITEMS: usize = 5_000;

impl MineOptions {
    /// All itemsets of this support, with the usual bounds: baskets of at most 5,000 items, answers of at
    /// most 1 GB, one thread for each core.
    pub const fn new(min_support: MinSupport) -> Self {
        Self {
            min_support,
            kind: Kind::All,
            min_len: 1,
            max_len: usize::MAX,
            max_basket_items: Some(GIANT_BASKET_ITEMS),
            max_bytes: 1 << 30,
            threads: 0,
        }
    }

    /// The same question for another kind.
    #[must_use]
    pub const fn of_kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The same question with so many threads.
    #[must_use]
    pub const fn on_threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// The same question for itemsets of `min..=max` items.
    #[must_use]
    pub const fn of_length(mut self, min: usize, max: usize) -> Self {
        self.min_len = min;
        self.max_len = max;
        self
    }

    pub(crate) fn check(&self) -> Result<(), BasketError> {
        if self.min_len == 0 || self.min_len > self.max_len {
            return Err(BasketError::LengthOutOfRange { min: self.min_len, max: self.max_len });
        }
        self.min_support.count(1).map(|_| ())
    }

    pub(crate) fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads.min(256),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_becomes_the_least_whole_number_of_baskets() {
        // 0.006 * 9835 = 59.01, 0.01 * 88162 = 881.62, 0.07 * 100 = 7.000000000000001 in binary.
        for (share, baskets, count) in
            [(0.006, 9835, 60), (0.01, 88_162, 882), (0.07, 100, 7), (1.0, 3, 3), (1e-9, 3, 1)]
        {
            assert_eq!(MinSupport::Share(share).count(baskets), Ok(count), "{share} of {baskets}");
        }
        for wrong in [0.0, -0.1, 1.000_001, f64::NAN, f64::INFINITY] {
            assert!(MinSupport::Share(wrong).count(10).is_err(), "{wrong}");
        }
        assert!(MinSupport::Count(0).count(10).is_err());
    }
}
