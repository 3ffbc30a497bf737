//! Sources whose newest data is older than they promise (`expect_every` in `sources/*.toml`).
//!
//! Asked of the clock at each refresh, also one that finds nothing new, which is when it matters, and each
//! time that the page is looked at.

use std::collections::BTreeMap;

use confect_domain::{Date, Finding, Severity};
use confect_warehouse::RefreshRecord;
use serde_json::Value;

use crate::clock;
use crate::error::ServiceError;
use crate::shop::Shop;

/// How many days too old the newest data is: what should come every day has to be there on the next.
pub(crate) fn days_late(newest: Date, every: u32, today: Date) -> u32 {
    let age = i64::from(today.days()) - i64::from(newest.days());
    u32::try_from(age - i64::from(every)).unwrap_or(0)
}

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
    /// A warning for each source that is late.
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
                findings.push(finding(&spec.name, every, day, late));
            }
        }
        Ok(findings)
    }
}

fn finding(source: &str, every: u32, newest: Date, late: u32) -> Finding {
    let days = |count: u32| if count == 1 { "day".to_owned() } else { format!("{count} days") };
    let late = if late == 1 { "a day".to_owned() } else { days(late) };
    Finding {
        code: "source-late",
        severity: Severity::Warning,
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
    fn f87_a_day_that_is_missing_is_told_on_the_next_but_one() {
        let day = |text: &str| Date::parse(text).expect("a day");
        let cases = [
            ("2024-01-05", 1, "2024-01-05", 0),
            ("2024-01-05", 1, "2024-01-06", 0),
            ("2024-01-05", 1, "2024-01-07", 1),
            ("2024-01-05", 7, "2024-01-12", 0),
            ("2024-01-05", 7, "2024-01-15", 3),
            // A file of tomorrow is not late.
            ("2024-01-06", 1, "2024-01-05", 0),
        ];
        for (newest, every, today, late) in cases {
            assert_eq!(days_late(day(newest), every, day(today)), late, "{newest} {every} {today}");
        }
    }

    #[test]
    fn a_record_of_an_older_program_says_nothing() {
        let record =
            serde_json::json!({ "sources": [{ "name": "till" }, { "name": "crm", "newest": null }] });
        assert!(newest_days(&record).is_empty());
    }
}
