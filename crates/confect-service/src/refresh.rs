//! A refresh as the application runs it: plan from the project, run in the warehouse, note in the history.

use confect_domain::{Finding, Problem, ProblemKind};
use confect_warehouse::{
    FileRecord, LateRows, RefreshMode, RefreshPlan, RefreshProgress, RefreshRecord, WarehouseError,
};
use serde_json::{Map, Value, json};

use crate::clock;
use crate::databases::{Extracts, Held};
use crate::delivery;
use crate::error::ServiceError;
use crate::freshness::too_late;
use crate::shop::Shop;
use crate::state::audit::{Entry, append};

/// Files of a source whose account is kept with the run; `fact_reconciliation` has all.
const LISTED_FILES: usize = 200;

/// How a refresh ended, when it did not fail.
#[derive(Clone, Debug)]
pub enum RefreshOutcome {
    /// It ran; `changed` in the record says whether there is a new publication.
    Done(Box<RefreshRecord>),
    /// Another one runs since that moment, RFC 3339.
    AlreadyRunning(String),
}

/// How a refresh is to go about it.
#[derive(Clone, Debug, Default)]
pub struct RefreshWish {
    /// Rebuild even if nothing changed.
    pub full: bool,
    /// Sources that may have lost more rows than would go unasked.
    pub accept_shrink: Vec<String>,
    /// Bytes of lines that are built in one go; `None` leaves it to the program.
    pub part_bytes: Option<u64>,
}

impl Shop {
    /// Reads what is new, builds, checks and publishes; `full` rebuilds even if nothing changed.
    ///
    /// The run is noted in the history, whether it succeeds or fails.
    ///
    /// # Errors
    /// Anything that keeps the tables from being whole and right; the last publication stays live.
    pub fn refresh(&self, full: bool, progress: &dyn RefreshProgress) -> Result<RefreshOutcome, Problem> {
        self.refresh_as(&RefreshWish { full, ..RefreshWish::default() }, progress)
    }

    /// The same with wishes.
    ///
    /// # Errors
    /// As [`Self::refresh`], and a source that the project does not have.
    pub fn refresh_as(
        &self,
        wish: &RefreshWish,
        progress: &dyn RefreshProgress,
    ) -> Result<RefreshOutcome, Problem> {
        self.refresh_recorded(wish, progress).map_err(|problem| self.placed(problem))
    }

    /// Says where the state database lies and what is free there, if it is that which failed.
    fn placed(&self, problem: Problem) -> Problem {
        if problem.code != "state-database" {
            return problem;
        }
        let folder = self.root().join("state");
        let free = confect_warehouse::free_bytes(&folder).unwrap_or_default() / 1_000;
        problem
            .with_detail(folder.display().to_string())
            .with_hint(format!("{free} kB are free there; then run `confect refresh` again"))
    }

    fn refresh_recorded(
        &self,
        wish: &RefreshWish,
        progress: &dyn RefreshProgress,
    ) -> Result<RefreshOutcome, Problem> {
        self.check_sources(&wish.accept_shrink)?;
        let started = clock::now();
        let run = self.state.begin_run(started)?;
        let folder = self.root().join("warehouse");
        // Held until the warehouse has read them.
        let mut extracts = match self.extract_databases(wish.full, started, progress) {
            Ok(Ok(extracts)) => extracts,
            Ok(Err(Held(since))) => {
                self.state.forget_run(run)?;
                return Ok(RefreshOutcome::AlreadyRunning(since));
            }
            Err(error) => return Err(self.failed(run, error.into())),
        };
        let result = match self.plan(wish, &extracts) {
            Ok(plan) => confect_warehouse::refresh(&folder, plan, &started.rfc3339(), progress),
            Err(error) => return Err(self.failed(run, error.into())),
        };
        match result {
            Ok(mut record) => {
                record.findings.append(&mut extracts.findings);
                let late = self.late_sources(&record)?;
                if let Some(problem) = too_late(&late).filter(|_| !record.changed) {
                    return Err(self.failed(run, problem));
                }
                record.findings.extend(late);
                self.state.finish_run(run, clock::now(), &record)?;
                if record.changed {
                    self.note_quarantine()?;
                }
                self.note_refresh(if record.changed { "published" } else { "unchanged" })?;
                Ok(RefreshOutcome::Done(Box::new(record)))
            }
            Err(WarehouseError::Locked { since }) => {
                self.state.forget_run(run)?;
                Ok(RefreshOutcome::AlreadyRunning(since))
            }
            Err(WarehouseError::Contract { failures, checks }) => {
                let _ = self.state.note_checks(run, &checks);
                Err(self.failed(run, WarehouseError::Contract { failures, checks: Vec::new() }.into()))
            }
            Err(error) => Err(self.failed(run, error.into())),
        }
    }

