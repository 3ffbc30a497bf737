//! Segments made on a day, outcomes after it, every test, and the verdict.

use std::collections::BTreeMap;

use confect_domain::{Date, Problem, ProblemKind};

use crate::caveat::Caveat;
use crate::orders::{Order, days_later, units};
use crate::rfm::Rfm;

use super::bootstrap::{BootstrapOptions, Interval, difference_and_ratio};
use super::correction::holm;
use super::kruskal::{DunnPair, KruskalWallis, dunn, kruskal_wallis};
use super::mann_whitney::{EffectSize, MannWhitney, of_sorted};
use super::verdict::{Verdict, verdict};

/// Customers of one segment and what each brought after the day.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Name of the segment.
    pub name: String,
    /// One value per customer, in units of money; who brought nothing has 0.
    pub outcomes: Vec<f64>,
}

impl Group {
    /// Mean of the outcomes that are numbers; `None` without any.
    pub fn mean(&self) -> Option<f64> {
        let numbers = self.outcomes.iter().filter(|outcome| outcome.is_finite());
        let (count, sum) = numbers.fold((0_usize, 0.0), |(count, sum), outcome| (count + 1, sum + outcome));
        (count > 0).then(|| sum / count as f64)
    }
}

/// What is tested, and when it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProofOptions {
    /// Largest probability of a false claim.
    pub alpha: f64,
    /// Smaller groups are listed but not tested.
    pub min_customers: usize,
    /// Intervals of means.
    pub bootstrap: BootstrapOptions,
}

impl Default for ProofOptions {
    fn default() -> Self {
        Self { alpha: 0.05, min_customers: 10, bootstrap: BootstrapOptions::default() }
    }
}

/// The claimed segment against another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The other segment.
    pub other: String,
    /// The one-sided test.
    pub test: MannWhitney,
    /// Its p value for all comparisons at once.
    pub p_holm: f64,
    /// How large the effect is.
    pub effect: EffectSize,
    /// Difference of the means.
    pub difference: Option<Interval>,
    /// Ratio of the means; `None` where the other brought nothing.
    pub ratio: Option<Interval>,
}

/// Everything about one claim: this segment brings more than every other.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The claimed segment.
    pub claimed: String,
    /// All groups, as given.
    pub groups: Vec<Group>,
    /// Whether the tested groups differ at all.
    pub overall: KruskalWallis,
    /// Which pairs of tested groups differ; indices into [`groups`](Self::groups).
    pub pairs: Vec<DunnPair>,
    /// The claimed segment against each other tested one.
    pub comparisons: Vec<Comparison>,
    /// The probability of a false claim that it is the highest of all; 1 where nothing was tested.
    pub p_highest: f64,
    /// What that amounts to.
    pub verdict: Verdict,
    /// The same as a sentence.
    pub words: String,
    /// What to be careful about.
    pub caveats: Vec<Caveat>,
}

/// Tests that the segment `claimed` brings more in the `days` after the snapshot than every other.
///
/// # Errors
/// A [`Problem`] if there is no such segment or no day; never for data.
pub fn prove_segments(
    orders: &[Order],
    snapshot: &Rfm,
    claimed: &str,
    days: i32,
    options: &ProofOptions,
) -> Result<Proof, Problem> {
    if days <= 0 {
        let message = format!("the outcome spans {days} days, expected at least one");
        return Err(Problem::new(ProblemKind::Config, "proof-window", message));
    }
    let (from, to) = (snapshot.as_of, days_later(snapshot.as_of, days));
    let mut brought: BTreeMap<i64, i128> = BTreeMap::new();
    let mut last: Option<Date> = None;
    for order in orders {
        last = last.max(Some(order.day));
        if order.day > from && order.day <= to {
            let sum = brought.entry(order.customer).or_default();
            *sum = sum.saturating_add(order.revenue);
        }
    }
    let mut groups: Vec<Group> = snapshot
        .segments
        .iter()
        .map(|segment| Group { name: segment.name.clone(), outcomes: Vec::new() })
        .collect();
    for row in &snapshot.rows {
        if let Some(group) = groups.get_mut(usize::from(row.segment)) {
            group.outcomes.push(units(brought.get(&row.customer).copied().unwrap_or_default()));
        }
    }
    let mut proof = prove(groups, claimed, options)?;
    if last.is_none_or(|last| last < to) {
        let end = last.map_or("no order".to_owned(), |last| last.to_string());
        let message = format!("the outcome is to be seen up to {to}, but the data end with {end}");
        let remedy = "segment on an earlier day";
        proof.caveats.push(Caveat::new("proof-window-not-observed", snapshot.rows.len(), message, remedy));
    }
    Ok(proof)
}

