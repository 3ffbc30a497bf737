//! Builds the models, several at once: each starts as soon as the tables it reads are there.
//!
//! Each table goes on to the next models in memory; checking and writing it happens beside that.
//! Staging tables are kept only where the next refresh needs them (`growth`).
//!
//! A refresh that adds to what is there has two views of the tables: models that grow see the new
//! rows of growing tables, models that are rebuilt see all rows, of which the old ones are read from
//! where they were published. Tables that do not grow are the same in both.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Decimal128Type, Field, Int64Type, Schema, SchemaRef};
use confect_domain::{Bucket, Date, Finding, Growth, Layer, Model, TableContract};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use tokio::task::{JoinHandle, JoinSet};

use super::base::Base;
use super::by_key::{Question, SomeKeys};
use super::growth::Growing;
use super::inputs::Inputs;
use super::keep::{Changes, Keep, rows_stay};
use super::lookups::Comparison;
use super::making::{BuiltModel, build_model};
use super::reconcile::{LineKind, LineKinds};
use super::schedule::Waiting;
use super::sizes::Sizes;
use super::starting::{nullable, register, register_inputs};
use super::{Batches, ClosedMonths, RefreshPlan, Steps, identity, months};
use crate::contract::{Checks, DimensionKeys, check, keys_of};
use crate::engine::{builder_session, in_one_partition, partitions};
use crate::error::WarehouseError;
use crate::methods::Runs;
use crate::publish::{PublishedFile, PublishedTable};
use crate::storage::arrow_schema;
use crate::storage::parquet::{ReadAs, write_table};

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
    /// Hash of the links between customer ids.
    pub(super) identities: String,
    /// Tables of which only the rows of some keys were made.
    pub(super) by_key: Vec<String>,
    /// Staging tables without rows, of which no file was written.
    pub(super) empty: BTreeSet<String>,
    /// Which files of tables that go by month hold months that are over.
    pub(super) months: BTreeMap<String, ClosedMonths>,
}

/// The models in order, which of them grow, and what they add to, if they do.
pub(super) struct Order<'a> {
    pub(super) models: Vec<Waiting<'a>>,
    pub(super) growing: Growing,
    pub(super) base: Option<Base>,
    /// What is other than in what they add to.
    pub(super) changes: Option<Changes>,
    /// Whether persons are told from the CRM's rows; else they are those that were published.
    pub(super) tell_persons: bool,
    /// The account of the old lines.
    pub(super) old_kinds: Vec<LineKind>,
}

/// The days that the tables are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Days {
    /// First and last day of anything that happened.
    pub(super) span: Option<(Date, Date)>,
    /// Where tables of whole months end.
    pub(super) whole_months_to: Option<Date>,
}

/// Builds every model of the plan.
pub(super) async fn build(
    folder: &Path,
    plan: &RefreshPlan,
    mut inputs: Inputs,
    days: Days,
    order: Order<'_>,
    steps: &mut Steps<'_>,
) -> Result<Built, WarehouseError> {
    steps.begin("prepare");
    let whole = builder_session()?;
    let fresh = if order.base.is_some() { Some(builder_session()?) } else { None };
    let mut sizes = Sizes::default();
    let told = match &order.base {
        Some(base) if !order.tell_persons => identity::take_over(&mut inputs, base, &whole).await?,
        _ => identity::resolve(&mut inputs, &plan.identity)?,
    };
    let identities = told.1.clone();
    register_inputs(&whole, fresh.as_ref(), plan, inputs, days, told.0, &mut sizes)?;
    if order.base.as_ref().is_some_and(|base| base.publication.memory.identities != identities) {
        return Err(WarehouseError::MustRebuild("other customer ids are one person than before".to_owned()));
    }
    steps.end();
    let Order { models: waiting, growing, base, changes, old_kinds, .. } = order;
    let holders = holders(&growing, &waiting);
    let keep = base.as_ref().zip(changes.as_ref()).map(|(base, changes)| {
        let memory = &base.publication.memory;
        let is_there = |name: &str| base.publication.table(name).is_some() || memory.empty.contains(name);
        Keep::of(&waiting, &growing, is_there, changes)
    });
    let keep = keep.unwrap_or_default();
    let mut builder = Builder::new(folder.join("tables"), whole, fresh, growing, base, holders, keep);
    builder.sizes = sizes;
    builder.month_columns = months::columns(&waiting);
    builder.run(waiting, steps).await?;
    steps.begin("write");
    let (mut tables, mut checks, mut months) = finish(std::mem::take(&mut builder.writes)).await?;
    if let Some(base) = &builder.base {
        let known = |table: &PublishedTable| {
            Some((table.name.clone(), *base.publication.memory.months.get(&table.name)?))
        };
        months.extend(builder.kept.iter().filter_map(known));
    }
    tables.append(&mut builder.kept);
    let mut line_kinds = builder.line_kinds().await?;
    if let Some(kinds) = &mut line_kinds {
        kinds.splice(0..0, old_kinds);
        builder.check_facts(kinds, &mut checks);
    }
    let Builder { sales_span: span, findings, by_key, empty, .. } = builder;
    Ok(Built { tables, checks, line_kinds, span, findings, identities, by_key, empty, months })
}

