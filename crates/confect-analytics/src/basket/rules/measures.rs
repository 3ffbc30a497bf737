//! How good a rule is, from four counts: methods.md 3.2 with the formulas and their edges.
//!
//! Each measure is worked out from whole numbers; differences are taken before anything is rounded.

/// The four counts of a rule "who has A also has C".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RuleCounts {
    /// Baskets looked at.
    pub baskets: u32,
    /// Baskets with all of A.
    pub antecedent: u32,
    /// Baskets with all of C.
    pub consequent: u32,
    /// Baskets with both.
    pub both: u32,
}

impl RuleCounts {
    fn all(self) -> (f64, f64, f64, f64) {
        (self.baskets.into(), self.antecedent.into(), self.consequent.into(), self.both.into())
    }

    /// `baskets * both - antecedent * consequent`: above 0 if they meet more often than by chance.
    fn excess(self) -> f64 {
        let product = |left: u32, right: u32| i128::from(left) * i128::from(right);
        (product(self.baskets, self.both) - product(self.antecedent, self.consequent)) as f64
    }

    /// The share of baskets with both; 0 without baskets.
    pub fn support(self) -> f64 {
        let (n, _, _, j) = self.all();
        ratio(j, n)
    }

    /// Of the baskets with A, the share that also has C; 0 if none has A.
    pub fn confidence(self) -> f64 {
        let (_, a, _, j) = self.all();
        ratio(j, a)
    }

    /// How many times as often as by chance; 1 is chance, 0 if A or C is in no basket.
    pub fn lift(self) -> f64 {
        let (n, a, c, j) = self.all();
        ratio(n * j, a * c)
    }

    /// Share of baskets above what chance would give (Piatetsky-Shapiro), from -0.25 to 0.25.
    pub fn leverage(self) -> f64 {
        let (n, ..) = self.all();
        ratio(self.excess(), n * n)
    }

    /// How many times as often the rule would be wrong by chance; `None` (infinite) if it never is.
    pub fn conviction(self) -> Option<f64> {
        let (n, a, c, j) = self.all();
        (self.antecedent > self.both).then(|| ratio((n - c) * a, n * (a - j)))
    }

    /// Zhang's measure, from -1 (never together) to 1 (never apart); 0 if it is not defined.
    pub fn zhang(self) -> f64 {
        let (n, a, c, j) = self.all();
        ratio(self.excess(), (j * (n - a)).max(a * (c - j)))
    }

    /// Baskets with both, of those with either.
    pub fn jaccard(self) -> f64 {
        let (_, a, c, j) = self.all();
        ratio(j, a + c - j)
    }

    /// The mean of the confidence both ways; to be read with [`imbalance`](Self::imbalance).
    pub fn kulczynski(self) -> f64 {
        let (_, a, c, j) = self.all();
        (ratio(j, a) + ratio(j, c)) / 2.0
    }

    /// The geometric mean of the confidence both ways.
    pub fn cosine(self) -> f64 {
        let (_, a, c, j) = self.all();
        ratio(j, (a * c).sqrt())
    }

    /// How much more often the one side is bought than the other, 0 to 1.
    pub fn imbalance(self) -> f64 {
        let (_, a, c, j) = self.all();
        ratio((a - c).abs(), a + c - j)
    }

    /// Chi squared with one degree of freedom, without correction; 0 if a side is in no or every basket.
    pub fn chi_squared(self) -> f64 {
        let (n, a, c, _) = self.all();
        ratio(n * self.excess() * self.excess(), a * c * (n - a) * (n - c))
    }
}

/// 0 where the ratio is not defined.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
