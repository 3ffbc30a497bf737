//! One refresh: read what is there, build the models, check them, and publish all tables at once.
//!
//! Nothing becomes visible before the last step. A refresh of the same files under the same
//! definitions changes nothing and publishes nothing.
//! Deliberately not here: incremental builds; what changed is rebuilt whole.

mod arrange;
mod calendar;
mod identity;
mod inputs;
mod janitor;
mod lock;
mod models;
mod quarantine;
mod reconcile;
mod record;
mod schedule;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use confect_analytics::identity::IdentityRules;
use confect_domain::{Balance, Date, Finding, Model, Seed, Severity};
use confect_ingest::{InputFile, SourceSpec};

use crate::contract::Checks;
use crate::error::{WarehouseError, sentence};
use crate::publish::{self, Publication, PublishedBucket, PublishedSource, PublishedTable};
use crate::storage;
pub use record::{FileRecord, RefreshRecord, SourceRecord, StepRecord};

/// Goes up whenever this program makes other tables of the same files and definitions than before, so
/// that the next refresh after an upgrade rebuilds them.
const TABLES_VERSION: u32 = 3;

/// What a refresh is to do.
#[derive(Clone, Debug)]
pub struct RefreshPlan {
    /// Sources with the files that are there.
    pub sources: Vec<(SourceSpec, Vec<InputFile>)>,
    /// Models of every layer.
    pub models: Vec<Model>,
    /// Small lists that models join.
    pub seeds: Vec<Seed>,
    /// By which rules customers are told to be one person.
    pub identity: IdentityRules,
    /// The shop's currency, for lines that state none.
    pub currency: String,
    /// The day from which recency counts; by default the day after the last sale.
    pub as_of: Option<Date>,
    /// Hash of every definition that shapes the tables.
    pub fingerprint: String,
    /// Rebuild even if nothing changed.
    pub full: bool,
    /// Files below `data/` that no source reads.
    pub unread_files: Vec<String>,
    /// Files that were left out because they were still being written.
    pub growing_files: Vec<String>,
}

/// Told how far a refresh is.
pub trait RefreshProgress: Sync {
    /// A step begins.
    fn step(&self, name: &str);
    /// Bytes and rows read so far in this step.
    fn advanced(&self, _bytes: u64, _rows: u64) {}
    /// Whether the refresh should stop.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Tells nobody.
pub struct NoRefreshProgress;

impl RefreshProgress for NoRefreshProgress {
    fn step(&self, _name: &str) {}
}

/// Runs a refresh into `folder` (`<project>/warehouse`). `now` is RFC 3339.
///
/// # Errors
/// Anything that keeps the tables from being whole and right; then nothing is published.
pub fn refresh(
    folder: &Path,
    plan: RefreshPlan,
    now: &str,
    progress: &dyn RefreshProgress,
) -> Result<RefreshRecord, WarehouseError> {
    storage::create_folder(&folder.join("tables"))?;
    let folder = &folder.canonicalize().map_err(|error| WarehouseError::file("open", folder, error))?;
    let _lock = lock::take(folder, now)?;
    let started = Instant::now();
    if plan.sources.iter().all(|(_, files)| files.is_empty()) {
        return Err(nothing_to_read(&plan));
    }
    let (latest, damaged) = match publish::newest(folder) {
        Ok(found) => found,
        // A rebuild mends a warehouse without a whole publication.
        Err(WarehouseError::Damaged(problem)) => (None, vec![problem]),
        Err(error) => return Err(error),
    };
    let mut steps = Steps::new(progress, started);
    let sources = if plan.full || latest.is_none() { None } else { Some(inputs::hash_files(&plan.sources)?) };
    if let (Some(latest), Some(sources)) = (&latest, &sources) {
        if damaged.is_empty() && latest.fingerprint == fingerprint(&plan, sources) {
            return Ok(RefreshRecord::unchanged(latest, started.elapsed().as_secs_f64()));
        }
    }
    let build = build(folder, &plan, now, sources, &mut steps)?;
    let next = publish::ids(folder)?.pop().unwrap_or(0) + 1;
    let publication = build.publication(next, now, &plan);
    steps.begin("publish");
    publish::publish(folder, &publication)?;
    janitor::sweep(folder)?;
    steps.end();
    Ok(build.into_record(&publication, damaged, steps.done, started.elapsed().as_secs_f64()))
}

fn nothing_to_read(plan: &RefreshPlan) -> WarehouseError {
    let wanted =
        plan.sources.iter().map(|(spec, _)| format!("`{}` ({})", spec.name, spec.entity.name())).collect();
    WarehouseError::NothingToRead { unread: plan.unread_files.clone(), wanted }
}

fn fingerprint(plan: &RefreshPlan, sources: &[PublishedSource]) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(&TABLES_VERSION.to_le_bytes());
    hash.update(plan.fingerprint.as_bytes());
    hash.update(format!("{:?}", plan.as_of).as_bytes());
    for source in sources {
        for part in [&source.source, &source.file, &source.blake3] {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
    }
    hash.finalize().to_hex().to_string()
}

/// Names and times of the steps.
struct Steps<'a> {
    progress: &'a dyn RefreshProgress,
    started: Instant,
    done: Vec<StepRecord>,
    current: Option<(String, Instant)>,
}

