//! `refresh` with its summary, and `runs`.

use std::path::Path;

use confect_domain::problem::printable;
use confect_domain::{Finding, Severity};
use confect_service::{RefreshMode, RefreshOutcome, RefreshRecord, RefreshWish, Run, Shop, record_json};
use serde_json::{Value, json};

use super::{Outcome, one, open};
use crate::arguments::{Refresh, Runs};
use crate::printer::Printer;
use crate::progress::Progress;
use crate::table::{grouped, money, table};

/// Findings that the summary shows.
const SHOWN_FINDINGS: usize = 5;

pub(super) fn run(root: &Path, refresh: &Refresh, printer: &Printer) -> Outcome {
    let shop = open(root)?;
    let wish = RefreshWish {
        full: refresh.full,
        accept_shrink: refresh.accept_shrink.clone(),
        part_bytes: Some(refresh.part_mb << 20),
    };
    match refresh_as(&shop, &wish, printer)? {
        RefreshOutcome::Done(record) if refresh.json => printer.data(&record_json(&record).to_string()),
        RefreshOutcome::AlreadyRunning(since) if refresh.json => {
            printer.data(&json!({ "already_running_since": since }).to_string());
        }
        _ => {}
    }
    Ok(())
}

/// Refreshes with progress and ends with the summary.
pub(super) fn refresh_shop(
    shop: &Shop,
    full: bool,
    printer: &Printer,
) -> Result<RefreshOutcome, Vec<confect_domain::Problem>> {
    refresh_as(shop, &RefreshWish { full, ..RefreshWish::default() }, printer)
}

/// The same with wishes.
fn refresh_as(
    shop: &Shop,
    wish: &RefreshWish,
    printer: &Printer,
) -> Result<RefreshOutcome, Vec<confect_domain::Problem>> {
    let progress = Progress::new(printer);
    let outcome = shop.refresh_as(wish, &progress);
    progress.done();
    let outcome = outcome.map_err(one)?;
    match &outcome {
        RefreshOutcome::Done(record) => {
            summary(record, &shop.info().currency).iter().for_each(|line| printer.note(line))
        }
        RefreshOutcome::AlreadyRunning(since) => {
            printer.note(&format!("a refresh is already running since {since}"))
        }
    }
    Ok(outcome)
}

fn summary(record: &RefreshRecord, currency: &str) -> Vec<String> {
    let balance = &record.balance;
    let count = |number: u64| grouped(&number.to_string());
    let mut lines = Vec::new();
    if !record.changed {
        lines.push(format!("nothing changed; publication {} stays live", record.publication));
        lines.extend(findings(&record.findings));
        return lines;
    }
    lines.extend(how(&record.mode));
    lines.push(format!(
        "{} rows in = {} loaded + {} set aside + {} duplicates",
        count(balance.rows_in),
        count(balance.loaded.rows),
        count(balance.quarantined.rows),
        count(balance.deduplicated.rows)
    ));
    let width = record.buckets.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    for (name, bucket) in &record.buckets {
        let amount = money(&bucket.amount_text(), currency);
        lines.push(format!("  {name:<width$}  {:>11} rows  {amount:>20}", count(bucket.rows)));
    }
    let tables: Vec<String> =
        record.tables.iter().map(|(name, rows)| format!("{name} {}", count(*rows))).collect();
    lines.push(format!("tables: {}", tables.join(", ")));
    lines.push(format!(
        "checks: {} of {} passed",
        count(record.checks_passed.into()),
        count(record.checks_total.into())
    ));
    lines.extend(findings(&record.findings));
    lines.push(format!("publication {} is live after {:.1} s", record.publication, record.seconds));
    lines
}

/// Whether rows were added or everything was built, where that is not plain.
fn how(mode: &RefreshMode) -> Option<String> {
    match mode {
        RefreshMode::Increment { files, rows, .. } => {
            let (files, rows) = (grouped(&files.to_string()), grouped(&rows.to_string()));
            Some(format!("added {rows} rows of {files} new files to what was there; all together:"))
        }
        RefreshMode::Full { because: Some(because) } => {
            Some(format!("everything was built again, because {because}"))
        }
        RefreshMode::Full { because: None } | RefreshMode::Unchanged => None,
    }
}

/// The findings that matter most, each with what to do about it.
fn findings(all: &[Finding]) -> Vec<String> {
    let mut sorted: Vec<&Finding> = all.iter().filter(|finding| finding.severity != Severity::Note).collect();
    sorted.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), std::cmp::Reverse(finding.rows)));
    let mut lines = Vec::new();
    for finding in sorted.iter().take(SHOWN_FINDINGS) {
        let place = match (&finding.file, finding.line) {
            (Some(file), Some(line)) => format!("{}:{line}: ", printable(file)),
            (Some(file), None) => format!("{}: ", printable(file)),
            _ => String::new(),
        };
        let rows = if finding.rows > 0 {
            format!(" ({} rows)", grouped(&finding.rows.to_string()))
        } else {
            String::new()
        };
        lines.push(format!(
            "{}[{}]: {place}{}{rows}",
            finding.severity.word(),
            finding.code,
            finding.message
        ));
        lines.push(format!("  remedy: {}", finding.remedy));
    }
    if sorted.len() > SHOWN_FINDINGS {
        lines.push(format!("and {} more findings; `--json` lists them all", sorted.len() - SHOWN_FINDINGS));
    }
    lines
}

pub(super) fn runs(root: &Path, runs: &Runs, printer: &Printer) -> Outcome {
    let list = open(root)?.runs(runs.limit).map_err(one)?;
    if runs.json {
        printer.data(&Value::Array(list.iter().map(run_json).collect()).to_string());
        return Ok(());
    }
    let columns = [
        "run",
        "started",
        "outcome",
        "publication",
        "rows in",
        "loaded",
        "set aside",
        "duplicates",
        "seconds",
    ];
    let number = |number: Option<i64>| number.map(|number| grouped(&number.to_string()));
    let row = |run: &Run| {
        vec![
            Some(run.id.to_string()),
            Some(run.started_at.clone()),
            Some(run.outcome.clone()),
            number(run.publication),
            number(run.rows_in),
            number(run.rows_loaded),
            number(run.rows_quarantined),
            number(run.rows_deduplicated),
            run.seconds.map(|seconds| format!("{seconds:.1}")),
        ]
    };
    let rows: Vec<Vec<Option<String>>> = list.iter().map(row).collect();
    let numeric = [true, false, false, true, true, true, true, true, true];
    printer.data(&table(&columns.map(str::to_owned), &numeric, &rows));
    Ok(())
}

fn run_json(run: &Run) -> Value {
    json!({
        "run": run.id, "started_at": run.started_at, "finished_at": run.finished_at, "outcome": run.outcome,
        "publication": run.publication, "rows_in": run.rows_in, "rows_loaded": run.rows_loaded,
        "rows_quarantined": run.rows_quarantined, "rows_deduplicated": run.rows_deduplicated,
        "seconds": run.seconds, "problem": run.problem,
    })
}
