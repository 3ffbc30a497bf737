//! Builds the models, several at once: each starts as soon as the tables it reads are there.
//!
//! Each table goes on to the next models in memory; checking and writing it happens beside that.
//! Staging tables are not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Int64Type, Schema, SchemaRef};
use confect_domain::{Bucket, Date, Finding, Layer, Model, Seed, TableContract};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use tokio::task::{JoinHandle, JoinSet};

use super::arrange::arrange;
use super::inputs::{Inputs, spread};
use super::reconcile::{LineKind, LineKinds};
use super::schedule::{Waiting, in_order};
use super::{Batches, RefreshPlan, Steps, calendar, identity};
use crate::contract::{Checks, DimensionKeys, check, conform, keys_of};
use crate::engine::{builder_session, partitions};
use crate::error::WarehouseError;
use crate::methods::{self, MethodOutput, Rows, Runs};
use crate::publish::{PublishedFile, PublishedTable};
use crate::storage::parquet::{ReadAs, write_table};
use crate::storage::{arrow_schema, delta};

/// The staging table whose `line_bucket` says which fact a line belongs to.
const LINES: &str = "stg_sale_lines";
/// Models that are built at the same time: enough to keep the cores busy while small ones wait.
const MODELS_AT_ONCE: usize = 4;
/// How often a cancelled refresh is noticed.
const PATIENCE: Duration = Duration::from_millis(100);

/// Tables that were built and written.
pub(super) struct Built {
    pub(super) tables: Vec<PublishedTable>,
    pub(super) checks: Checks,
    pub(super) line_kinds: LineKinds,
    pub(super) span: Option<(Date, Date)>,
    /// What the methods told.
    pub(super) findings: Vec<Finding>,
}

/// Builds every model of the plan.
pub(super) async fn build(
    folder: &Path,
    plan: &RefreshPlan,
    inputs: Inputs,
    span: Option<(Date, Date)>,
    steps: &mut Steps<'_>,
) -> Result<Built, WarehouseError> {
    steps.begin("prepare");
    let context = builder_session()?;
    register_inputs(&context, plan, inputs, span)?;
    let waiting = in_order(&plan.models)?;
    steps.end();
    let mut builder = Builder::new(folder.join("tables"), context);
    builder.run(waiting, steps).await?;
    steps.begin("write");
    let (tables, mut checks) = finish(std::mem::take(&mut builder.writes)).await?;
    let line_kinds = builder.line_kinds().await?;
    if let Some(kinds) = &line_kinds {
        builder.check_facts(kinds, &mut checks);
    }
    Ok(Built { tables, checks, line_kinds, span: builder.sales_span, findings: builder.findings })
}

/// A model's rows, in the form and order of its contract.
struct BuiltModel {
    contract: TableContract,
    schema: SchemaRef,
    batches: Batches,
    findings: Vec<Finding>,
    seconds: f64,
}

struct Builder {
    folder: PathBuf,
    context: SessionContext,
    dimensions: Arc<DimensionKeys>,
    writes: Vec<JoinHandle<Result<(PublishedTable, Checks), WarehouseError>>>,
    counts: BTreeMap<String, u64>,
    line_kinds: Option<JoinHandle<Result<Vec<LineKind>, WarehouseError>>>,
    sales_span: Option<(Date, Date)>,
    runs: Runs,
    findings: Vec<Finding>,
}

impl Builder {
    fn new(folder: PathBuf, context: SessionContext) -> Self {
        Self {
            folder,
            context,
            dimensions: Arc::default(),
            writes: Vec::new(),
            counts: BTreeMap::new(),
            line_kinds: None,
            sales_span: None,
            runs: Runs::default(),
            findings: Vec::new(),
        }
    }

    async fn run(
        &mut self,
        mut waiting: Vec<Waiting<'_>>,
        steps: &mut Steps<'_>,
    ) -> Result<(), WarehouseError> {
        let mut running = JoinSet::new();
        let mut reading: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        loop {
            if steps.progress.cancelled() {
                return Err(WarehouseError::Cancelled);
            }
            while running.len() < MODELS_AT_ONCE {
                let ready = |next: &Waiting<'_>| next.needs.iter().all(|name| self.counts.contains_key(name));
                let Some(index) = waiting.iter().position(ready) else { break };
                let next = waiting.remove(index);
                steps.progress.step(&next.model.contract.name);
                reading.insert(next.model.contract.name.clone(), next.reads);
                running.spawn(build_model(self.context.clone(), next.model.clone(), self.runs.clone()));
            }
            let built = match tokio::time::timeout(PATIENCE, running.join_next()).await {
                Err(_) => continue,
                Ok(None) => return Ok(()),
                Ok(Some(built)) => built.map_err(|error| WarehouseError::Internal(error.to_string()))??,
            };
            steps.note(&built.contract.name, built.seconds);
            reading.remove(&built.contract.name);
            self.take(built)?;
            self.forget_all_but(waiting.iter().map(|next| &next.reads).chain(reading.values()))?;
        }
    }

