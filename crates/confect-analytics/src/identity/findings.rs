//! What a person should know about evidence that was not used: one finding per rule and reason.

use confect_domain::{Finding, Severity};

use super::identities::{Identities, Reason, Unused};
use super::record::IdentityRule;

impl Identities<'_> {
    /// One finding per rule and reason, with the number of cases in `rows` and the first as an example.
    pub fn findings(&self, source: &str) -> Vec<Finding> {
        let mut sorted: Vec<&Unused<'_>> = self.unused.iter().collect();
        sorted.sort_by_key(|unused| (unused.rule, unused.reason.code()));
        let same = |left: &&Unused<'_>, right: &&Unused<'_>| {
            left.rule == right.rule && left.reason.code() == right.reason.code()
        };
        let groups = sorted.chunk_by(same);
        groups.filter_map(|group| Some(finding(source, group.first()?, group.len()))).collect()
    }
}

fn finding(source: &str, example: &Unused<'_>, cases: usize) -> Finding {
    let shared = example.rule.shared_with_article();
    let pair = format!("`{}` and `{}`", example.left, example.right);
    let (said, remedy) = match example.reason {
        Reason::Shared { ids } => (
            format!("{ids} customers such as {pair} share {shared}, too many for one person"),
            "ignore the value if it is the shop's own; raise `most_sharing` if one person has so many ids",
        ),
        Reason::NamesDiffer => (
            format!("{pair} share {shared} under different names and stay two customers"),
            "join those that are one person under `merge`",
        ),
        Reason::NameMissing => (
            format!("{pair} share {shared} but one has no name"),
            "fill in the name, or join them under `merge`",
        ),
        Reason::ContactDiffers => (
            format!("{pair} share {shared} but not how they are reached, and stay two customers"),
            "join those that are one person under `merge`",
        ),
        Reason::CountryDiffers => (
            format!("{pair} share {shared} in two countries and stay two customers"),
            "correct the country, or join them under `merge`",
        ),
        Reason::Ambiguous => (
            format!("{pair} share {shared} with others who contradict"),
            "tell whose the value is: join that pair under `merge`",
        ),
        Reason::KeptApart { left, right } if example.rule == IdentityRule::ByHand => (
            format!("{pair} are on `merge`, but `{left}` and `{right}` on `keep_apart`, which wins"),
            "take one of the two pairs off its list",
        ),
        Reason::KeptApart { left, right } => (
            format!(
                "{pair} share {shared} but stay two customers, since `{left}` and `{right}` are kept apart"
            ),
            "nothing to do; take the pair off `keep_apart` if it is one person after all",
        ),
        Reason::UnknownId => (
            format!("{pair} are a pair decided by hand but not both are customers"),
            "correct the id, or take the pair off the list",
        ),
    };
    let more = if cases > 1 { format!(" (the first of {cases} such cases)") } else { String::new() };
    let message = format!("{said}{more}: {}", example.explanation);
    // Decisions that cannot be followed want an answer; the rest is worth a look.
    let severity = if example.rule == IdentityRule::ByHand { Severity::Warning } else { Severity::Note };
    Finding {
        code: example.reason.code(),
        severity,
        source: source.to_owned(),
        file: None,
        line: None,
        column: None,
        value: None,
        message,
        remedy: remedy.to_owned(),
        rows: cases as u64,
    }
}
