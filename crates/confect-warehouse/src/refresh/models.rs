//! Builds the models in the order in which they need each other, checks and writes what they deliver.
//!
//! Each table goes on to the next model in memory; checking and writing it happens beside that.
//! Staging tables are not kept.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch, StringViewArray};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Field, Int64Type, Schema, SchemaRef};
use confect_domain::{Bucket, Date, Layer, Model, Seed, TableContract};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use datafusion::sql::resolve::resolve_table_references;
use tokio::task::JoinHandle;

use super::inputs::{Inputs, spread};
use super::reconcile::LineKinds;
use super::{Batches, RefreshPlan, Steps, calendar};
use crate::contract::{Checks, DimensionKeys, check, conform, keys_of};
use crate::engine::{builder_session, partitions};
use crate::error::WarehouseError;
use crate::publish::{PublishedFile, PublishedTable};
use crate::storage::parquet::write_table;
use crate::storage::{arrow_schema, delta};

/// Tables that were built and written.
pub(super) struct Built {
    pub(super) tables: Vec<PublishedTable>,
    pub(super) checks: Checks,
    pub(super) line_kinds: LineKinds,
    pub(super) span: Option<(Date, Date)>,
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
    let order = in_order(&plan.models, &context)?;
    let mut builder = Builder {
        folder: folder.join("tables"),
        context,
        dimensions: Arc::default(),
        writes: Vec::new(),
        counts: BTreeMap::new(),
    };
    let mut line_kinds = None;
    for (place, (model, _)) in order.iter().enumerate() {
        if steps.progress.cancelled() {
            return Err(WarehouseError::Cancelled);
        }
        steps.begin(&model.contract.name);
        builder.build(model).await?;
        if model.contract.name == LINES {
            line_kinds = Some(builder.line_kinds().await?);
        }
        builder.forget_all_but(order[place + 1..].iter().flat_map(|(_, reads)| reads))?;
    }
    steps.begin("write");
    let (tables, mut checks) = finish(std::mem::take(&mut builder.writes)).await?;
    if let Some(kinds) = &line_kinds {
        builder.check_facts(kinds, &mut checks);
    }
    let span = builder.sales_span().await?;
    Ok(Built { tables, checks, line_kinds, span })
}

/// The staging table whose `line_bucket` says which fact a line belongs to.
const LINES: &str = "stg_sale_lines";

struct Builder {
    folder: PathBuf,
    context: SessionContext,
    dimensions: Arc<DimensionKeys>,
    writes: Vec<JoinHandle<Result<(PublishedTable, Checks), WarehouseError>>>,
    counts: BTreeMap<String, u64>,
}