    /// Hands a table on to the models to come, and to the writer.
    fn take(&mut self, built: BuiltModel) -> Result<(), WarehouseError> {
        let BuiltModel { contract, schema, batches, findings, .. } = built;
        // Tables of one run bring the same findings.
        for finding in findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        let name = contract.name.clone();
        self.counts.insert(name.clone(), batches.iter().map(|batch| batch.num_rows() as u64).sum());
        let parts = contiguous(&batches, partitions());
        register(&self.context, &name, nullable(&schema), parts)?;
        if name == LINES {
            self.line_kinds = Some(tokio::spawn(line_kinds(self.context.clone())));
        }
        if name == "fact_sales" {
            self.sales_span = sales_span(&schema, &batches);
        }
        if contract.layer == Layer::Staging {
            return Ok(());
        }
        if name.starts_with("dim_") {
            Arc::make_mut(&mut self.dimensions).insert(name, keys_of(&contract, &batches));
        }
        self.write(contract, schema, batches);
        Ok(())
    }

    /// Frees the tables that no model to come reads.
    fn forget_all_but<'a>(
        &self,
        needed: impl Iterator<Item = &'a BTreeSet<String>>,
    ) -> Result<(), WarehouseError> {
        let mut needed: BTreeSet<&str> = needed.flatten().map(String::as_str).collect();
        if self.line_kinds.as_ref().is_some_and(|kinds| !kinds.is_finished()) {
            needed.insert(LINES);
        }
        let Some(schema) = self.context.catalog("datafusion").and_then(|catalog| catalog.schema("public"))
        else {
            return Ok(());
        };
        for name in schema.table_names() {
            let built_or_input = self.counts.contains_key(&name) || name.starts_with("source_");
            if built_or_input && !needed.contains(name.as_str()) {
                self.context.deregister_table(name)?;
            }
        }
        Ok(())
    }

    fn write(&mut self, contract: TableContract, schema: SchemaRef, batches: Batches) {
        let folder = self.folder.join(&contract.name);
        let dimensions = Arc::clone(&self.dimensions);
        self.writes.push(tokio::task::spawn_blocking(move || {
            let (checks, files) = std::thread::scope(|scope| {
                let checks = scope.spawn(|| check(&contract, &batches, &dimensions));
                let files = write_table(&folder, &contract.name, &schema, &batches, read_as(&contract));
                (checks.join(), files)
            });
            let checks = checks
                .map_err(|_| WarehouseError::Internal(format!("checking `{}` panicked", contract.name)))?;
            Ok((published(contract, files?), checks))
        }));
    }

    async fn line_kinds(&mut self) -> Result<LineKinds, WarehouseError> {
        match self.line_kinds.take() {
            Some(kinds) => {
                kinds.await.map_err(|error| WarehouseError::Internal(error.to_string()))?.map(Some)
            }
            None => Ok(None),
        }
    }

    /// A fact holds just the lines of its bucket: joining dimensions adds and loses none.
    fn check_facts(&self, kinds: &[LineKind], checks: &mut Checks) {
        for (table, prefix) in
            [("fact_sales", "sales"), ("fact_returns", "returns"), ("fact_adjustments", "adjustments")]
        {
            let Some(held) = self.counts.get(table) else { continue };
            let lines: u64 =
                kinds.iter().filter(|line| line.kind.starts_with(prefix)).map(|line| line.bucket.rows).sum();
            let differing = held.abs_diff(lines) as usize;
            checks.expect(table, "holds just the lines of its kind", differing, || {
                format!("`{table}` holds {held} rows but {lines} lines belong there")
            });
        }
    }
}

/// Tables whose rows are told apart by customer are asked for one customer at a time.
fn read_as(contract: &TableContract) -> ReadAs {
    if contract.key.iter().any(|name| name == "customer_id") { ReadAs::Lookups } else { ReadAs::Runs }
}

