//! Chance from a seed: xoshiro256++ (Blackman and Vigna 2019), seeded by splitmix64 (Steele et al. 2014).
//!
//! Everything that is invented has a stream of its own, named by what it is ([`Stream`]) and its number. So
//! days and customers can be invented in any order, on any number of threads, and come out the same.
//! Logarithms and powers come from `libm`, whose bits do not depend on the machine.

/// What a stream of chance is for.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Plan = 1,
    Customer,
    Person,
    Day,
    Receipt,
    Return,
    Stock,
    Books,
}

/// A stream of numbers that depends on its seed alone.
pub(crate) struct Random {
    state: [u64; 4],
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of splitmix64.
const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number that depends on seed, stream and `index` alone: one draw, without the cost of a stream.
#[inline]
pub(crate) fn hash(seed: u64, stream: Stream, index: u64) -> u64 {
    let named = mix(seed.wrapping_add((stream as u64).wrapping_mul(GOLDEN)));
    mix(named.wrapping_add(index.wrapping_add(1).wrapping_mul(GOLDEN)))
}

/// The number of a receipt among all receipts of all days.
pub(crate) const fn receipt_index(day: usize, place: u32) -> u64 {
    ((day as u64) << 32) | place as u64
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut mixed = seed;
        let mut next = || {
            mixed = mixed.wrapping_add(GOLDEN);
            mix(mixed)
        };
        Self { state: [next(), next(), next(), next()] }
    }

    /// The stream of the `index`th thing of a kind.
    #[inline]
    pub(crate) fn of(seed: u64, stream: Stream, index: u64) -> Self {
        Self::new(hash(seed, stream, index))
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c2, d2) = (c ^ a, d ^ b);
        self.state = [a ^ d2, b ^ c2, c2 ^ (b << 17), d2.rotate_left(45)];
        result
    }

    /// At least 0, below 1, in steps of 2⁻⁵³.
    #[inline]
    pub(crate) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// At least 0 and below `limit`; 0 for a limit of 0.
    #[inline]
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }

    /// True in `share` of the cases.
    #[inline]
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.share() < share
    }

    /// The index that `weights`, summed up as they go, give to a point drawn evenly; 0 without any.
    #[inline]
    pub(crate) fn weighted(&mut self, cumulative: &[f64]) -> usize {
        let total = cumulative.last().copied().unwrap_or(0.0);
        let point = self.share() * total;
        cumulative.partition_point(|sum| *sum <= point).min(cumulative.len().saturating_sub(1))
    }

    /// A whole number whose mean is `mean`: its floor, or one more.
    #[inline]
    pub(crate) fn whole(&mut self, mean: f64) -> i64 {
        let floor = libm::floor(mean);
        floor as i64 + i64::from(self.happens(mean - floor))
    }

    /// Exponential with mean 1.
    #[inline]
    pub(crate) fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.share())
    }

    /// Standard normal, by the polar method (Marsaglia and Bray 1964).
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.share() - 1.0, 2.0 * self.share() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * libm::sqrt(-2.0 * libm::log(square) / square);
            }
        }
    }

    /// Gamma with this shape and rate 1 (Marsaglia and Tsang 2000); shapes below 1 by their boost.
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = libm::pow(1.0 - self.share(), 1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let x = self.normal();
            let root = 1.0 + c * x;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            let u = 1.0 - self.share();
            // The squeeze spares most of the logarithms.
            if u < 1.0 - 0.0331 * x * x * x * x || libm::log(u) < 0.5 * x * x + d * (1.0 - v + libm::log(v)) {
                return d * v;
            }
        }
    }

    /// Beta, as the share of one gamma in the sum of two.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (first, second) = (self.gamma(a), self.gamma(b));
        let sum = first + second;
        if sum > 0.0 { first / sum } else { a / (a + b) }
    }
}

/// Parts into which a [`Guide`] cuts its weights.
const PARTS: usize = 128;

