//! One refresh: read what is there, build the models, check them, and publish all tables at once.
//!
//! Nothing becomes visible before the last step. A refresh of the same files under the same
//! definitions changes nothing and publishes nothing.
//! Where files of lines were added and nothing else matters to the old rows, only their rows are read
//! and added (`increment`); else everything is built.

mod arrange;
mod base;
mod by_key;
mod calendar;
mod committing;
mod currency;
mod deliveries;
mod growth;
mod identity;
mod increment;
mod inputs;
mod janitor;
mod keep;
mod known;
mod lock;
mod lookups;
mod making;
mod models;
mod months;
mod parts;
mod quarantine;
mod reconcile;
mod record;
mod schedule;
mod sizes;
mod span;
mod starting;

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use confect_analytics::identity::IdentityRules;
use confect_domain::{Balance, Date, Entity, Finding, FiscalCalendar, Model, Seed, Severity};
use confect_ingest::{InputFile, SourceSpec};

use crate::contract::Checks;
use crate::engine::builder_session;
use crate::error::{WarehouseError, sentence};
use crate::publish::{self, Memory, Publication, PublishedBucket, PublishedSource, PublishedTable};
use crate::storage;
use base::OldFiles;
pub use deliveries::{LateRows, days_late};
use growth::Growing;
use increment::Start;
pub use known::KnownFile;
pub use months::ClosedMonths;
pub use record::{FileRecord, RefreshMode, RefreshRecord, SourceRecord, StepRecord};

/// Goes up whenever this program makes other tables of the same files and definitions than before, so
/// that the next refresh after an upgrade rebuilds them.
const TABLES_VERSION: u32 = 6;

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
    /// Whether tables of whole months leave out the month in progress.
    pub whole_months: bool,
    /// When the shop's fiscal years begin.
    pub calendar: FiscalCalendar,
    /// Hash of every definition that shapes the tables.
    pub fingerprint: String,
    /// Rebuild even if nothing changed.
    pub full: bool,
    /// Files below `data/` that no source reads.
    pub unread_files: Vec<String>,
    /// Files that were left out because they were still being written.
    pub growing_files: Vec<String>,
    /// Sources that may have shrunk: somebody looked and said so.
    pub accept_shrink: Vec<String>,
    /// Bytes of lines that are built in one go where everything is built; `None` leaves it to the program.
    pub part_bytes: Option<u64>,
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
    let next = publish::next_id(folder)?;
    let (latest, damaged) = match publish::newest(folder) {
        Ok(found) => found,
        // A rebuild mends a warehouse without a whole publication.
        Err(WarehouseError::Damaged(problem)) => (None, vec![problem]),
        Err(error) => return Err(error),
    };
    let mut steps = Steps::new(progress, started);
    let sources = match &latest {
        Some(latest) if !plan.full => Some(inputs::hash_files(&plan.sources, &latest.sources)?),
        _ => None,
    };
    if let (Some(latest), Some(sources)) = (&latest, &sources) {
        let same = damaged.is_empty() && latest.fingerprint == fingerprint(&plan, sources);
        if same && logs_are_whole(folder, latest)? {
            return Ok(RefreshRecord::unchanged(latest, started.elapsed().as_secs_f64()));
        }
    }
    let run = Run { folder, plan: &plan, now, next, latest: latest.as_ref().filter(|_| damaged.is_empty()) };
    let mut build = run.build(sources, &mut steps)?;
    let publication = build.publication(next, now, &plan);
    steps.begin("publish");
    publish::publish(folder, &publication)?;
    // From here on it is published, whatever else goes wrong.
    build.findings.extend(janitor::sweep(folder).err().as_ref().map(untidy));
    steps.end();
    Ok(build.into_record(&publication, damaged, steps.done, started.elapsed().as_secs_f64()))
}

/// Whether the Delta log of every table ends with what was published; another one is mended by a build.
fn logs_are_whole(folder: &Path, latest: &Publication) -> Result<bool, WarehouseError> {
    for table in &latest.tables {
        if !storage::log::is_whole(&folder.join("tables").join(&table.name), table)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn nothing_to_read(plan: &RefreshPlan) -> WarehouseError {
    let wanted =
        plan.sources.iter().map(|(spec, _)| format!("`{}` ({})", spec.name, spec.entity.name())).collect();
    WarehouseError::NothingToRead { unread: plan.unread_files.clone(), wanted }
}

/// Hash of what shapes the tables beside the files.
fn definitions(plan: &RefreshPlan) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(&TABLES_VERSION.to_le_bytes());
    hash.update(plan.fingerprint.as_bytes());
    hash.update(format!("{:?}", plan.as_of).as_bytes());
    hash.finalize().to_hex().to_string()
}

fn fingerprint(plan: &RefreshPlan, sources: &[PublishedSource]) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(definitions(plan).as_bytes());
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
    mode: RefreshMode,
    memory: Memory,
    sources: Vec<PublishedSource>,
    source_records: Vec<SourceRecord>,
    files: Vec<FileRecord>,
    balance: Balance,
    findings: Vec<Finding>,
    checks: Checks,
    buckets: Vec<(String, confect_domain::Bucket)>,
    tables: Vec<PublishedTable>,
    span: Option<(Date, Date)>,
    late: Vec<LateRows>,
}