    fn check_sources(&self, names: &[String]) -> Result<(), Problem> {
        let known: Vec<&str> =
            self.project().sources.iter().map(|source| source.spec.name.as_str()).collect();
        let Some(name) = names.iter().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
        let problem =
            Problem::new(ProblemKind::User, "source-unknown", format!("there is no source `{name}`"));
        Err(match confect_domain::names::nearest(name, known.iter().copied()) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem.with_hint(format!("sources of this project: {}", known.join(", "))),
        })
    }

    /// The first problem is the one to tell; a history that cannot be written comes second.
    fn failed(&self, run: i64, problem: Problem) -> Problem {
        let _ = self.state.fail_run(run, clock::now(), &problem);
        let _ = self.note_refresh("failed");
        problem
    }

    fn note_refresh(&self, result: &str) -> Result<(), ServiceError> {
        let entry = Entry { actor: "owner", action: "refresh", object: "warehouse", result };
        self.state.write(|transaction| append(transaction, clock::now(), &entry))
    }

    fn plan(&self, wish: &RefreshWish, extracts: &Extracts) -> Result<RefreshPlan, ServiceError> {
        let project = self.project();
        let mut sources = project.specs_with_files().map_err(ServiceError::Project)?;
        let growing_files = delivery::set_growing_aside(&mut sources);
        for (index, (_, files)) in sources.iter_mut().enumerate() {
            files.extend(extracts.files.get(&index).cloned());
        }
        let tomorrow = clock::now().day().plus_days(1);
        for (spec, _) in &mut sources {
            spec.options.inside = vec![self.root().to_owned()];
            spec.options.latest_date = Some(tomorrow);
        }
        Ok(RefreshPlan {
            growing_files,
            accept_shrink: wish.accept_shrink.clone(),
            sources,
            models: project.models.clone(),
            seeds: project.seeds.clone(),
            identity: project.identity.clone(),
            currency: project.shop.currency.clone(),
            as_of: project.shop.as_of,
            part_bytes: wish.part_bytes,
            whole_months: project.shop.whole_months,
            calendar: project.shop.calendar,
            fingerprint: project.fingerprint.clone(),
            full: wish.full,
            unread_files: told_unread(project.unread_files()),
        })
    }
}

/// Without the manifest of invented files, which says what they hold and is none of them.
pub(crate) fn told_unread(mut files: Vec<String>) -> Vec<String> {
    files.retain(|file| file.rsplit('/').next() != Some(confect_generate::TRUTH_FILE));
    files
}

/// The record as scripts read it (the last line of `confect refresh --json`).
pub fn record_json(record: &RefreshRecord) -> Value {
    let balance = &record.balance;
    let tables: Map<String, Value> =
        record.tables.iter().map(|(name, rows)| (name.clone(), json!(rows))).collect();
    let buckets: Map<String, Value> = record
        .buckets
        .iter()
        .map(|(name, bucket)| (name.clone(), json!({ "rows": bucket.rows, "amount": bucket.amount_text() })))
        .collect();
    let sources: Vec<Value> = record
        .sources
        .iter()
        .map(|source| {
            let files: Vec<Value> = record
                .files
                .iter()
                .filter(|file| file.source == source.name)
                .take(LISTED_FILES)
                .map(file_json)
                .collect();
            json!({
                "newest": source.newest.map(|day| day.to_string()),
                "name": source.name, "entity": source.entity, "files": source.files, "first_files": files,
                "rows_in": source.balance.rows_in, "rows_loaded": source.balance.loaded.rows,
                "rows_quarantined": source.balance.quarantined.rows,
                "rows_deduplicated": source.balance.deduplicated.rows,
            })
        })
        .collect();
    let steps: Map<String, Value> =
        record.steps.iter().map(|step| (step.name.clone(), json!(rounded(step.seconds)))).collect();
    let timeline: Vec<Value> = record
        .steps
        .iter()
        .map(|step| json!({ "name": step.name, "start": rounded(step.start), "seconds": rounded(step.seconds) }))
        .collect();
    let failed: Vec<Value> = record
        .checks
        .iter()
        .filter(|check| !check.passed())
        .map(|check| {
            json!({ "table": check.table, "name": check.name, "severity": check.severity.word(),
                             "failing_rows": check.failing_rows, "message": check.message })
        })
        .collect();
    let (mode, because, new_files, new_rows, by_key) = match &record.mode {
        RefreshMode::Unchanged => ("unchanged", None, Some(0), Some(0), None),
        RefreshMode::Full { because } => ("full", because.as_deref(), None, None, None),
        RefreshMode::Increment { files, rows, by_key } => {
            ("increment", None, Some(*files), Some(*rows), Some(by_key))
        }
    };
    json!({
        "publication": record.publication,
        "changed": record.changed,
        "mode": mode,
        "because": because,
        "new_files": new_files,
        "new_rows": new_rows,
        "by_key": by_key,
        "rows_in": balance.rows_in,
        "rows_loaded": balance.loaded.rows,
        "rows_deduplicated": balance.deduplicated.rows,
        "rows_quarantined": balance.quarantined.rows,
        "seconds": rounded(record.seconds),
        "checks_passed": record.checks_passed,
        "checks_total": record.checks_total,
        "tables": tables,
        "buckets": buckets,
        "sources": sources,
        "steps": steps,
        "timeline": timeline,
        "checks_failed": failed,
        "late": record.late.iter().map(late_json).collect::<Vec<_>>(),
        "findings": record.findings.iter().map(finding_json).collect::<Vec<_>>(),
    })
}

/// `month` as `2024-01`.
fn late_json(late: &LateRows) -> Value {
    let month = late.month.to_string();
    json!({ "source": late.source, "month": month.get(..7).unwrap_or(&month), "rows": late.rows })
}

fn file_json(file: &FileRecord) -> Value {
    let balance = &file.balance;
    json!({
        "label": file.label, "rows_in": balance.rows_in, "loaded": balance.loaded.rows,
        "quarantined": balance.quarantined.rows, "deduplicated": balance.deduplicated.rows,
        "bytes": balance.bytes_in, "encoding": file.encoding, "delimiter": file.delimiter.to_string(),
    })
}

/// Without the value: it may say something about a person.
fn finding_json(finding: &Finding) -> Value {
    json!({
        "code": finding.code, "severity": finding.severity.word(), "source": finding.source,
        "file": finding.file, "line": finding.line, "column": finding.column,
        "message": finding.message, "remedy": finding.remedy, "rows": finding.rows,
    })
}

/// To the millisecond.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}
