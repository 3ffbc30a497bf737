//! Answers authorised queries over one publication.
//!
//! A query names no viewer's rights itself: it carries the policy that `confect-metrics` put into
//! it, and each one gets a session of its own whose catalogue holds only what that policy shows.
//! Queries run on the warehouse's own threads with large stacks, so that a deep plan or a heavy
//! query does not take the caller's threads with it; dropping the future stops the query.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, SchemaRef};
use confect_domain::policy::Grant;
use confect_domain::{RowPolicy, Rule};
use confect_metrics::AuthorisedQuery;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::sql::parser::Statement;
use futures::StreamExt;
use futures::stream::BoxStream;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::answer::{QueryResult, cell_text};
use crate::csv;
use crate::engine::{viewer_runtime, viewer_state};
use crate::error::WarehouseError;
use crate::guard::parse_query;
use crate::publish::{self, Publication};
use crate::secured::barrier::Fingerprint;
use crate::secured::verify::{verify_logical, verify_physical};
use crate::secured::{KeySets, secured_catalog};

/// Rows of one answer; what is beyond is left out and said to be.
const MAX_ROWS: usize = 1_000_000;
/// Seconds of one query.
const MAX_SECONDS: u64 = 30;
/// Stack of the threads that plan and run queries.
const STACK: usize = 64 << 20;
/// Policies whose key sets are kept.
const KEPT_KEY_SETS: usize = 256;