/// Which part of a refresh is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// All of it.
    Whole,
    /// Some files of several, to be added to; nothing is committed.
    Part,
    /// The last files of several.
    Last,
}

/// What does not change while a refresh runs.
struct Run<'a> {
    folder: &'a Path,
    plan: &'a RefreshPlan,
    now: &'a str,
    /// The number to publish under.
    next: u64,
    /// What is live, if it is whole.
    latest: Option<&'a Publication>,
}

impl Run<'_> {
    /// Adds what is new if it may, else builds everything.
    fn build(
        &self,
        sources: Option<Vec<PublishedSource>>,
        steps: &mut Steps<'_>,
    ) -> Result<Build, WarehouseError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(crate::engine::partitions())
            .enable_time()
            .build()
            .map_err(|error| WarehouseError::Internal(error.to_string()))?;
        let order = schedule::in_order(&self.plan.models)?;
        let growing = Growing::of(&order);
        let mut because = None;
        if let (Some(latest), Some(sources)) = (self.latest, &sources) {
            let added = increment::begin(self.folder, self.plan, latest, sources, &order, &growing)
                .map_err(WarehouseError::MustRebuild)
                .and_then(|start| {
                    let sources = Some(sources.clone());
                    self.make(&runtime, self.plan, sources, &growing, Some(start), Stage::Whole, steps)
                });
            match added {
                Err(WarehouseError::MustRebuild(reason)) => because = Some(reason),
                other => return other,
            }
        }
        let parts = parts::cut(self.plan, &growing);
        let in_parts = match parts.len() {
            0 | 1 => Err(WarehouseError::MustRebuild(String::new())),
            _ => self.build_in_parts(&runtime, sources.as_deref(), &growing, parts, steps),
        };
        let mut build = match in_parts {
            Err(WarehouseError::MustRebuild(_)) => {
                self.make(&runtime, self.plan, sources, &growing, None, Stage::Whole, steps)?
            }
            other => other?,
        };
        build.mode = RefreshMode::Full { because };
        Ok(build)
    }

    fn make(
        &self,
        runtime: &tokio::runtime::Runtime,
        plan: &RefreshPlan,
        sources: Option<Vec<PublishedSource>>,
        growing: &Growing,
        start: Option<Start>,
        stage: Stage,
        steps: &mut Steps<'_>,
    ) -> Result<Build, WarehouseError> {
        steps.begin("read");
        let mut inputs = inputs::read(&plan.sources, sources, start.as_ref(), steps.progress)?;
        if let Some(critical) = inputs.findings.iter().find(|finding| finding.severity == Severity::Critical)
        {
            return Err(WarehouseError::Contract { failures: vec![sentence(critical)], checks: Vec::new() });
        }
        let grown = start.as_ref().map(|start| start.grown.as_slice()).unwrap_or_default();
        let today = self.now.get(..10).and_then(Date::parse);
        let latest = self.latest.filter(|_| stage != Stage::Part);
        let added_to = start.as_ref().map(|start| (&start.base.publication, grown));
        let mut noted = deliveries::look(self.folder, latest, plan, added_to, today, &mut inputs)?;
        if stage == Stage::Part {
            noted.leave_promises();
        }
        inputs.findings.extend(noted.findings.iter().cloned());
        inputs.findings.extend(plan.unread_files.iter().map(|file| unread(file)));
        inputs.findings.extend(plan.growing_files.iter().map(|file| growing_file(file)));
        let before = start.as_ref().map(|start| &start.base.publication.memory);
        let unconverted = currency::settle(&mut inputs, &plan.currency, before)?;
        let quarantined = std::mem::take(&mut inputs.quarantined);
        let mut findings = std::mem::take(&mut inputs.findings);
        let new_lines = std::mem::take(&mut inputs.new_lines);
        let mut account = AccountOfFiles::of(&mut inputs);
        let (mut old_rows, mut old_kinds, mut mode) =
            (Vec::new(), Vec::new(), RefreshMode::Full { because: None });
        let mut lines_span = inputs.sale_span();
        if let Some(start) = &start {
            let context = builder_session()?;
            let old = runtime.block_on(start.base.old_files(&context, &start.grown))?;
            old_rows = runtime.block_on(start.base.old_quarantine(&context, &start.grown))?;
            let (files, rows) = (start.new_files, account.rows_of(&start.grown));
            mode = RefreshMode::Increment { files, rows, by_key: Vec::new() };
            old_kinds = account.add(old);
            account.tell_newest(&noted);
            let old = start.base.publication.memory.lines_span;
            let old = old.map(|(from, to)| (Date::from_days(from), Date::from_days(to)));
            lines_span = models::joined(old, lines_span);
        }
        let whole_months_to = keep::whole_months_to(lines_span, plan);
        let changes = start.as_ref().map(|start| {
            let before = start.base.publication.memory.lines_span;
            let before = before.map(|(from, to)| (Date::from_days(from), Date::from_days(to)));
            let entities = keep::changed_entities(plan, &account.sources, &start.base.publication.sources);
            // A calendar reaches as far as any fact.
            let calendar = before != lines_span || entities.iter().any(|entity| *entity != Entity::SaleLines);
            let first_new = inputs.sale_span().map(|(first, _)| first);
            let is_late = first_new.zip(whole_months_to).is_some_and(|(first, end)| first < end);
            let months = is_late || keep::whole_months_to(before, plan) != whole_months_to;
            keep::Changes { entities, calendar, months }
        });
        let mut spans = span::by_entity(&inputs);
        if let Some(start) = &start {
            span::join_old(&mut spans, start, growing);
        }
        let tell_persons = start.as_ref().is_none_or(|start| !start.unread.contains(&Entity::Customers));
        let remembering = self.remember(&inputs, growing, start.as_ref(), new_lines)?;
        let base = start.map(|start| start.base);
        let span = spans.values().fold(lines_span, |all, own| models::joined(all, Some(*own)));
        let order = models::Order {
            models: schedule::in_order(&plan.models)?,
            growing: growing.clone(),
            base,
            changes,
            tell_persons,
            old_kinds,
        };
        let days = models::Days { span, whole_months_to };
        let mut built = runtime.block_on(models::build(self.folder, plan, inputs, days, order, steps))?;
        findings.append(&mut built.findings);
        if let RefreshMode::Increment { by_key, .. } = &mut mode {
            by_key.append(&mut built.by_key);
        }
        built.checks.made.extend(noted.checks.iter().cloned());
        steps.begin("reconcile");
        built.tables.push(quarantine::table(self.folder, &quarantined, old_rows)?);
        built.tables.extend(noted.write(self.folder)?);
        let kinds = built.line_kinds.as_deref();
        let buckets = reconcile::buckets(&account.balance, kinds, &account.files, &mut built.checks)?;
        built.tables.push(reconcile::table(self.folder, &account.files, kinds)?);
        steps.end();
        let failures = built.checks.failures();
        if !failures.is_empty() {
            return Err(WarehouseError::Contract { failures, checks: built.checks.made });
        }
        steps.begin("commit");
        if stage != Stage::Part {
            publish::still_next(self.folder, self.next)?;
            let commit = committing::commit(
                self.folder,
                &mut built.tables,
                self.latest,
                self.next,
                moment_ms(self.now),
            );
            // Whoever was overtaken meanwhile is told that, and not what it met.
            runtime.block_on(commit).or_else(|error| {
                publish::still_next(self.folder, self.next)?;
                Err(error)
            })?;
        }
        let memory = Memory {
            definitions: definitions(plan),
            identities: built.identities,
            empty: built.empty,
            months: built.months,
            spans: span::remembered(&spans),
            lines_span: lines_span.map(|(from, to)| (from.days(), to.days())),
            unconverted,
            ..remembering.join()?
        };
        steps.end();
        let AccountOfFiles { sources, records: source_records, files, balance } = account;
        let (checks, tables, span) = (built.checks, built.tables, built.span);
        Ok(Build {
            mode,
            memory,
            sources,
            source_records,
            files,
            balance,
            findings,
            checks,
            buckets,
            tables,
            span,
            late: noted.late,
        })
    }

    /// Writes down which lines were loaded, beside the building of the models.
    fn remember(
        &self,
        inputs: &inputs::Inputs,
        growing: &Growing,
        start: Option<&Start>,
        new_lines: Vec<(String, Vec<u128>)>,
    ) -> Result<Remembering, WarehouseError> {
        let mut keys = Vec::new();
        for entity in &growing.entities {
            let Some((_, batches)) = inputs.tables.get(entity) else { continue };
            let groups = inputs::group_keys(*entity, batches);
            if let Some(known) = start.and_then(|start| start.groups.get(entity)) {
                for group in &groups {
                    if known.has(*group).map_err(|error| WarehouseError::file("read", self.folder, error))? {
                        let what = entity.name();
                        let reason = format!("new rows of `{what}` belong to a number that was there before");
                        return Err(WarehouseError::MustRebuild(reason));
                    }
                }
            }
            keys.push((increment::groups_of(*entity), groups));
        }
        let grown = |name: &str| {
            let spec = self.plan.sources.iter().find(|(spec, _)| spec.name == *name);
            spec.is_some_and(|(spec, _)| growing.entities.contains(&spec.entity))
        };
        let lines = new_lines.into_iter().filter(|(source, _)| grown(source));
        keys.extend(lines.map(|(source, lines)| (increment::rows_of(&source), lines)));
        let before = start.map(|start| start.base.publication.memory.clone());
        let folder = self.folder.to_owned();
        Ok(Remembering(std::thread::spawn(move || {
            let increments = before.as_ref().map_or(0, |memory| memory.increments + 1);
            let mut known = before.map(|memory| memory.known).unwrap_or_default();
            for (subject, keys) in keys {
                if !keys.is_empty() || !known.iter().any(|file| file.subject == subject) {
                    known.push(known::write(&folder, subject, &keys)?);
                }
            }
            Ok(Memory { known, increments, ..Memory::default() })
        })))
    }
}

