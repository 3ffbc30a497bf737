//! `segment_proof`: whether segments differ in what they brought after the day they were made.
//!
//! Reads one row per customer: `segment`, `segment_position`, the `outcome` after `as_of_date` up to and including
//! `outcome_to`. No rows (a history too short to look ahead) give the verdict that nothing can be tested.

use std::collections::BTreeMap;

use arrow::array::Array;
use confect_analytics::proof::{
    BootstrapOptions, Comparison, DunnPair, EffectSize, Group, Interval, Proof, ProofOptions, Verdict, prove,
};
use confect_domain::{Date, Finding, Parameters, Problem, Severity};

use super::orders::notes;
use super::{MethodError, MethodOutput, Rows, columns};

const PARAMETERS: [&str; 6] = ["claimed", "alpha", "min_customers", "replicates", "confidence", "seed"];
/// Draws of one interval; beyond, groups are so large that the normal approximation is as good.
const MOST_DRAWS: u64 = 1_500_000;

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    options(parameters).map(|_| ())
}

/// The claimed segment, if one is named, and the rest.
fn options(parameters: &Parameters) -> Result<(Option<String>, ProofOptions), Problem> {
    parameters.only(&PARAMETERS)?;
    let claimed = match parameters.get("claimed") {
        None => None,
        Some(parameter) => match parameter.value.as_text() {
            Some(text) => Some(text.to_owned()),
            None => return Err(parameter.refused("claimed", "the name of a segment")),
        },
    };
    let replicates = parameters.integer("replicates", 999, 100, 100_000)?;
    let least = parameters.integer("min_customers", 10, 2, 1_000_000)?;
    let bootstrap = BootstrapOptions {
        replicates: u32::try_from(replicates).unwrap_or(999),
        seed: parameters.integer("seed", 1, 0, i64::MAX)?.unsigned_abs(),
        confidence: parameters.number("confidence", 0.95, 0.5, 0.9999)?,
        most_draws: MOST_DRAWS,
    };
    let alpha = parameters.number("alpha", 0.05, 1e-6, 0.5)?;
    let options = ProofOptions { alpha, min_customers: usize::try_from(least).unwrap_or(10), bootstrap };
    Ok((claimed, options))
}

pub(super) fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let (claimed, options) = options(parameters)?;
    let day = |name: &str| -> Result<Option<Date>, MethodError> {
        Ok(rows.days(name)?.into_iter().flatten().next().map(Date::from_days))
    };
    let window = (day("as_of_date")?, day("outcome_to")?);
    let groups = groups(rows)?;
    let mut findings = Vec::new();
    let first = groups.first().map(|group| group.name.clone());
    let known = |name: &String| groups.iter().any(|group| group.name == *name);
    let claimed = match claimed {
        Some(name) if !known(&name) => {
            if !groups.is_empty() {
                let message = format!("nobody is in the segment `{name}`, which is claimed to bring most");
                findings.push(note("proof-no-such-segment", message, "name another one in `claimed`"));
            }
            None
        }
        Some(name) => Some(name),
        None => first,
    };
    let mut lines = Lines::default();
    match claimed {
        Some(claimed) => {
            let proof = prove(groups, &claimed, &options)?;
            findings.extend(notes(&proof.caveats, "segment_proof"));
            lines.tell(&proof, options.alpha);
        }
        None => {
            let words = "untestable: nobody was in a segment long enough ago to see what came after";
            findings.push(note("proof-no-window", words.to_owned(), "observe for longer"));
            lines.0.push(Line {
                test: "highest",
                verdict: Verdict::Untestable.word(),
                words: words.to_owned(),
                ..Line::default()
            });
        }
    }
    Ok(MethodOutput { parts: BTreeMap::from([("", lines.table(window)?)]), findings })
}

fn note(code: &'static str, message: String, remedy: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Note,
        source: "segment_proof".to_owned(),
        file: None,
        line: None,
        column: None,
        value: None,
        message,
        remedy: remedy.to_owned(),
        rows: 0,
    }
}