/// Tests that one group has larger outcomes than every other.
///
/// # Errors
/// A [`Problem`] if there is no group of that name.
pub fn prove(groups: Vec<Group>, claimed: &str, options: &ProofOptions) -> Result<Proof, Problem> {
    let names = || groups.iter().map(|group| format!("`{}`", group.name)).collect::<Vec<_>>().join(", ");
    let Some(at) = groups.iter().position(|group| group.name == claimed) else {
        return Err(Problem::new(ProblemKind::User, "unknown-segment", format!("no segment `{claimed}`"))
            .with_hint(format!("there are {}", names())));
    };
    // Sorted, and without what is no number.
    let sorted: Vec<Vec<f64>> = groups
        .iter()
        .map(|group| {
            let mut values: Vec<f64> = group.outcomes.iter().copied().filter(|v| v.is_finite()).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        })
        .collect();
    let tested = |values: &&Vec<f64>| values.len() >= options.min_customers.max(2);
    let slices: Vec<&[f64]> =
        sorted.iter().map(|values| if tested(&values) { values.as_slice() } else { &[] }).collect();
    let caveats = caveats(&groups, &slices, options);
    let best = slices.get(at).copied().unwrap_or_default();
    let mut comparisons = Vec::new();
    for ((place, group), values) in groups.iter().enumerate().zip(&slices) {
        if place == at {
            continue;
        }
        let Some(test) = of_sorted(best, values) else { continue };
        let (difference, ratio) = difference_and_ratio(best, values, &options.bootstrap);
        comparisons.push(Comparison {
            other: group.name.clone(),
            test,
            p_holm: test.p_greater,
            effect: EffectSize::of(test.cliffs_delta),
            difference,
            ratio,
        });
    }
    let adjusted = holm(&comparisons.iter().map(|comparison| comparison.test.p_greater).collect::<Vec<_>>());
    for (comparison, p_holm) in comparisons.iter_mut().zip(adjusted) {
        comparison.p_holm = p_holm;
    }
    let p_highest = comparisons.iter().map(|comparison| comparison.test.p_greater).reduce(f64::max);
    let overall = kruskal_wallis(&slices);
    let pairs = dunn(&slices);
    let p_highest = p_highest.unwrap_or(1.0);
    let mean = groups.get(at).and_then(Group::mean);
    let (verdict, words) =
        verdict(claimed, best.len(), mean, &overall, &comparisons, p_highest, options.alpha);
    Ok(Proof {
        claimed: claimed.to_owned(),
        groups,
        overall,
        pairs,
        comparisons,
        p_highest,
        verdict,
        words,
        caveats,
    })
}

fn caveats(groups: &[Group], slices: &[&[f64]], options: &ProofOptions) -> Vec<Caveat> {
    let small: Vec<String> = groups
        .iter()
        .zip(slices)
        .filter(|(group, tested)| !group.outcomes.is_empty() && tested.is_empty())
        .map(|(group, _)| format!("`{}` ({})", group.name, group.outcomes.len()))
        .collect();
    let mut caveats = Vec::new();
    if !small.is_empty() {
        let message = format!(
            "fewer than {} customers, listed but not tested: {}",
            options.min_customers,
            small.join(", ")
        );
        caveats.push(Caveat::new("proof-small-group", small.len(), message, "use fewer, larger segments"));
    }
    let dropped: usize =
        groups.iter().flat_map(|group| &group.outcomes).filter(|value| !value.is_finite()).count();
    if dropped > 0 {
        let message = format!("{dropped} outcomes are no numbers and are left out");
        caveats.push(Caveat::new("proof-not-a-number", dropped, message, "check the sums"));
    }
    caveats
}