/// Weights to choose by, with a table of where to look: as [`Random::weighted`], but in about one step.
pub(crate) struct Guide {
    cumulative: Vec<f64>,
    /// For each part of the whole the first index that may be meant.
    starts: Vec<u32>,
}

impl Guide {
    pub(crate) fn new(cumulative: Vec<f64>) -> Self {
        let total = cumulative.last().copied().unwrap_or(0.0);
        let start = |part: usize| {
            let point = part as f64 / PARTS as f64 * total;
            cumulative.partition_point(|sum| *sum <= point) as u32
        };
        let starts = (0..PARTS).map(start).collect();
        Self { cumulative, starts }
    }

    #[inline]
    pub(crate) fn choose(&self, random: &mut Random) -> usize {
        let Some(total) = self.cumulative.last() else { return 0 };
        let share = random.share();
        let point = share * total;
        let mut index = self.starts.get((share * PARTS as f64) as usize).copied().unwrap_or(0) as usize;
        while self.cumulative.get(index).is_some_and(|sum| *sum <= point) {
            index += 1;
        }
        index.min(self.cumulative.len() - 1)
    }

    /// Whether an index has any weight.
    pub(crate) fn has(&self, index: usize) -> bool {
        let at = |index: usize| self.cumulative.get(index).copied().unwrap_or(0.0);
        at(index) > index.checked_sub(1).map_or(0.0, at)
    }
}

/// Weights summed up as they go, for [`Random::weighted`].
pub(crate) fn cumulate(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl Fn(&mut Random) -> f64) -> (f64, f64) {
        let mut random = Random::new(42);
        let draws: Vec<f64> = (0..200_000).map(|_| draw(&mut random)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / draws.len() as f64)
    }

    /// Means and variances against their formulas; 200,000 draws, so the tolerance is about 4 standard errors.
    #[test]
    fn distributions_have_their_moments() {
        let near = |found: (f64, f64), mean: f64, variance: f64| {
            let tolerance = 4.0 * libm::sqrt(variance / 200_000.0);
            assert!((found.0 - mean).abs() < tolerance, "{found:?}, mean {mean}");
            assert!((found.1 / variance - 1.0).abs() < 0.06, "{found:?}, variance {variance}");
        };
        near(moments(|random| random.exponential()), 1.0, 1.0);
        near(moments(|random| random.normal()), 0.0, 1.0);
        near(moments(|random| random.gamma(0.6)), 0.6, 0.6);
        near(moments(|random| random.gamma(4.5)), 4.5, 4.5);
        // Beta: ab / ((a+b)² (a+b+1)).
        near(moments(|random| random.beta(0.8, 4.5)), 0.8 / 5.3, 0.8 * 4.5 / (5.3 * 5.3 * 6.3));
        near(moments(|random| random.whole(2.3) as f64), 2.3, 0.21);
    }

    #[test]
    fn a_guide_chooses_as_the_weights_do() {
        let weights = cumulate([0.0, 3.0, 0.5, 0.0, 0.0, 9.0, 1e-6, 2.0, 0.0]);
        let guide = Guide::new(weights.clone());
        let (mut left, mut right) = (Random::new(3), Random::new(3));
        assert!((0..50_000).all(|_| guide.choose(&mut left) == right.weighted(&weights)));
        assert_eq!([guide.has(0), guide.has(1), guide.has(6), guide.has(8)], [false, true, true, false]);
        assert_eq!(Guide::new(Vec::new()).choose(&mut left), 0);
    }

    #[test]
    fn streams_of_neighbours_differ() {
        let draw = |seed, stream, index| Random::of(seed, stream, index).next();
        let first = draw(7, Stream::Day, 0);
        assert_eq!(first, draw(7, Stream::Day, 0));
        assert!(
            [draw(8, Stream::Day, 0), draw(7, Stream::Day, 1), draw(7, Stream::Stock, 0)]
                .iter()
                .all(|other| *other != first)
        );
    }
}