/// The customers of each segment, in the order of the segments.
fn groups(rows: &Rows) -> Result<Vec<Group>, MethodError> {
    let (names, outcomes) = (rows.texts("segment")?, rows.amounts("outcome")?);
    let positions = rows.integers("segment_position")?;
    let mut groups: BTreeMap<(i64, &str), Vec<f64>> = BTreeMap::new();
    for (row, outcome) in outcomes.iter().enumerate().filter(|(row, _)| names.is_valid(*row)) {
        let position = positions.get(row).copied().flatten().unwrap_or(i64::MAX);
        let money = outcome.unwrap_or_default() as f64 / 10f64.powi(columns::SCALE.into());
        groups.entry((position, names.value(row))).or_default().push(money);
    }
    let group = |((_, name), mut outcomes): ((i64, &str), Vec<f64>)| {
        // Rows come in any order; draws from them must not.
        outcomes.sort_unstable_by(f64::total_cmp);
        Group { name: name.to_owned(), outcomes }
    };
    Ok(groups.into_iter().map(group).collect())
}

/// One test.
#[derive(Default)]
struct Line {
    test: &'static str,
    segment: Option<String>,
    other: Option<String>,
    customers: Option<usize>,
    other_customers: Option<usize>,
    mean: Option<f64>,
    other_mean: Option<f64>,
    statistic_name: Option<&'static str>,
    statistic: Option<f64>,
    p: Option<f64>,
    p_adjusted: Option<f64>,
    effect_name: Option<&'static str>,
    effect: Option<f64>,
    effect_word: Option<&'static str>,
    difference: Option<Interval>,
    ratio: Option<Interval>,
    verdict: &'static str,
    words: String,
}

#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn tell(&mut self, proof: &Proof, alpha: f64) {
        let claimed = proof.groups.iter().find(|group| group.name == proof.claimed);
        self.0.push(Line {
            test: "highest",
            segment: Some(proof.claimed.clone()),
            customers: claimed.map(|group| group.outcomes.len()),
            mean: claimed.and_then(Group::mean),
            p: (!proof.comparisons.is_empty()).then_some(proof.p_highest),
            verdict: proof.verdict.word(),
            words: proof.words.clone(),
            ..Line::default()
        });
        let differ = proof.overall.h.is_some() && proof.overall.p < alpha;
        self.0.push(Line {
            test: "all",
            statistic_name: Some("H"),
            statistic: proof.overall.h,
            p: proof.overall.h.map(|_| proof.overall.p),
            effect_name: Some("epsilon squared"),
            effect: proof.overall.epsilon_squared,
            verdict: judged(proof.overall.h.is_some(), differ),
            words: if differ { "segments differ" } else { "segments may be alike" }.to_owned(),
            ..Line::default()
        });
        for comparison in &proof.comparisons {
            self.0.push(versus(proof, claimed, comparison, alpha));
        }
        for pair in &proof.pairs {
            self.0.push(pair_line(proof, pair, alpha));
        }
        for group in &proof.groups {
            self.0.push(Line {
                test: "segment",
                segment: Some(group.name.clone()),
                customers: Some(group.outcomes.len()),
                mean: group.mean(),
                verdict: "",
                words: String::new(),
                ..Line::default()
            });
        }
    }

    fn table(&self, window: (Option<Date>, Option<Date>)) -> Result<arrow::array::RecordBatch, MethodError> {
        let rows = &self.0;
        let count = |count: Option<usize>| count.and_then(|count| i64::try_from(count).ok());
        let number = |value: fn(&Line) -> Option<f64>| columns::numbers(rows.iter().map(value));
        let money = |value: fn(&Line) -> Option<f64>| columns::decimals(rows.iter().map(value));
        let text = |value: fn(&Line) -> Option<&str>| columns::texts(rows.iter().map(value));
        columns::table(vec![
            ("position", columns::integers((1..).zip(rows).map(|(position, _)| Some(position)))),
            ("test", text(|row| Some(row.test))),
            ("segment", text(|row| row.segment.as_deref())),
            ("other_segment", text(|row| row.other.as_deref())),
            ("customers", columns::integers(rows.iter().map(|row| count(row.customers)))),
            ("other_customers", columns::integers(rows.iter().map(|row| count(row.other_customers)))),
            ("mean_outcome", money(|row| row.mean)?),
            ("other_mean_outcome", money(|row| row.other_mean)?),
            ("statistic_name", text(|row| row.statistic_name)),
            ("statistic", number(|row| row.statistic)),
            ("p_value", number(|row| row.p)),
            ("p_adjusted", number(|row| row.p_adjusted)),
            ("effect_name", text(|row| row.effect_name)),
            ("effect_size", number(|row| row.effect)),
            ("effect_word", text(|row| row.effect_word)),
            ("difference", money(|row| row.difference.map(|ends| ends.estimate))?),
            ("difference_low", money(|row| row.difference.map(|ends| ends.low))?),
            ("difference_high", money(|row| row.difference.map(|ends| ends.high))?),
            ("ratio", money(|row| row.ratio.map(|ends| ends.estimate))?),
            ("ratio_low", money(|row| row.ratio.map(|ends| ends.low))?),
            ("ratio_high", money(|row| row.ratio.map(|ends| ends.high))?),
            ("verdict", text(|row| Some(row.verdict).filter(|word| !word.is_empty()))),
            ("words", text(|row| Some(row.words.as_str()).filter(|words| !words.is_empty()))),
            ("as_of_date", columns::days(rows.iter().map(|_| window.0))),
            ("outcome_to", columns::days(rows.iter().map(|_| window.1))),
        ])
    }
}