/// A warehouse folder, open for reading. Cheap to clone.
#[derive(Clone)]
pub struct Warehouse {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    /// A session without tables, which those of viewers begin as.
    template: SessionState,
    /// `None` only while it is being shut down.
    threads: Option<tokio::runtime::Runtime>,
    latest: Mutex<Option<Arc<Publication>>>,
    key_sets: Mutex<BTreeMap<(u64, String), Arc<KeySets>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // A runtime may not be dropped on an asynchronous thread; a query under way is given up.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

impl Warehouse {
    /// Opens `folder` (`<project>/warehouse`), which may hold no publication yet.
    ///
    /// # Errors
    /// The folder cannot be created or read.
    pub fn open(folder: &Path) -> Result<Self, WarehouseError> {
        let tables = folder.join("tables");
        crate::storage::create_folder(&tables)?;
        let folder = folder.canonicalize().map_err(|error| WarehouseError::file("open", folder, error))?;
        let threads = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(crate::engine::partitions())
            .thread_stack_size(STACK)
            .thread_name("confect-query")
            .enable_time()
            .build()
            .map_err(|error| WarehouseError::Internal(error.to_string()))?;
        let inner = Inner {
            template: viewer_state(viewer_runtime(&tables)?),
            folder,
            threads: Some(threads),
            latest: Mutex::new(None),
            key_sets: Mutex::new(BTreeMap::new()),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The newest publication that is whole; `None` before the first refresh.
    ///
    /// # Errors
    /// The manifests cannot be read, or none of them is whole.
    pub fn latest(&self) -> Result<Option<Arc<Publication>>, WarehouseError> {
        let newest = publish::ids(&self.inner.folder)?.pop();
        let mut latest = self.inner.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = latest.as_ref().filter(|known| Some(known.id) == newest) {
            return Ok(Some(Arc::clone(known)));
        }
        let (publication, _damaged) = publish::newest(&self.inner.folder)?;
        *latest = publication.map(Arc::new);
        Ok(latest.clone())
    }

    /// Runs a query and waits for it. Not for asynchronous callers.
    ///
    /// # Errors
    /// See [`WarehouseError`]; nothing that the viewer may not see is in what a viewer is told.
    pub fn query(
        &self,
        publication: &Arc<Publication>,
        query: &AuthorisedQuery,
    ) -> Result<QueryResult, WarehouseError> {
        let work = self.run(Arc::clone(publication), query.clone());
        self.threads()?.block_on(async { self.threads()?.spawn(work).await.map_err(gone)? })
    }

    /// Runs a query; dropping the future stops it.
    ///
    /// # Errors
    /// As [`Self::query`].
    pub async fn query_async(
        &self,
        publication: Arc<Publication>,
        query: AuthorisedQuery,
    ) -> Result<QueryResult, WarehouseError> {
        let task = self.threads()?.spawn(self.run(publication, query));
        let _stop_when_dropped = AbortOnDrop(task.abort_handle());
        task.await.map_err(gone)?
    }

    /// Hands the rows of a query on, batch by batch, until `take` has enough; for what is counted and not
    /// shown. Dropping the future stops it.
    ///
    /// # Errors
    /// As [`Self::query`], and what `take` says.
    pub(crate) async fn consume<T: Send + 'static>(
        &self,
        publication: Arc<Publication>,
        query: AuthorisedQuery,
        mut into: T,
        take: impl Fn(&mut T, RecordBatch) -> Result<ControlFlow<()>, WarehouseError> + Send + Sync + 'static,
    ) -> Result<T, WarehouseError> {
        let warehouse = self.clone();
        let task = self.threads()?.spawn(async move {
            let work = async {
                warehouse.each_batch(&publication, &query, |batch| take(&mut into, batch)).await?;
                Ok(into)
            };
            match tokio::time::timeout(Duration::from_secs(MAX_SECONDS), work).await {
                Ok(result) => result,
                Err(_) => Err(WarehouseError::TimedOut { seconds: MAX_SECONDS }),
            }
        });
        let _stop_when_dropped = AbortOnDrop(task.abort_handle());
        task.await.map_err(gone)?
    }

    /// Rows of a private table, for the project's owner: `quarantine`.
    ///
    /// # Errors
    /// The table is not there or cannot be read.
    pub fn read_private(
        &self,
        publication: &Publication,
        table: &str,
        limit: usize,
    ) -> Result<QueryResult, WarehouseError> {
        let Some(found) = publication.table(table) else {
            return Err(WarehouseError::Internal(format!("no table `{table}`")));
        };
        let mut batches = Vec::new();
        let mut rows = 0;
        for batch in self.read_columns(publication, table, None)? {
            let take = batch.num_rows().min(limit - rows);
            rows += take;
            batches.push(batch.slice(0, take));
            if rows == limit {
                break;
            }
        }
        let schema = batches.first().map_or_else(|| found.schema(), RecordBatch::schema);
        Ok(QueryResult { schema, batches, truncated: (rows as u64) < found.rows })
    }

    fn threads(&self) -> Result<&tokio::runtime::Runtime, WarehouseError> {
        self.inner
            .threads
            .as_ref()
            .ok_or_else(|| WarehouseError::Internal("the warehouse is closed".to_owned()))
    }

    fn run(
        &self,
        publication: Arc<Publication>,
        query: AuthorisedQuery,
    ) -> impl Future<Output = Result<QueryResult, WarehouseError>> + Send + 'static {
        let warehouse = self.clone();
        async move {
            let work = warehouse.plan_and_execute(&publication, &query);
            match tokio::time::timeout(Duration::from_secs(MAX_SECONDS), work).await {
                Ok(result) => result,
                Err(_) => Err(WarehouseError::TimedOut { seconds: MAX_SECONDS }),
            }
        }
    }