impl<'a> Steps<'a> {
    fn new(progress: &'a dyn RefreshProgress, started: Instant) -> Self {
        Self { progress, started, done: Vec::new(), current: None }
    }

    fn begin(&mut self, name: &str) {
        self.end();
        self.progress.step(name);
        self.current = Some((name.to_owned(), Instant::now()));
    }

    /// A step that ran beside others, and ends now.
    fn note(&mut self, name: &str, seconds: f64) {
        let start = (self.started.elapsed().as_secs_f64() - seconds).max(0.0);
        self.done.push(StepRecord { name: name.to_owned(), start, seconds });
    }

    fn end(&mut self) {
        if let Some((name, since)) = self.current.take() {
            self.note(&name, since.elapsed().as_secs_f64());
        }
    }
}

/// Everything a refresh made, written but not yet visible.
struct Build {
    sources: Vec<PublishedSource>,
    source_records: Vec<SourceRecord>,
    files: Vec<FileRecord>,
    balance: Balance,
    findings: Vec<Finding>,
    checks: Checks,
    buckets: Vec<(String, confect_domain::Bucket)>,
    tables: Vec<PublishedTable>,
    span: Option<(Date, Date)>,
}

fn build(
    folder: &Path,
    plan: &RefreshPlan,
    now: &str,
    sources: Option<Vec<PublishedSource>>,
    steps: &mut Steps<'_>,
) -> Result<Build, WarehouseError> {
    steps.begin("read");
    let mut inputs = inputs::read(&plan.sources, sources, steps.progress)?;
    if let Some(critical) = inputs.findings.iter().find(|finding| finding.severity == Severity::Critical) {
        return Err(WarehouseError::Contract { failures: vec![sentence(critical)] });
    }
    inputs.findings.extend(plan.unread_files.iter().map(|file| unread(file)));
    inputs.findings.extend(plan.growing_files.iter().map(|file| growing(file)));
    let balance = inputs.balance;
    let span = inputs.sale_span();
    let quarantined = std::mem::take(&mut inputs.quarantined);
    let mut findings = std::mem::take(&mut inputs.findings);
    let (published_sources, source_records) =
        (std::mem::take(&mut inputs.sources), std::mem::take(&mut inputs.records));
    let files = std::mem::take(&mut inputs.files);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(crate::engine::partitions())
        .enable_time()
        .build()
        .map_err(|error| WarehouseError::Internal(error.to_string()))?;
    let mut built = runtime.block_on(models::build(folder, plan, inputs, span, steps))?;
    findings.append(&mut built.findings);
    steps.begin("reconcile");
    let quarantine = quarantine::table(folder, &quarantined)?;
    built.tables.push(quarantine);
    let kinds = built.line_kinds.as_deref();
    let buckets = reconcile::buckets(&balance, kinds, &files, &mut built.checks)?;
    built.tables.push(reconcile::table(folder, &files, kinds)?);
    steps.end();
    let failures = built.checks.failures();
    if !failures.is_empty() {
        return Err(WarehouseError::Contract { failures });
    }
    steps.begin("commit");
    runtime.block_on(models::commit(folder, &mut built.tables, moment_ms(now)))?;
    steps.end();
    Ok(Build {
        sources: published_sources,
        source_records,
        files,
        balance,
        findings,
        checks: built.checks,
        buckets,
        tables: built.tables,
        span: built.span,
    })
}