impl Builder {
    async fn build(&mut self, model: &Model) -> Result<(), WarehouseError> {
        let contract = &model.contract;
        let failed = |error: datafusion::error::DataFusionError| {
            WarehouseError::model(&contract.name, &model.path, error.strip_backtrace())
        };
        let frame = self.context.sql(&model.sql).await.map_err(failed)?;
        let delivered = Arc::new(frame.schema().as_arrow().clone());
        let parts = frame.collect_partitioned().await.map_err(failed)?;
        let schema = arrow_schema(contract);
        let parts = parts
            .into_iter()
            .map(|part| {
                let part =
                    if part.is_empty() { vec![RecordBatch::new_empty(Arc::clone(&delivered))] } else { part };
                conform(contract, &model.path, &schema, part)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let parts = if parts.is_empty() {
            vec![conform(
                contract,
                &model.path,
                &schema,
                vec![RecordBatch::new_empty(Arc::clone(&delivered))],
            )?]
        } else {
            parts
        };
        let batches: Batches = Arc::new(parts.iter().flatten().cloned().collect());
        self.counts.insert(contract.name.clone(), batches.iter().map(|batch| batch.num_rows() as u64).sum());
        register(&self.context, &contract.name, nullable(&schema), parts)?;
        if contract.layer == Layer::Staging {
            return Ok(());
        }
        if contract.name.starts_with("dim_") {
            Arc::make_mut(&mut self.dimensions).insert(contract.name.clone(), keys_of(contract, &batches));
        }
        self.write(contract.clone(), schema, batches);
        Ok(())
    }

    /// Frees the tables that no model to come reads.
    fn forget_all_but<'a>(&self, needed: impl Iterator<Item = &'a String>) -> Result<(), WarehouseError> {
        let needed: BTreeSet<&str> = needed.map(String::as_str).chain(["fact_sales"]).collect();
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
                let files = write_table(&folder, &contract.name, &schema, &batches);
                (checks.join(), files)
            });
            let checks = checks
                .map_err(|_| WarehouseError::Internal(format!("checking `{}` panicked", contract.name)))?;
            Ok((published(contract, files?), checks))
        }));
    }

    /// Rows and money per bucket of the lines.
    async fn line_kinds(&self) -> Result<Vec<(String, Bucket)>, WarehouseError> {
        let sql = format!(
            "select line_bucket, count(*), sum(line_value) from {LINES} group by line_bucket order by line_bucket"
        );
        let mut kinds = Vec::new();
        for batch in self.context.sql(&sql).await?.collect().await? {
            let (names, counts, sums) = (batch.column(0).as_string_view(), batch.column(1), batch.column(2));
            let (counts, sums) = (counts.as_primitive::<Int64Type>(), sums.as_primitive::<Decimal128Type>());
            for row in 0..batch.num_rows() {
                let rows = u64::try_from(counts.value(row)).unwrap_or_default();
                let amount = if sums.is_null(row) { 0 } else { sums.value(row) };
                kinds.push((names.value(row).to_owned(), Bucket { rows, amount, rows_without_amount: 0 }));
            }
        }
        Ok(kinds)
    }

    /// A fact holds just the lines of its bucket: joining dimensions adds and loses none.
    fn check_facts(&self, kinds: &[(String, Bucket)], checks: &mut Checks) {
        for (table, prefix) in
            [("fact_sales", "sales"), ("fact_returns", "returns"), ("fact_adjustments", "adjustments")]
        {
            let Some(held) = self.counts.get(table) else { continue };
            let lines: u64 = kinds
                .iter()
                .filter(|(name, _)| name.starts_with(prefix))
                .map(|(_, bucket)| bucket.rows)
                .sum();
            checks.expect(*held == lines, || {
                format!("`{table}` holds {held} rows but {lines} lines belong there")
            });
        }
    }

    async fn sales_span(&self) -> Result<Option<(Date, Date)>, WarehouseError> {
        if !self.counts.contains_key("fact_sales") {
            return Ok(None);
        }
        let batches = self
            .context
            .sql("select min(invoice_date), max(invoice_date) from fact_sales")
            .await?
            .collect()
            .await?;
        let day = |batch: &RecordBatch, column: usize| {
            let days = batch.column(column).as_primitive_opt::<Date32Type>()?;
            days.is_valid(0).then(|| Date::from_days(days.value(0)))
        };
        Ok(batches.first().and_then(|batch| day(batch, 0).zip(day(batch, 1))))
    }
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
    inputs: Inputs,
    span: Option<(Date, Date)>,
) -> Result<(), WarehouseError> {
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

/// Models so that each comes after those it reads and after the dimensions it refers to.
fn in_order<'a>(
    models: &'a [Model],
    context: &SessionContext,
) -> Result<Vec<(&'a Model, BTreeSet<String>)>, WarehouseError> {
    let names: BTreeSet<&str> = models.iter().map(|model| model.contract.name.as_str()).collect();
    let mut waiting: Vec<(&Model, BTreeSet<String>, BTreeSet<String>)> = Vec::new();
    for model in models {
        let reads = tables_read(model, context)?;
        let mut needs = reads.clone();
        needs.extend(model.contract.foreign_keys.iter().map(|key| key.references.clone()));
        needs.retain(|name| names.contains(name.as_str()) && *name != model.contract.name);
        waiting.push((model, needs, reads));
    }
    waiting.sort_by_key(|(model, _, _)| (model.contract.layer, model.contract.name.as_str()));
    let mut order = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while !waiting.is_empty() {
        let ready =
            waiting.iter().position(|(_, needs, _)| needs.iter().all(|name| done.contains(name.as_str())));
        let Some(index) = ready else {
            let names: Vec<&str> = waiting.iter().map(|(model, _, _)| model.contract.name.as_str()).collect();
            return Err(WarehouseError::Circle(names.join(", ")));
        };
        let (model, _, reads) = waiting.remove(index);
        done.insert(model.contract.name.as_str());
        order.push((model, reads));
    }
    Ok(order)
}

fn tables_read(model: &Model, context: &SessionContext) -> Result<BTreeSet<String>, WarehouseError> {
    let failed = |error: datafusion::error::DataFusionError| {
        WarehouseError::model(&model.contract.name, &model.path, error.strip_backtrace())
    };
    let dialect = datafusion::config::Dialect::Generic;
    let statement = context.state().sql_to_statement(&model.sql, &dialect).map_err(failed)?;
    let (tables, _) = resolve_table_references(&statement, true).map_err(failed)?;
    Ok(tables.iter().map(|table| table.table().to_owned()).collect())
}
