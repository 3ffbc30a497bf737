//! Sources whose newest data is older than they promise (`expect_every` in `sources/*.toml`).
//!
//! Asked of the clock at each refresh, also one that finds nothing new, which is when it matters, and each
//! time that the page is looked at. Where a source says `freshness = "critical"`, a refresh fails by it: one with new
//! data by the warehouse's check, one that finds nothing new here.

use std::collections::BTreeMap;

use confect_domain::{Date, Finding, Problem, ProblemKind, Severity};
use confect_warehouse::{RefreshRecord, days_late};
use serde_json::Value;

use crate::clock;
use crate::error::ServiceError;
use crate::shop::Shop;

/// The newest day of each source, as a run's record says it.
pub(crate) fn newest_days(record: &Value) -> BTreeMap<String, Date> {
    let sources = record.get("sources").and_then(Value::as_array);
    let newest = |source: &Value| {
        let day = Date::parse(source.get("newest")?.as_str()?)?;
        Some((source.get("name")?.as_str()?.to_owned(), day))
    };
    sources.map(|sources| sources.iter().filter_map(newest).collect()).unwrap_or_default()
}

impl Shop {
    /// A finding for each source that is late.
    pub(crate) fn late_sources(&self, record: &RefreshRecord) -> Result<Vec<Finding>, ServiceError> {
        let newest = if record.changed {
            let known = record.sources.iter();
            known.filter_map(|source| Some((source.name.clone(), source.newest?))).collect()
        } else {
            self.state.latest_record()?.map(|(_, record)| newest_days(&record)).unwrap_or_default()
        };
        let today = clock::now().day();
        let mut findings = Vec::new();
        for source in &self.project().sources {
            let spec = &source.spec;
            let Some((every, day)) = spec.options.expect_every.zip(newest.get(&spec.name).copied()) else {
                continue;
            };
            let late = days_late(day, every, today);
            if late > 0 {
                findings.push(finding(&spec.name, spec.options.freshness, every, day, late));
            }
        }
        Ok(findings)
    }
}

/// The refusal of a refresh that finds nothing new while a source is critically late.
pub(crate) fn too_late(findings: &[Finding]) -> Option<Problem> {
    let critical: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity == Severity::Critical).collect();
    let first = critical.first()?;
    let problem = Problem::new(ProblemKind::Data, "source-late", first.message.clone())
        .with_hint(first.remedy.clone())
        .with_hint("nothing is new; the last good publication stays live");
    let others: Vec<&str> = critical.iter().skip(1).map(|finding| finding.message.as_str()).collect();
    Some(if others.is_empty() { problem } else { problem.with_detail(others.join("\n")) })
}

fn finding(source: &str, severity: Severity, every: u32, newest: Date, late: u32) -> Finding {
    let days = |count: u32| if count == 1 { "day".to_owned() } else { format!("{count} days") };
    let late = if late == 1 { "a day".to_owned() } else { days(late) };
    Finding {
        code: "source-late",
        severity,
        source: source.to_owned(),
        file: None,
        line: None,
        column: None,
        value: None,
        message: format!(
            "source `{source}` should bring data every {}, but its newest is of {newest}: {late} late",
            days(every)
        ),
        remedy: "look whether the export ran and where its file went".to_owned(),
        rows: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_critical_lateness_refuses_and_names_every_source() {
        let day = Date::parse("2024-01-05").expect("a day");
        let late = |source: &str, severity| finding(source, severity, 1, day, 3);
        assert!(too_late(&[late("till", Severity::Warning)]).is_none());
        let findings = [
            late("crm", Severity::Warning),
            late("till", Severity::Critical),
            late("stock", Severity::Critical),
        ];
        let problem = too_late(&findings).expect("a problem");
        assert_eq!(
            problem.message,
            "source `till` should bring data every day, but its newest is of 2024-01-05: 3 days late"
        );
        assert!(problem.detail.is_some_and(|detail| detail.starts_with("source `stock`")));
    }

    #[test]
    fn a_record_of_an_older_program_says_nothing() {
        let record =
            serde_json::json!({ "sources": [{ "name": "till" }, { "name": "crm", "newest": null }] });
        assert!(newest_days(&record).is_empty());
    }
}
