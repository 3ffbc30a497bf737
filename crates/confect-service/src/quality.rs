//! Data quality and runs: what came in, where it went, what was checked, what was set aside, and which
//! table is made of which.
//!
//! For stewards only: row counts and records of everybody are in it.

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::{Date, Layer};
use confect_project::TileKind;
use confect_warehouse::days_late;
use serde_json::Value;

use crate::answer::Answer;
use crate::clock;
use crate::error::ServiceError;
use crate::freshness::newest_days;
use crate::identity::IdentitySummary;
use crate::page::answer::PublicationInfo;
use crate::quarantine::{QuarantineFilter, QuarantineReason, reasons, summed};
use crate::refresh::told_unread;
use crate::shop::Shop;
use crate::state::runs::Run;
use crate::steward::Steward;

/// Runs that are listed.
const RUNS: u32 = 30;
/// Runs whose checks make the history.
const HISTORY: u32 = 12;
/// Records of the quarantine that are listed.
const RECORDS: usize = 500;
/// Replaced rows that are listed.
const SUPERSEDED: usize = 200;
/// Merged customers that are listed, those with the least confidence first.
const MERGES: usize = 200;

/// Everything on the page.
#[derive(Clone, Debug)]
pub struct Quality {
    /// `None` before the first refresh.
    pub publication: Option<PublicationInfo>,
    /// ISO 4217.
    pub currency: String,
    /// In the order of the project.
    pub sources: Vec<SourceQuality>,
    /// Files below `data/` that no source reads.
    pub unread_files: Vec<String>,
    /// Sums of `fact_reconciliation` over files.
    pub reconciliation: Vec<Flow>,
    /// Failed ones first, then by table.
    pub checks: Vec<CheckHistory>,
    /// As the run's record says them.
    pub findings: Vec<Value>,
    /// Records set aside.
    pub quarantine: QuarantinePart,
    /// Rows of members that a later delivery replaced.
    pub superseded: Answer,
    /// Rows that came after later days had been published: source, month and number, as the run's record
    /// says them.
    pub late: Value,
    /// Customers as persons.
    pub identity: IdentitySummary,
    /// Newest first, each with its steps.
    pub runs: Vec<(Run, Value)>,
    /// Tables, metrics and pages.
    pub lineage: Lineage,
}

/// One source.
#[derive(Clone, Debug)]
pub struct SourceQuality {
    /// Its name.
    pub name: String,
    /// What one row is.
    pub entity: String,
    /// Its mapping: column, headings, constant, whether a row needs it.
    pub mapping: Vec<MappedColumn>,
    /// Its account in the latest run that published, as the record says it; null if it had no file.
    pub account: Value,
    /// The last day that its data has.
    pub newest: Option<Date>,
    /// Days by which that is older than the source promises; `None` if it promises nothing.
    pub days_late: Option<u32>,
}

/// Where one column comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedColumn {
    /// Column of the entity.
    pub column: String,
    /// Headings that are known for it.
    pub headings: Vec<String>,
    /// Value of every row, if no heading is there.
    pub constant: Option<String>,
    /// Whether a row without it is set aside.
    pub required: bool,
}

/// Rows and money from a source to a bucket and a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Source.
    pub source: String,
    /// Its entity.
    pub entity: String,
    /// Kind of line, `loaded`, `duplicates` or `quarantine`.
    pub bucket: String,
    /// The table that holds them.
    pub table: Option<String>,
    /// Number of rows.
    pub rows: u64,
    /// Exact decimal.
    pub amount: String,
    /// Rows without a readable amount.
    pub rows_without_amount: u64,
}

/// A check with its past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckHistory {
    /// Table.
    pub table: String,
    /// What is checked.
    pub name: String,
    /// What a failure means.
    pub severity: String,
    /// Rows that fail now.
    pub failing_rows: u64,
    /// What is wrong.
    pub message: Option<String>,
    /// Whether it passed, oldest run first; the last is now.
    pub history: Vec<bool>,
}

/// Records set aside.
#[derive(Clone, Debug, Default)]
pub struct QuarantinePart {
    /// All of them.
    pub rows_total: u64,
    /// Those not ignored.
    pub open: u64,
    /// Set aside once, and read since.
    pub fixed: i64,
    /// By code, source and column.
    pub reasons: Vec<QuarantineReason>,
    /// The first ones, with their history.
    pub rows: Answer,
}

/// A graph from sources to pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Everything that holds or shows data.
    pub nodes: Vec<LineagePoint>,
    /// From, to.
    pub edges: Vec<(String, String)>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineagePoint {
    /// Unique; a table's name, `source:…`, `metric:…`, `page:…`.
    pub id: String,
    /// `source`, `staging`, `star`, `marts`, `metric` or `page`.
    pub kind: &'static str,
    /// As people call it.
    pub title: String,
    /// Rows, if it is a stored table.
    pub rows: Option<u64>,
}