/// The stored tables that hold rows of each growing table.
fn holders(growing: &Growing, models: &[Waiting<'_>]) -> BTreeMap<String, BTreeSet<String>> {
    let is_staging: BTreeMap<&str, bool> = models
        .iter()
        .map(|next| (next.model.contract.name.as_str(), next.model.contract.layer == Layer::Staging))
        .collect();
    let is_stored = |table: &String| {
        growing.stored.contains(table) || !is_staging.get(table.as_str()).copied().unwrap_or(true)
    };
    let of = |table: &String| growing.descendants(table, models).into_iter().filter(is_stored).collect();
    growing.tables.keys().map(|table| (table.clone(), of(table))).collect()
}

struct Builder {
    folder: PathBuf,
    /// All rows.
    whole: SessionContext,
    /// What growing models see, if that is not all rows.
    fresh: Option<SessionContext>,
    growing: Growing,
    base: Option<Base>,
    holders: BTreeMap<String, BTreeSet<String>>,
    dimensions: Arc<DimensionKeys>,
    writes: Vec<JoinHandle<Result<Written, WarehouseError>>>,
    counts: BTreeMap<String, u64>,
    line_kinds: Option<JoinHandle<Result<Vec<LineKind>, WarehouseError>>>,
    sales_span: Option<(Date, Date)>,
    runs: Runs,
    findings: Vec<Finding>,
    keep: Keep,
    /// Tables that stay as they are.
    kept: Vec<PublishedTable>,
    /// Tables of which only the rows of some keys are made.
    by_key: Vec<String>,
    /// Staging tables without rows, of which no file is written.
    empty: BTreeSet<String>,
    sizes: Sizes,
    /// The columns of tables that go by month.
    month_columns: BTreeMap<String, String>,
    /// Tables of which only the last month is made.
    last_months: BTreeSet<String>,
    /// Whether the rows of a table that were there have the same values in these columns.
    stays: BTreeMap<(String, Vec<String>), bool>,
}

/// A table on disk, what was found wrong with it, and which of its files hold months that are over.
type Written = (PublishedTable, Checks, Option<ClosedMonths>);

impl Builder {
    fn new(
        folder: PathBuf,
        whole: SessionContext,
        fresh: Option<SessionContext>,
        growing: Growing,
        base: Option<Base>,
        holders: BTreeMap<String, BTreeSet<String>>,
        keep: Keep,
    ) -> Self {
        Self {
            folder,
            whole,
            fresh,
            growing,
            base,
            holders,
            dimensions: Arc::default(),
            writes: Vec::new(),
            counts: BTreeMap::new(),
            line_kinds: None,
            sales_span: None,
            runs: Runs::default(),
            findings: Vec::new(),
            keep,
            kept: Vec::new(),
            by_key: Vec::new(),
            empty: BTreeSet::new(),
            sizes: Sizes::default(),
            month_columns: BTreeMap::new(),
            last_months: BTreeSet::new(),
            stays: BTreeMap::new(),
        }
    }

    async fn run(&mut self, waiting: Vec<Waiting<'_>>, steps: &mut Steps<'_>) -> Result<(), WarehouseError> {
        let mut running = JoinSet::new();
        let built = self.build_all(waiting, &mut running, steps).await;
        if built.is_err() {
            // The engine panics where a part of its work vanishes, as it does when the threads end: first the whole goes.
            running.shutdown().await;
            if let Some(kinds) = self.line_kinds.take() {
                kinds.abort();
                let _ = kinds.await;
            }
        }
        built
    }

    async fn build_all(
        &mut self,
        mut waiting: Vec<Waiting<'_>>,
        running: &mut JoinSet<Result<BuiltModel, WarehouseError>>,
        steps: &mut Steps<'_>,
    ) -> Result<(), WarehouseError> {
        waiting.retain(|next| !self.keep.idle.contains(&next.model.contract.name));
        let mut reading: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        loop {
            if steps.progress.cancelled() {
                return Err(WarehouseError::Cancelled);
            }
            while running.len() < MODELS_AT_ONCE {
                let there = |name: &String| self.counts.contains_key(name) || self.keep.idle.contains(name);
                let ready = |next: &Waiting<'_>| next.needs.iter().all(there);
                let Some(index) = waiting.iter().position(ready) else { break };
                let next = waiting.remove(index);
                if self.may_stay(next.model).await? {
                    self.stay(&next.model.contract).await?;
                    continue;
                }
                steps.progress.step(&next.model.contract.name);
                reading.insert(next.model.contract.name.clone(), next.reads);
                let name = &next.model.contract.name;
                let arranged =
                    next.model.contract.layer != Layer::Staging || self.growing.is_stored(name, u64::MAX);
                let (mut context, runs, others) = match self.some_keys(next.model, &reading[name]).await? {
                    // Other tables of the same method are made of all rows.
                    Some(some) => {
                        self.by_key.push(name.clone());
                        (some.context, Runs::default(), some.others)
                    }
                    None => (self.seen_by(name).clone(), self.runs.clone(), Vec::new()),
                };
                if self.sizes.are_few(&reading[name], self.growing.grows(name)) {
                    context = in_one_partition(&context);
                }
                let last_month = self.of_last_month(next.model).await?;
                let model = last_month.unwrap_or_else(|| next.model.clone());
                running.spawn(build_model(context, model, others, arranged, runs));
            }
            let built = match tokio::time::timeout(PATIENCE, running.join_next()).await {
                Err(_) => continue,
                Ok(None) if waiting.is_empty() => return Ok(()),
                Ok(None) => {
                    let left: Vec<&str> =
                        waiting.iter().map(|next| next.model.contract.name.as_str()).collect();
                    return Err(WarehouseError::Internal(format!("nothing builds {}", left.join(", "))));
                }
                Ok(Some(built)) => built.map_err(|error| WarehouseError::Internal(error.to_string()))??,
            };
            steps.note(&built.contract.name, built.seconds);
            reading.remove(&built.contract.name);
            self.take(built).await?;
            self.forget_all_but(waiting.iter().map(|next| &next.reads).chain(reading.values()))?;
        }
    }

    /// Whether a table need not be built again.
    async fn may_stay(&mut self, model: &Model) -> Result<bool, WarehouseError> {
        let name = &model.contract.name;
        if self.keep.unchanged.contains(name) {
            return Ok(true);
        }
        // What goes by a key and has no input that grows stays whole.
        let has_no_new = self.keep.by_key.get(name).is_some_and(Vec::is_empty);
        if has_no_new || self.keep.within_month.contains(name) {
            self.joined_rows_stay(model).await
        } else {
            Ok(false)
        }
    }

    /// Whether what a model joins has the same rows for what was there.
    async fn joined_rows_stay(&mut self, model: &Model) -> Result<bool, WarehouseError> {
        let Some(base) = &self.base else { return Ok(false) };
        for (table, columns) in &model.keeps {
            let question = (table.clone(), columns.clone());
            let known =
                self.stays.get(&question).copied().or(self.keep.unchanged.contains(table).then_some(true));
            let stays = match known {
                Some(stays) => stays,
                None => rows_stay(base, &self.whole, table, columns).await?,
            };
            self.stays.insert(question, stays);
            if !stays {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The model of the last month alone, if the months before stay.
    async fn of_last_month(&mut self, model: &Model) -> Result<Option<Model>, WarehouseError> {
        let name = &model.contract.name;
        let is_told = self.base.as_ref().is_some_and(|base| months::closed_part(base, name).is_some());
        if !is_told || !self.keep.by_month.contains(name) || !self.joined_rows_stay(model).await? {
            return Ok(None);
        }
        let last = months::of_last_month(model);
        if last.is_some() {
            self.by_key.push(name.clone());
            self.last_months.insert(name.clone());
        }
        Ok(last)
    }

    /// What a model is made of whose other rows stay; `None` if it is to be made of all rows.
    async fn some_keys(
        &mut self,
        model: &Model,
        reads: &BTreeSet<String>,
    ) -> Result<Option<SomeKeys>, WarehouseError> {
        let table = &model.contract.name;
        let grows = self.keep.by_key.get(table).is_some_and(|inputs| !inputs.is_empty());
        if !grows || !self.joined_rows_stay(model).await? {
            return Ok(None);
        }
        let growing = self.keep.by_key.get(table).zip(model.by_key.as_ref());
        let (Some((growing, column)), Some(base), Some(fresh)) = (growing, &self.base, &self.fresh) else {
            return Ok(None);
        };
        let question = Question { table, column, growing, reads };
        question.ask(base, &self.whole, fresh).await.map(Some)
    }

    /// Takes a table over as it was published.
    async fn stay(&mut self, contract: &TableContract) -> Result<(), WarehouseError> {
        let Some(base) = &self.base else { return Ok(()) };
        let name = &contract.name;
        if base.publication.memory.empty.contains(name) {
            return self.stay_empty(contract);
        }
        let table = PublishedTable { contract: contract.clone(), ..base.table(name)?.clone() };
        if name.starts_with("dim_") {
            let keys = keys_of(contract, &base.rows(&self.whole, name).await?);
            Arc::make_mut(&mut self.dimensions).insert(name.clone(), keys);
        }
        if self.keep.read.contains(name) {
            for context in self.fresh.iter().chain([&self.whole]) {
                let frame = base.frame(context, name).await?;
                context.register_table(name, frame.into_view())?;
            }
        }
        self.counts.insert(name.clone(), table.rows);
        self.sizes.note(name, table.rows);
        self.kept.push(table);
        Ok(())
    }

    /// Takes over that a staging table has no rows.
    fn stay_empty(&mut self, contract: &TableContract) -> Result<(), WarehouseError> {
        let name = &contract.name;
        for context in self.fresh.iter().chain([&self.whole]) {
            register(context, name, nullable(&arrow_schema(contract)), Vec::new())?;
        }
        self.counts.insert(name.clone(), 0);
        self.sizes.note(name, 0);
        self.empty.insert(name.clone());
        Ok(())
    }

    /// Hands a table on to the models to come, and to the writer.
    async fn take(&mut self, built: BuiltModel) -> Result<(), WarehouseError> {
        let BuiltModel { contract, schema, batches, findings, .. } = built;
        // Tables of one run bring the same findings.
        for finding in findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
        let name = contract.name.clone();
        let rows: u64 = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        let all = rows + self.old_part(&name).map_or(0, |table| table.rows);
        let month = self.month_of(&contract, &batches)?;
        self.counts.insert(name.clone(), all);
        self.sizes.note(&name, all);
        self.sizes.note_new(&name, rows);
        self.hand_on(&name, &schema, &batches).await?;
        if name == LINES {
            self.line_kinds = Some(tokio::spawn(line_kinds(self.seen_by(LINES).clone())));
        }
        if name == "fact_sales" {
            let old =
                self.base.as_ref().and_then(|base| base.publication.data_from.zip(base.publication.data_to));
            self.sales_span = joined(old, sales_span(&schema, &batches));
        }
        if name.starts_with("dim_") {
            let keys = keys_of(&contract, &batches);
            self.check_no_key_is_gone(&contract, &keys).await?;
            Arc::make_mut(&mut self.dimensions).insert(name.clone(), keys);
        }
        // Staging that is kept only to save time is not what keeps a refresh from being published.
        let is_sound = !self.growing.only_settled(&name) || holds_no_forbidden_null(&schema, &batches);
        if contract.layer != Layer::Staging || self.growing.is_stored(&name, rows) && is_sound {
            self.write(contract, schema, batches, month);
        } else if rows == 0 && self.growing.settled.contains(&name) {
            self.empty.insert(name);
        }
        Ok(())
    }

    /// The tables that a model sees.
    fn seen_by(&self, name: &str) -> &SessionContext {
        self.fresh.as_ref().filter(|_| self.growing.grows(name)).unwrap_or(&self.whole)
    }

    /// What was published of a growing table, or of the months before of one that goes by month; it stays.
    fn old_part(&self, name: &str) -> Option<PublishedTable> {
        let base = self.base.as_ref()?;
        if self.last_months.contains(name) {
            months::closed_part(base, name)
        } else if self.growing.grows(name) {
            base.publication.table(name).cloned()
        } else {
            None
        }
    }

    /// The last month of a table that goes by month, with the column.
    fn month_of(
        &self,
        contract: &TableContract,
        batches: &[RecordBatch],
    ) -> Result<Option<(String, i32)>, WarehouseError> {
        let Some(column) = self.month_columns.get(&contract.name) else { return Ok(None) };
        let last = months::last_month(contract, column, batches)?;
        let known = self.base.as_ref().filter(|_| self.last_months.contains(&contract.name));
        let known = known.and_then(|base| base.publication.memory.months.get(&contract.name));
        if let Some(known) = known {
            if !months::is_one_month(contract, column, batches, known.open)? || last != Some(known.open) {
                let reason = format!("`{}` tells of another month than before", contract.name);
                return Err(WarehouseError::MustRebuild(reason));
            }
        }
        Ok(last.map(|last| (column.clone(), last)))
    }

    /// Makes a table known to the models to come.
    async fn hand_on(&self, name: &str, schema: &SchemaRef, batches: &Batches) -> Result<(), WarehouseError> {
        let parts = contiguous(batches, partitions());
        let (Some(fresh), Some(base)) = (&self.fresh, &self.base) else {
            return register(&self.whole, name, nullable(schema), parts);
        };
        if let Some(old) = self.old_part(name) {
            let old = base.frame_of(&self.whole, &old).await?;
            let new = Arc::new(MemTable::try_new(nullable(schema), parts.clone())?);
            let all = old.union(self.whole.read_table(new)?)?.into_view();
            self.whole.register_table(name, Arc::clone(&all))?;
            if !self.growing.grows(name) {
                fresh.register_table(name, all)?;
                return Ok(());
            }
        }
        register(fresh, name, nullable(schema), parts.clone())?;
        if self.growing.grows(name) {
            return Ok(());
        }
        register(&self.whole, name, nullable(schema), parts)?;
        let Some(users) = self.growing.lookups.get(name) else { return Ok(()) };
        let context = &self.whole;
        Comparison { base, context, table: name, users, holders: &self.holders }.check(batches).await
    }

    /// Old rows refer to dimensions that are built anew.
    async fn check_no_key_is_gone(
        &self,
        contract: &TableContract,
        keys: &hashbrown::HashSet<i64>,
    ) -> Result<(), WarehouseError> {
        let (Some(base), Some(key)) = (&self.base, contract.key.first()) else { return Ok(()) };
        if base.publication.table(&contract.name).is_none() {
            return Ok(());
        }
        let old = base.frame(&self.whole, &contract.name).await?.select_columns(&[key.as_str()])?;
        for batch in old.collect().await? {
            let Some(old) = batch.column(0).as_primitive_opt::<Int64Type>() else { continue };
            if old.iter().flatten().any(|key| !keys.contains(&key)) {
                let reason = format!("`{}` has lost a member", contract.name);
                return Err(WarehouseError::MustRebuild(reason));
            }
        }
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
        for context in self.fresh.iter().chain([&self.whole]) {
            let Some(schema) = context.catalog("datafusion").and_then(|catalog| catalog.schema("public"))
            else {
                continue;
            };
            for name in schema.table_names() {
                let built_or_input = self.counts.contains_key(&name) || name.starts_with("source_");
                if built_or_input && !needed.contains(name.as_str()) {
                    context.deregister_table(name)?;
                }
            }
        }
        Ok(())
    }

    /// Writes a table beside what is to come; `month` is the last one of a table that goes by month, with the column.
    fn write(
        &mut self,
        contract: TableContract,
        schema: SchemaRef,
        batches: Batches,
        month: Option<(String, i32)>,
    ) {
        let folder = self.folder.join(&contract.name);
        let dimensions = Arc::clone(&self.dimensions);
        let mut old = self.old_part(&contract.name).map(|table| table.files).unwrap_or_default();
        let mut checked = contract.clone();
        if self.growing.growth(&contract.name) == Growth::Partials {
            // A key may come again, and be empty.
            checked.key.clear();
        }
        if contract.layer == Layer::Staging && self.growing.only_settled(&contract.name) {
            checked.key.clear();
            checked.accepted.clear();
            checked.foreign_keys.clear();
        }
        self.writes.push(tokio::task::spawn_blocking(move || {
            let (checks, files) = std::thread::scope(|scope| {
                let checks = scope.spawn(|| check(&checked, &batches, &dimensions));
                let nothing_new = !old.is_empty() && batches.iter().all(|batch| batch.num_rows() == 0);
                let write = |rows: &[RecordBatch]| {
                    write_table(&folder, &contract.name, &schema, rows, read_as(&contract))
                };
                let files = match &month {
                    _ if nothing_new => Ok((Vec::new(), Vec::new())),
                    None => write(&batches).map(|files| (Vec::new(), files)),
                    Some((column, last)) => {
                        months::split(&contract, column, &batches, *last).and_then(|(closed, open)| {
                            let closed = if closed.is_empty() { Vec::new() } else { write(&closed)? };
                            Ok((closed, write(&open)?))
                        })
                    }
                };
                (checks.join(), files)
            });
            let checks = checks
                .map_err(|_| WarehouseError::Internal(format!("checking `{}` panicked", contract.name)))?;
            let (closed, last) = files?;
            old.extend(closed);
            let closed = month.map(|(_, open)| ClosedMonths { files: old.len(), open });
            old.extend(last);
            Ok((published(contract, old), checks, closed))
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

/// Whether every column that is never to be empty is full.
fn holds_no_forbidden_null(schema: &Schema, batches: &[RecordBatch]) -> bool {
    let full = |(index, field): (usize, &Arc<Field>)| {
        field.is_nullable() || batches.iter().all(|batch| batch.column(index).null_count() == 0)
    };
    schema.fields().iter().enumerate().all(full)
}

/// Tables whose rows are told apart by customer are asked for one customer at a time.
fn read_as(contract: &TableContract) -> ReadAs {
    if contract.key.iter().any(|name| name == "customer_id") { ReadAs::Lookups } else { ReadAs::Runs }
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

/// From the first day of both to the last.
pub(super) fn joined(left: Option<(Date, Date)>, right: Option<(Date, Date)>) -> Option<(Date, Date)> {
    match (left, right) {
        (Some((from, to)), Some((other_from, other_to))) => Some((from.min(other_from), to.max(other_to))),
        (one, other) => one.or(other),
    }
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
        log: None,
        files,
        contract,
    }
}

async fn finish(
    writes: Vec<JoinHandle<Result<Written, WarehouseError>>>,
) -> Result<(Vec<PublishedTable>, Checks, BTreeMap<String, ClosedMonths>), WarehouseError> {
    let (mut tables, mut checks, mut months) = (Vec::new(), Checks::default(), BTreeMap::new());
    for write in writes {
        let (table, made, closed) =
            write.await.map_err(|error| WarehouseError::Internal(error.to_string()))??;
        months.extend(closed.map(|closed| (table.name.clone(), closed)));
        tables.push(table);
        checks.merge(made);
    }
    Ok((tables, checks, months))
}