    async fn plan_and_execute(
        &self,
        publication: &Publication,
        query: &AuthorisedQuery,
    ) -> Result<QueryResult, WarehouseError> {
        let (mut batches, mut rows, mut truncated) = (Vec::new(), 0, false);
        let schema = self
            .each_batch(publication, query, |batch| {
                let take = batch.num_rows().min(MAX_ROWS - rows);
                truncated |= take < batch.num_rows();
                rows += take;
                batches.push(batch.slice(0, take));
                Ok(if truncated { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .await?;
        Ok(QueryResult { schema, batches, truncated })
    }

    /// Writes all rows of a query as CSV with a heading, in their order and as they come, however many there are;
    /// tells how many. Blocks: not for asynchronous callers.
    ///
    /// # Errors
    /// As [`Self::query`], and what `write` says. What was written before stays written.
    pub fn write_csv(
        &self,
        publication: &Arc<Publication>,
        query: &AuthorisedQuery,
        write: impl FnMut(&[u8]) -> std::io::Result<()> + Send + 'static,
    ) -> Result<usize, WarehouseError> {
        let (warehouse, publication, query) = (self.clone(), Arc::clone(publication), query.clone());
        let work = async move { warehouse.csv(&publication, &query, write).await };
        self.threads()?.block_on(async { self.threads()?.spawn(work).await.map_err(gone)? })
    }

    async fn csv(
        &self,
        publication: &Publication,
        query: &AuthorisedQuery,
        mut write: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<usize, WarehouseError> {
        let (schema, batches) = self.stream(publication, query).await?;
        let mut texts = batches
            .map(|batch| async {
                let batch = batch?;
                let rows = batch.num_rows();
                let work = tokio::task::spawn_blocking(move || csv::records(&batch));
                Ok::<_, WarehouseError>((rows, work.await.map_err(gone)?))
            })
            .buffered(crate::engine::partitions() + 1);
        let unwritten = |error| WarehouseError::file("write", std::path::Path::new("the answer"), error);
        write(csv::heading(&schema).as_bytes()).map_err(unwritten)?;
        let mut all = 0;
        while let Some(text) = texts.next().await {
            let (rows, text) = text?;
            write(text.as_bytes()).map_err(unwritten)?;
            all += rows;
        }
        Ok(all)
    }

    /// Plans and runs a query; `take` gets each batch of rows as it comes.
    async fn each_batch(
        &self,
        publication: &Publication,
        query: &AuthorisedQuery,
        mut take: impl FnMut(RecordBatch) -> Result<ControlFlow<()>, WarehouseError> + Send,
    ) -> Result<SchemaRef, WarehouseError> {
        let (schema, mut batches) = self.stream(publication, query).await?;
        while let Some(batch) = batches.next().await {
            if take(batch?)?.is_break() {
                break;
            }
        }
        Ok(schema)
    }

    /// Plans a query and starts it; nothing runs but what is asked for.
    async fn stream(
        &self,
        publication: &Publication,
        query: &AuthorisedQuery,
    ) -> Result<(SchemaRef, BoxStream<'static, Result<RecordBatch, WarehouseError>>), WarehouseError> {
        let policy = query.policy();
        let fingerprint = fingerprint(publication, policy);
        let sets = self.key_sets(publication, policy)?;
        let state = self.session(publication, policy, &sets, fingerprint)?;
        let statement = parse(&state, query)?;
        let plan = physical_plan(&state, statement, fingerprint, policy).await?;
        let may_tell = policy.is_everything();
        let execution = move |error: datafusion::error::DataFusionError| WarehouseError::Execution {
            private: error.strip_backtrace(),
            may_tell,
        };
        let schema = plan.schema();
        let batches = execute_stream(plan, state.task_ctx()).map_err(execution)?;
        Ok((schema, batches.map(move |batch| batch.map_err(execution)).boxed()))
    }

    fn session(
        &self,
        publication: &Publication,
        policy: &RowPolicy,
        sets: &KeySets,
        fingerprint: Fingerprint,
    ) -> Result<SessionState, WarehouseError> {
        let catalog = secured_catalog(publication, policy, sets, fingerprint)?;
        Ok(SessionStateBuilder::new_from_existing(self.inner.template.clone())
            .with_catalog_list(catalog)
            .build())
    }

    /// The keys that the policy's rules admit in this publication.
    fn key_sets(
        &self,
        publication: &Publication,
        policy: &RowPolicy,
    ) -> Result<Arc<KeySets>, WarehouseError> {
        let key = (publication.id, policy.canonical());
        let kept = || self.inner.key_sets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sets) = kept().get(&key) {
            return Ok(Arc::clone(sets));
        }
        let mut sets = KeySets::default();
        if !policy.is_everything() {
            for rule in policy.grants().flat_map(Grant::rules) {
                self.admit(publication, rule, &mut sets)?;
            }
        }
        let sets = Arc::new(sets);
        let mut all = kept();
        if all.len() >= KEPT_KEY_SETS {
            all.clear();
        }
        all.insert(key, Arc::clone(&sets));
        Ok(sets)
    }

    /// A dimension or column that is not there admits no key.
    fn admit(
        &self,
        publication: &Publication,
        rule: &Rule,
        sets: &mut KeySets,
    ) -> Result<(), WarehouseError> {
        let Some(table) = publication.table(&rule.dimension) else { return Ok(()) };
        let key = table
            .contract
            .key_of_dimension(&rule.dimension)
            .and_then(|key| table.schema().index_of(key).ok());
        let Some((key, column)) = key.zip(table.schema().index_of(&rule.column).ok()) else { return Ok(()) };
        let mut rows = Vec::new();
        for batch in self.read_columns(publication, &rule.dimension, Some(&[key, column]))? {
            let (keys, values) =
                (batch.column(usize::from(key > column)), batch.column(usize::from(key < column)));
            let Some(keys) = keys.as_primitive_opt::<Int64Type>() else { continue };
            rows.extend(
                (0..batch.num_rows())
                    .filter(|row| keys.is_valid(*row))
                    .map(|row| (keys.value(row), cell_text(values.as_ref(), row))),
            );
        }
        sets.admit(rule, rows.into_iter());
        Ok(())
    }

    /// Reads columns of a table as they are stored, past every policy: for key sets and for the
    /// owner's private tables only.
    fn read_columns(
        &self,
        publication: &Publication,
        table: &str,
        columns: Option<&[usize]>,
    ) -> Result<Vec<RecordBatch>, WarehouseError> {
        let mut batches = Vec::new();
        for published in publication.table(table).into_iter().flat_map(|table| table.files.iter()) {
            let path = self.inner.folder.join("tables").join(table).join(&published.path);
            let file =
                std::fs::File::open(&path).map_err(|error| WarehouseError::file("read", &path, error))?;
            let failed = |error: &dyn std::fmt::Display| WarehouseError::storage(table, error);
            #[allow(clippy::disallowed_methods)] // This is the one module that may.
            let mut builder =
                ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| failed(&error))?;
            if let Some(columns) = columns {
                let mask =
                    parquet::arrow::ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
                builder = builder.with_projection(mask);
            }
            for batch in builder.build().map_err(|error| failed(&error))? {
                batches.push(batch.map_err(|error| failed(&error))?);
            }
        }
        Ok(batches)
    }
}

fn parse(state: &SessionState, query: &AuthorisedQuery) -> Result<Statement, WarehouseError> {
    if query.is_adhoc() {
        return parse_query(query.sql());
    }
    let dialect = datafusion::config::Dialect::PostgreSQL;
    state
        .sql_to_statement(query.sql(), &dialect)
        .map_err(|error| WarehouseError::Plan { message: error.strip_backtrace() })
}

/// Plans a statement and refuses the plan unless it is known to be safe.
async fn physical_plan(
    state: &SessionState,
    statement: Statement,
    fingerprint: Fingerprint,
    policy: &RowPolicy,
) -> Result<Arc<dyn ExecutionPlan>, WarehouseError> {
    let told =
        |error: datafusion::error::DataFusionError| WarehouseError::Plan { message: plan_message(&error) };
    let unsafe_plan =
        |problem: crate::secured::verify::Unsafe| WarehouseError::Unverified { private: problem.0 };
    let logical = state.statement_to_plan(statement).await.map_err(told)?;
    verify_logical(&logical).map_err(unsafe_plan)?;
    let optimised = state.optimize(&logical).map_err(told)?;
    let physical = state.query_planner().create_physical_plan(&optimised, state).await.map_err(|error| {
        WarehouseError::Execution { private: error.strip_backtrace(), may_tell: policy.is_everything() }
    })?;
    verify_physical(physical.as_ref(), fingerprint).map_err(unsafe_plan)?;
    Ok(physical)
}

/// The planner's words without the engine's labels.
fn plan_message(error: &datafusion::error::DataFusionError) -> String {
    let text = error.strip_backtrace();
    let text = text.lines().next().unwrap_or_default();
    let plain = ["Error during planning: ", "Schema error: ", "SQL error: ", "type_coercion", "caused by"]
        .iter()
        .fold(text.to_owned(), |text, label| text.replace(label, ""));
    plain.replace("confect.shop.", "").trim().to_owned()
}

fn fingerprint(publication: &Publication, policy: &RowPolicy) -> Fingerprint {
    let text = format!("{}\n{}\n{}", publication.id, publication.fingerprint, policy.canonical());
    Fingerprint(*blake3::hash(text.as_bytes()).as_bytes())
}

fn gone(error: tokio::task::JoinError) -> WarehouseError {
    let what = if error.is_panic() { "the query panicked" } else { "the query was stopped" };
    WarehouseError::Internal(what.to_owned())
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
