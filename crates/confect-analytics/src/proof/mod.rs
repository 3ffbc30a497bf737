//! Whether segments differ where it counts: outside the window they were made in, in words that can say no.
//!
//! Customers are segmented with what was known on a day; the outcome is what they brought after it. In the same
//! window the claim would be circular, since money is part of the segment's definition.
//!
//! | question | test | source |
//! |---|---|---|
//! | do segments differ at all | Kruskal-Wallis, ε² | Kruskal and Wallis 1952, Tomczak 2014 |
//! | which pairs differ | Dunn, Holm | Dunn 1964, Holm 1979 |
//! | does one bring more than another | Mann-Whitney, one-sided; Cliff's δ | Mann and Whitney 1947, Cliff 1993 |
//! | is one the highest of all | the largest of these p values | intersection-union, Berger 1982 |
//! | by how much on average | bootstrap, BCa 95 % | Efron 1987 |
//!
//! Ranks do not add up to revenue and means do, so both are told; with many customers everything is significant,
//! so the size of the effect is told first.
//!
//! Deliberately absent: causes. A segment that brings more later was not made to by its name.

mod bootstrap;
mod correction;
mod kruskal;
mod mann_whitney;
mod segments;
mod verdict;

pub use bootstrap::{BootstrapOptions, Interval, IntervalMethod, mean_difference, mean_ratio};
pub use correction::{benjamini_hochberg, holm};
pub use kruskal::{DunnPair, KruskalWallis, dunn, kruskal_wallis};
pub use mann_whitney::{EffectSize, MannWhitney, mann_whitney};
pub use segments::{Comparison, Group, Proof, ProofOptions, prove, prove_segments};
pub use verdict::Verdict;