/// Builds a model's rows and brings them into the form and order of its contract.
async fn build_model(
    context: SessionContext,
    model: Model,
    runs: Runs,
) -> Result<BuiltModel, WarehouseError> {
    let started = Instant::now();
    let (delivered_rows, findings) = match &model.method {
        None => (delivered(&context, &model).await?.1, Vec::new()),
        Some(call) => {
            let made = runs.of(&model, || run_method(&context, &model)).await?;
            let part = made.parts.get(call.part.as_str()).cloned();
            let message = || format!("its method makes no part `{}`", call.part);
            let batch = part.ok_or_else(|| WarehouseError::Internal(message()))?;
            (vec![batch], made.findings.clone())
        }
    };
    let shaped = tokio::task::spawn_blocking(move || {
        let Model { contract, path, .. } = model;
        let schema = arrow_schema(&contract);
        let mut batches = conform(&contract, &path, &schema, delivered_rows)?;
        if contract.layer != Layer::Staging {
            batches = arrange(&contract, batches)?;
        }
        Ok(BuiltModel {
            contract,
            schema,
            batches: Arc::new(batches),
            findings,
            seconds: started.elapsed().as_secs_f64(),
        })
    });
    shaped.await.map_err(|error| WarehouseError::Internal(error.to_string()))?
}

/// What a model's SQL delivers: at least one batch, so that the columns are known.
async fn delivered(
    context: &SessionContext,
    model: &Model,
) -> Result<(SchemaRef, Vec<RecordBatch>), WarehouseError> {
    let failed = |error: datafusion::error::DataFusionError| {
        WarehouseError::model(&model.contract.name, &model.path, error.strip_backtrace())
    };
    let frame = context.sql(&model.sql).await.map_err(failed)?;
    let schema: SchemaRef = Arc::new(frame.schema().as_arrow().clone());
    let parts = frame.collect_partitioned().await.map_err(failed)?;
    let mut rows: Vec<RecordBatch> = parts.into_iter().flatten().collect();
    if rows.is_empty() {
        rows.push(RecordBatch::new_empty(Arc::clone(&schema)));
    }
    Ok((schema, rows))
}

/// Runs a model's method on the rows that its SQL delivers.
async fn run_method(context: &SessionContext, model: &Model) -> Result<MethodOutput, WarehouseError> {
    let Some(call) = model.method.clone() else { return Ok(MethodOutput::default()) };
    let (schema, batches) = delivered(context, model).await?;
    let run = move || Rows::new(&schema, &batches).and_then(|rows| methods::run(&call, &rows));
    let made = tokio::task::spawn_blocking(run).await;
    let made = made.map_err(|error| WarehouseError::Internal(error.to_string()))?;
    made.map_err(|error| WarehouseError::model(&model.contract.name, &model.path, error))
}

/// Rows and money of the lines per file and kind.
async fn line_kinds(context: SessionContext) -> Result<Vec<LineKind>, WarehouseError> {
    let sql = format!(
        "select source_file, line_bucket, count(*), sum(line_value) from {LINES}
         group by source_file, line_bucket order by source_file, line_bucket"
    );
    let mut kinds = Vec::new();
    for batch in context.sql(&sql).await?.collect().await? {
        let (files, names) = (batch.column(0).as_string_view(), batch.column(1).as_string_view());
        let counts = batch.column(2).as_primitive::<Int64Type>();
        let sums = batch.column(3).as_primitive::<Decimal128Type>();
        for row in 0..batch.num_rows() {
            let rows = u64::try_from(counts.value(row)).unwrap_or_default();
            let amount = if sums.is_null(row) { 0 } else { sums.value(row) };
            kinds.push(LineKind {
                file: files.value(row).to_owned(),
                kind: names.value(row).to_owned(),
                bucket: Bucket { rows, amount, rows_without_amount: 0 },
            });
        }
    }
    Ok(kinds)
}

/// First and last day of a sale.
fn sales_span(schema: &SchemaRef, batches: &[RecordBatch]) -> Option<(Date, Date)> {
    let index = schema.index_of("invoice_date").ok()?;
    let days = || batches.iter().filter_map(|batch| batch.column(index).as_primitive_opt::<Date32Type>());
    let first = days().filter_map(arrow::compute::min).min()?;
    let last = days().filter_map(arrow::compute::max).max()?;
    Some((Date::from_days(first), Date::from_days(last)))
}