fn judged(tested: bool, differ: bool) -> &'static str {
    match (tested, differ) {
        (false, _) => Verdict::Untestable.word(),
        (true, true) => Verdict::Proven.word(),
        (true, false) => Verdict::NotProven.word(),
    }
}

/// The claimed segment against another one.
fn versus(proof: &Proof, claimed: Option<&Group>, comparison: &Comparison, alpha: f64) -> Line {
    let other = proof.groups.iter().find(|group| group.name == comparison.other);
    let more = comparison.p_holm < alpha;
    let (name, against) = (&proof.claimed, &comparison.other);
    let words = if more {
        format!("`{name}` brings more than `{against}`: {} effect", comparison.effect.word())
    } else {
        format!("`{name}` may bring no more than `{against}`")
    };
    Line {
        test: "versus",
        segment: Some(name.clone()),
        other: Some(against.clone()),
        customers: claimed.map(|group| group.outcomes.len()),
        other_customers: other.map(|group| group.outcomes.len()),
        mean: claimed.and_then(Group::mean),
        other_mean: other.and_then(Group::mean),
        statistic_name: Some("U"),
        statistic: Some(comparison.test.u),
        p: Some(comparison.test.p_greater),
        p_adjusted: Some(comparison.p_holm),
        effect_name: Some("Cliff's delta"),
        effect: Some(comparison.test.cliffs_delta),
        effect_word: Some(EffectSize::word(comparison.effect)),
        difference: comparison.difference,
        ratio: comparison.ratio,
        verdict: judged(true, more),
        words,
    }
}

fn pair_line(proof: &Proof, pair: &DunnPair, alpha: f64) -> Line {
    let (left, right) = (proof.groups.get(pair.left), proof.groups.get(pair.right));
    let name = |group: Option<&Group>| group.map(|group| group.name.clone());
    let differ = pair.p_holm < alpha;
    let verb = if differ { "differ" } else { "may be alike" };
    let words =
        format!("`{}` and `{}` {verb}", name(left).unwrap_or_default(), name(right).unwrap_or_default());
    Line {
        test: "pair",
        segment: name(left),
        other: name(right),
        customers: left.map(|group| group.outcomes.len()),
        other_customers: right.map(|group| group.outcomes.len()),
        mean: left.and_then(Group::mean),
        other_mean: right.and_then(Group::mean),
        statistic_name: Some("z"),
        statistic: Some(pair.z),
        p: Some(pair.p),
        p_adjusted: Some(pair.p_holm),
        verdict: judged(true, differ),
        words,
        ..Line::default()
    }
}