/// A thread that writes down hashes.
struct Remembering(std::thread::JoinHandle<Result<Memory, WarehouseError>>);

impl Remembering {
    fn join(self) -> Result<Memory, WarehouseError> {
        self.0.join().map_err(|_| WarehouseError::Internal("remembering lines panicked".to_owned()))?
    }
}

/// Where the rows of all files went, also of those that were not read again.
struct AccountOfFiles {
    sources: Vec<PublishedSource>,
    records: Vec<SourceRecord>,
    files: Vec<FileRecord>,
    balance: Balance,
}

impl AccountOfFiles {
    fn of(inputs: &mut inputs::Inputs) -> Self {
        Self {
            sources: std::mem::take(&mut inputs.sources),
            records: inputs.records.clone(),
            files: std::mem::take(&mut inputs.files),
            balance: inputs.balance,
        }
    }

    fn rows_of(&self, sources: &[String]) -> u64 {
        let own = self.files.iter().filter(|file| sources.contains(&file.source));
        own.map(|file| file.balance.rows_in).sum()
    }

    /// The newest day of the sources of which no file was read.
    fn tell_newest(&mut self, noted: &deliveries::Noted) {
        for record in self.records.iter_mut().filter(|record| record.newest.is_none()) {
            record.newest = noted.newest_day(&record.name);
        }
    }