impl Shop {
    /// The page for stewards. Blocks.
    ///
    /// # Errors
    /// A table or the state database cannot be read.
    pub fn quality(&self, steward: &Steward) -> Result<Quality, ServiceError> {
        let publication = self.warehouse.latest()?;
        let record = self.state.latest_record()?.map_or(Value::Null, |(_, record)| record);
        let project = self.project();
        let (reconciliation, quarantine, mut identity) = if publication.is_some() {
            (self.flows()?, self.quarantine_part(steward)?, self.identities(steward)?)
        } else {
            (Vec::new(), QuarantinePart::default(), IdentitySummary::default())
        };
        identity.merges.rows.truncate(MERGES);
        let runs = self.state.runs(RUNS)?;
        let runs = runs
            .into_iter()
            .map(|run| self.state.timeline(run.id).map(|timeline| (run, timeline)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Quality {
            publication: publication.as_ref().map(|publication| PublicationInfo::of(publication, false)),
            currency: project.shop.currency.clone(),
            sources: self.source_quality(&record),
            unread_files: told_unread(project.unread_files()),
            reconciliation,
            checks: self.check_history()?,
            findings: record.get("findings").and_then(Value::as_array).cloned().unwrap_or_default(),
            quarantine,
            superseded: self.superseded(steward)?,
            late: record.get("late").cloned().unwrap_or_default(),
            identity,
            runs,
            lineage: self.lineage()?,
        })
    }

    fn source_quality(&self, record: &Value) -> Vec<SourceQuality> {
        let newest = newest_days(record);
        let today = clock::now().day();
        let accounts = record.get("sources").and_then(Value::as_array).cloned().unwrap_or_default();
        let named = |name: &str| accounts.iter().find(|account| account["name"] == name).cloned();
        self.project()
            .sources
            .iter()
            .map(|source| {
                let spec = &source.spec;
                let required = |column: &str| {
                    spec.entity.columns().iter().any(|known| known.name == column && known.required)
                };
                let mapping = spec.columns.iter().map(|mapped| MappedColumn {
                    column: mapped.column.clone(),
                    headings: mapped.headers.clone(),
                    constant: mapped.constant.clone(),
                    required: required(&mapped.column),
                });
                SourceQuality {
                    name: spec.name.clone(),
                    entity: spec.entity.name().to_owned(),
                    mapping: mapping.collect(),
                    account: named(&spec.name).unwrap_or_default(),
                    newest: newest.get(&spec.name).copied(),
                    days_late: newest
                        .get(&spec.name)
                        .zip(spec.options.expect_every)
                        .map(|(day, every)| days_late(*day, every, today)),
                }
            })
            .collect()
    }

    fn flows(&self) -> Result<Vec<Flow>, ServiceError> {
        let publication = self.publication()?;
        if publication.table("fact_reconciliation").is_none() {
            // Published by a program that did not keep it yet.
            return Ok(Vec::new());
        }
        let answer: Answer =
            self.warehouse.read_private(&publication, "fact_reconciliation", usize::MAX)?.into();
        let place = |name: &str| answer.column(name).unwrap_or(usize::MAX);
        let (source, entity, bucket, table) =
            (place("source"), place("entity"), place("bucket"), place("table_name"));
        let (rows, amount, without) = (place("rows"), place("amount"), place("rows_without_amount"));
        let mut flows: BTreeMap<(String, String), Flow> = BTreeMap::new();
        for row in 0..answer.rows.len() {
            let text = |index: usize| answer.cell(row, index).unwrap_or_default().to_owned();
            let count = |index: usize| text(index).parse::<u64>().unwrap_or_default();
            let flow = flows.entry((text(source), text(bucket))).or_insert_with(|| Flow {
                source: text(source),
                entity: text(entity),
                bucket: text(bucket),
                table: answer.cell(row, table).map(str::to_owned),
                rows: 0,
                amount: "0".to_owned(),
                rows_without_amount: 0,
            });
            flow.rows += count(rows);
            flow.rows_without_amount += count(without);
            flow.amount = summed([flow.amount.as_str(), &text(amount)].into_iter());
        }
        Ok(flows.into_values().collect())
    }

    fn superseded(&self, _steward: &Steward) -> Result<Answer, ServiceError> {
        match self.warehouse.latest()? {
            Some(publication) if publication.table("superseded_rows").is_some() => {
                Ok(self.warehouse.read_private(&publication, "superseded_rows", SUPERSEDED)?.into())
            }
            _ => Ok(Answer::default()),
        }
    }

    fn quarantine_part(&self, steward: &Steward) -> Result<QuarantinePart, ServiceError> {
        let mut rows = self.quarantine(steward, &QuarantineFilter::default())?;
        let reasons = reasons(&rows);
        let part = QuarantinePart {
            rows_total: rows.rows.len() as u64,
            open: reasons.iter().map(|reason| reason.open).sum(),
            fixed: self.state.fixed()?,
            reasons,
            rows: {
                rows.truncated = rows.rows.len() > RECORDS;
                rows.rows.truncate(RECORDS);
                rows
            },
        };
        Ok(part)
    }

    fn check_history(&self) -> Result<Vec<CheckHistory>, ServiceError> {
        let past = self.state.checks(HISTORY)?;
        let Some(latest) = past.iter().map(|check| check.run).max() else { return Ok(Vec::new()) };
        let mut checks: BTreeMap<(String, String), CheckHistory> = BTreeMap::new();
        let now: BTreeSet<(&str, &str)> = past
            .iter()
            .filter(|check| check.run == latest)
            .map(|check| (check.table.as_str(), check.name.as_str()))
            .collect();
        for check in past.iter().filter(|check| now.contains(&(check.table.as_str(), check.name.as_str()))) {
            let entry =
                checks.entry((check.table.clone(), check.name.clone())).or_insert_with(|| CheckHistory {
                    table: check.table.clone(),
                    name: check.name.clone(),
                    severity: String::new(),
                    failing_rows: 0,
                    message: None,
                    history: Vec::new(),
                });
            entry.severity.clone_from(&check.severity);
            entry.failing_rows = u64::try_from(check.failing_rows).unwrap_or_default();
            entry.message = match &check.message {
                Some(message) if !check.is_published => {
                    Some(format!("{message} (run {}, which was not published)", check.run))
                }
                message => message.clone(),
            };
            entry.history.push(check.failing_rows == 0);
        }
        let mut checks: Vec<_> = checks.into_values().collect();
        checks.sort_by_key(|check| check.failing_rows == 0);
        Ok(checks)
    }

    /// The graph from sources over tables and metrics to pages.
    ///
    /// # Errors
    /// A model whose SQL cannot be parsed.
    pub fn lineage(&self) -> Result<Lineage, ServiceError> {
        let project = self.project();
        let publication = self.warehouse.latest()?;
        let rows = |table: &str| publication.as_ref()?.table(table).map(|table| table.rows);
        let mut graph = Lineage::default();
        let models = confect_warehouse::lineage(&project.models)?;
        for source in &project.sources {
            let entity = source.spec.entity;
            let id = format!("source:{}", source.spec.name);
            let raw = format!("source_{}", entity.name());
            let readers = models.iter().filter(|model| model.reads.contains(&raw));
            graph.edges.extend(readers.map(|model| (id.clone(), model.table.clone())));
            graph.nodes.push(LineagePoint {
                title: source.spec.name.clone(),
                id,
                kind: "source",
                rows: None,
            });
        }
        let tables: BTreeSet<&str> = models.iter().map(|model| model.table.as_str()).collect();
        for model in &models {
            let reads = model.reads.iter().filter(|name| tables.contains(name.as_str()));
            graph.edges.extend(reads.map(|name| (name.clone(), model.table.clone())));
            graph.nodes.push(LineagePoint {
                id: model.table.clone(),
                kind: match model.layer {
                    Layer::Staging => "staging",
                    Layer::Star => "star",
                    Layer::Marts => "marts",
                },
                title: model.table.clone(),
                rows: rows(&model.table),
            });
        }
        self.add_metrics(&mut graph);
        self.add_pages(&mut graph);
        graph.edges.sort();
        graph.edges.dedup();
        Ok(graph)
    }

    fn add_metrics(&self, graph: &mut Lineage) {
        let catalogue = &self.project().catalogue;
        for metric in catalogue.metrics() {
            let id = format!("metric:{}", metric.id);
            let tables = catalogue.tables_of(metric);
            graph.edges.extend(tables.into_iter().map(|table| (table, id.clone())));
            graph.nodes.push(LineagePoint { id, kind: "metric", title: metric.name.clone(), rows: None });
        }
    }

    fn add_pages(&self, graph: &mut Lineage) {
        for page in &self.project().pages {
            let id = format!("page:{}", page.id);
            for tile in &page.tiles {
                let metrics = metrics_of(&tile.kind);
                graph
                    .edges
                    .extend(metrics.into_iter().map(|metric| (format!("metric:{metric}"), id.clone())));
            }
            graph.nodes.push(LineagePoint { id, kind: "page", title: page.title.clone(), rows: None });
        }
    }
}

fn metrics_of(kind: &TileKind) -> Vec<&str> {
    match kind {
        TileKind::Kpi { metric } | TileKind::Trend { metric } | TileKind::Bars { metric, .. } => vec![metric],
        TileKind::Table { metrics, .. } => metrics.iter().map(String::as_str).collect(),
    }
}
