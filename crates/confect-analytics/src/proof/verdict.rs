//! What the tests amount to, as a word and as a sentence.

use super::kruskal::KruskalWallis;
use super::mann_whitney::EffectSize;
use super::segments::Comparison;

/// What is known about the claim that one segment brings more than every other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does, by ranks and on average, and more than negligibly.
    Proven,
    /// It does by ranks, but the effect is negligible against one or the means may be equal.
    ProvenWeakly,
    /// It may be chance, against one segment at least.
    NotProven,
    /// Another segment brings more.
    Contradicted,
    /// There is nothing to test.
    Untestable,
}

impl Verdict {
    /// The words that are shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::ProvenWeakly => "proven weakly",
            Self::NotProven => "not proven",
            Self::Contradicted => "contradicted",
            Self::Untestable => "untestable",
        }
    }
}

/// The verdict, and a sentence that begins with it.
pub(super) fn verdict(
    claimed: &str,
    customers: usize,
    mean: Option<f64>,
    overall: &KruskalWallis,
    comparisons: &[Comparison],
    p_highest: f64,
    alpha: f64,
) -> (Verdict, String) {
    let tell = |verdict: Verdict, rest: String| (verdict, format!("{}: {rest}", verdict.word()));
    let mean = mean.unwrap_or_default();
    let Some(weakest) =
        comparisons.iter().max_by(|left, right| left.test.p_greater.total_cmp(&right.test.p_greater))
    else {
        let rest = format!("`{claimed}` or all others have too few customers to test");
        return tell(Verdict::Untestable, rest);
    };
    if overall.h.is_none() {
        return tell(Verdict::Untestable, "all customers brought the same".to_owned());
    }
    let other = &weakest.other;
    // The reverse claim at the same level, for as many comparisons.
    let level = alpha / comparisons.len().max(1) as f64;
    let reverse = comparisons
        .iter()
        .find(|comparison| comparison.test.cliffs_delta < 0.0 && comparison.test.p_two_sided < 2.0 * level);
    if let Some(higher) = reverse {
        let rest = format!(
            "`{}` brings more than `{claimed}` (Cliff's delta {:.2}, {})",
            higher.other,
            higher.test.cliffs_delta,
            higher.effect.word()
        );
        return tell(Verdict::Contradicted, rest);
    }
    if p_highest >= alpha {
        let rest = format!(
            "`{claimed}` ({customers} customers, mean {mean:.2}) against `{other}` may be chance (p {}, \
             Cliff's delta {:.2})",
            shown(p_highest),
            weakest.test.cliffs_delta
        );
        return tell(Verdict::NotProven, rest);
    }
    let against = format!(
        "`{claimed}` ({customers} customers, mean {mean:.2}) brought more than each of {} other segments \
         (largest p {}, against `{other}`)",
        comparisons.len(),
        shown(p_highest)
    );
    if let Some(slight) = comparisons.iter().find(|comparison| comparison.effect == EffectSize::Negligible) {
        let delta = slight.test.cliffs_delta;
        let rest =
            format!("{against}, but negligibly more than `{}` (Cliff's delta {delta:.2})", slight.other);
        return tell(Verdict::ProvenWeakly, rest);
    }
    let touches_zero =
        |comparison: &&Comparison| comparison.difference.is_none_or(|interval| interval.low <= 0.0);
    if let Some(equal) = comparisons.iter().find(touches_zero) {
        let rest = format!("{against}, but on average it may be no more than `{}`", equal.other);
        return tell(Verdict::ProvenWeakly, rest);
    }
    let least = comparisons.iter().map(|comparison| comparison.test.cliffs_delta).fold(1.0, f64::min);
    let size = EffectSize::of(least).word();
    tell(Verdict::Proven, format!("{against}; Cliff's delta is {least:.2} at least, {size}"))
}

fn shown(p: f64) -> String {
    if p < 0.001 { format!("{p:.1e}") } else { format!("{p:.3}") }
}