    /// Adds the account of old files; gives the kinds of their lines.
    fn add(&mut self, old: OldFiles) -> Vec<reconcile::LineKind> {
        for file in &old.files {
            self.balance.merge(&file.balance);
            match self.records.iter_mut().find(|record| record.name == file.source) {
                Some(record) => {
                    record.files += 1;
                    record.balance.merge(&file.balance);
                }
                None => self.records.push(SourceRecord {
                    newest: None,
                    name: file.source.clone(),
                    entity: file.entity.name().to_owned(),
                    files: 1,
                    balance: file.balance,
                }),
            }
        }
        self.files.extend(old.files);
        old.kinds
    }
}

fn unread(file: &str) -> Finding {
    let remedy = "rename it to fit a source's `files`, or add a source in `sources/`";
    of_file("file-not-read", file, format!("no source reads `{file}`"), remedy)
}

fn untidy(error: &WarehouseError) -> Finding {
    let message = format!("files of old publications could not be removed: {error}");
    Finding {
        source: "warehouse".to_owned(),
        file: None,
        ..of_file("not-tidied", "", message, "check the disk")
    }
}

fn growing_file(file: &str) -> Finding {
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
            memory: self.memory.clone(),
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
            mode: self.mode,
            balance: self.balance,
            seconds,
            tables: publication.told_tables(),
            sources: self.source_records,
            files: self.files,
            buckets: self.buckets,
            steps,
            findings,
            checks_passed: self.checks.passed(),
            checks_total: self.checks.total(),
            checks: self.checks.made,
            late: self.late,
        }
    }
}

/// Shared by the steps that put tables into the engine.
pub(crate) type Batches = Arc<Vec<arrow::array::RecordBatch>>;