/// Batches in order, cut into about `parts` runs of equal length.
fn contiguous(batches: &[RecordBatch], parts: usize) -> Vec<Vec<RecordBatch>> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let target = rows.div_ceil(parts).max(10_000);
    let mut runs = vec![Vec::new()];
    let mut filled = 0;
    for batch in batches {
        if filled >= target {
            runs.push(Vec::new());
            filled = 0;
        }
        filled += batch.num_rows();
        if let Some(run) = runs.last_mut() {
            run.push(batch.clone());
        }
    }
    runs
}

fn published(contract: TableContract, files: Vec<PublishedFile>) -> PublishedTable {
    PublishedTable {
        name: contract.name.clone(),
        rows: files.iter().map(|file| file.rows).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        version: 0,
        files,
        contract,
    }
}

async fn finish(
    writes: Vec<JoinHandle<Result<(PublishedTable, Checks), WarehouseError>>>,
) -> Result<(Vec<PublishedTable>, Checks), WarehouseError> {
    let (mut tables, mut checks) = (Vec::new(), Checks::default());
    for write in writes {
        let (table, made) = write.await.map_err(|error| WarehouseError::Internal(error.to_string()))??;
        tables.push(table);
        checks.merge(made);
    }
    Ok((tables, checks))
}

/// Commits every table to its Delta log and notes the versions.
pub(super) async fn commit(
    folder: &Path,
    tables: &mut [PublishedTable],
    moment_ms: i64,
) -> Result<(), WarehouseError> {
    let commits = tables.iter().map(|table| {
        let (folder, schema) = (folder.join("tables").join(&table.name), table.schema());
        async move { delta::commit(&folder, &table.name, &schema, &table.files, moment_ms).await }
    });
    let versions = futures::future::try_join_all(commits).await?;
    for (table, version) in tables.iter_mut().zip(versions) {
        table.version = version;
    }
    Ok(())
}

fn register(
    context: &SessionContext,
    name: &str,
    schema: SchemaRef,
    parts: Vec<Vec<RecordBatch>>,
) -> Result<(), WarehouseError> {
    context.register_table(name, Arc::new(MemTable::try_new(schema, parts)?))?;
    Ok(())
}

fn nullable(schema: &SchemaRef) -> SchemaRef {
    Arc::new(Schema::new(
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<_>>(),
    ))
}

fn register_inputs(
    context: &SessionContext,
    plan: &RefreshPlan,
    mut inputs: Inputs,
    span: Option<(Date, Date)>,
) -> Result<(), WarehouseError> {
    let identities = identity::resolve(&mut inputs, &plan.identity)?;
    register(context, "identities", identities.schema(), vec![vec![identities]])?;
    for (entity, (schema, batches)) in inputs.into_tables()? {
        let parts = spread(&schema, batches, partitions())?;
        register(context, &format!("source_{}", entity.name()), schema, parts)?;
    }
    for seed in &plan.seeds {
        let batch = seed_batch(seed)?;
        register(context, &format!("seed_{}", seed.name), batch.schema(), vec![vec![batch]])?;
    }
    let days = calendar::days(span)?;
    register(context, "calendar_days", days.schema(), vec![vec![days]])?;
    let settings = settings(plan)?;
    register(context, "settings", settings.schema(), vec![vec![settings]])
}

/// One row: the shop's currency, and the day that recency counts from, null for the default.
fn settings(plan: &RefreshPlan) -> Result<RecordBatch, WarehouseError> {
    let currency: ArrayRef = Arc::new(StringViewArray::from(vec![plan.currency.as_str()]));
    let as_of: ArrayRef = Arc::new(Date32Array::from(vec![plan.as_of.map(Date::days)]));
    let schema = Schema::new(vec![
        Field::new("currency", DataType::Utf8View, false),
        Field::new("as_of", DataType::Date32, true),
    ]);
    Ok(RecordBatch::try_new(Arc::new(schema), vec![currency, as_of])?)
}

fn seed_batch(seed: &Seed) -> Result<RecordBatch, WarehouseError> {
    let fields: Vec<Field> =
        seed.columns.iter().map(|name| Field::new(name, DataType::Utf8View, true)).collect();
    let columns: Vec<ArrayRef> = (0..seed.columns.len())
        .map(|index| -> ArrayRef {
            Arc::new(
                seed.rows.iter().map(|row| row.get(index).cloned().flatten()).collect::<StringViewArray>(),
            )
        })
        .collect();
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?)
}