fn unread(file: &str) -> Finding {
    let remedy = "rename it to fit a source's `files`, or add a source in `sources/`";
    of_file("file-not-read", file, format!("no source reads `{file}`"), remedy)
}

fn growing(file: &str) -> Finding {
    let message = format!("`{file}` is still being written and was left for the next refresh");
    of_file("file-growing", file, message, "refresh again when the export is done")
}

fn of_file(code: &'static str, file: &str, message: String, remedy: &str) -> Finding {
    Finding {
        code,
        severity: Severity::Warning,
        source: "data".to_owned(),
        file: Some(file.to_owned()),
        line: None,
        column: None,
        value: None,
        message,
        remedy: remedy.to_owned(),
        rows: 0,
    }
}

/// Milliseconds since 1970 of an RFC 3339 moment in UTC; 0 if it is none.
fn moment_ms(now: &str) -> i64 {
    let day = now.get(..10).and_then(Date::parse).map_or(0, |date| i64::from(date.days()));
    let number = |from: usize| now.get(from..from + 2).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    ((day * 24 + number(11)) * 3_600 + number(14) * 60 + number(17)) * 1_000
}

impl Build {
    fn publication(&self, id: u64, now: &str, plan: &RefreshPlan) -> Publication {
        let mut tables = self.tables.clone();
        tables.sort_by(|left, right| left.name.cmp(&right.name));
        Publication {
            id,
            published_at: now.to_owned(),
            fingerprint: fingerprint(plan, &self.sources),
            rows_in: self.balance.rows_in,
            rows_loaded: self.balance.loaded.rows,
            rows_quarantined: self.balance.quarantined.rows,
            rows_deduplicated: self.balance.deduplicated.rows,
            data_from: self.span.map(|(from, _)| from),
            data_to: self.span.map(|(_, to)| to),
            checks_passed: self.checks.passed(),
            checks_total: self.checks.total(),
            buckets: self
                .buckets
                .iter()
                .map(|(name, bucket)| PublishedBucket::new(name.clone(), bucket))
                .collect(),
            sources: self.sources.clone(),
            tables,
        }
    }

    fn into_record(
        self,
        publication: &Publication,
        damaged: Vec<String>,
        steps: Vec<StepRecord>,
        seconds: f64,
    ) -> RefreshRecord {
        let mut findings = self.findings;
        findings.extend(damaged.iter().map(|problem| Finding {
            code: "publication-damaged",
            severity: Severity::Warning,
            source: "warehouse".to_owned(),
            file: None,
            line: None,
            column: None,
            value: None,
            message: problem.clone(),
            remedy: "it was replaced by this refresh; look for a failing disk".to_owned(),
            rows: 0,
        }));
        RefreshRecord {
            publication: publication.id,
            changed: true,
            balance: self.balance,
            seconds,
            tables: publication.tables.iter().map(|table| (table.name.clone(), table.rows)).collect(),
            sources: self.source_records,
            files: self.files,
            buckets: self.buckets,
            steps,
            findings,
            checks_passed: self.checks.passed(),
            checks_total: self.checks.total(),
            checks: self.checks.made,
        }
    }
}

/// Shared by the steps that put tables into the engine.
pub(crate) type Batches = Arc<Vec<arrow::array::RecordBatch>>;
