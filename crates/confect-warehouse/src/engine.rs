//! The only place that creates an engine session.
//!
//! Two kinds: a builder's session for refreshes, which sees in-memory tables by name and all
//! functions; and a viewer's session, which has no tables of its own, no file system, no table
//! functions, no information schema and no way to register any.

use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::{DFSchema, DataFusionError, Result, config_err};
use datafusion::datasource::ViewTable;
use datafusion::execution::memory_pool::{FairSpillPool, GreedyMemoryPool, TrackConsumersPool};
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::execution::{
    SessionStateDefaults, disk_manager::DiskManagerBuilder, disk_manager::DiskManagerMode,
};
use datafusion::logical_expr::{EmptyRelation, LogicalPlan};
use datafusion::prelude::{SessionConfig, SessionContext};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use url::Url;

use crate::functions::{date_key, file_date, period_from, period_to, surrogate_key};

/// Where published files are found by the scans of secured tables; no SQL can name it.
pub(crate) const STORE_URL: &str = "confect://warehouse/";

/// Bytes that queries may hold in memory before they spill.
const QUERY_MEMORY: usize = 512 << 20;
/// Bytes that the operators of one refresh may say they hold before they spill; in-memory tables come on top.
///
/// What they say is several times what they hold: each slice of a column of texts counts all the text that it
/// shares with the others. With 2 GiB, in equal shares, sorting 700,000 customers failed while the whole process
/// had 4 GB; so this is a bound for what runs away, first come, first served.
const REFRESH_MEMORY: usize = 16 << 30;
/// Bytes of what files say of their pages, kept between queries.
const PAGE_INDEX_MEMORY: usize = 256 << 20;
/// Bytes that queries may spill.
const SPILL_LIMIT: u64 = 2 << 30;

/// Number of partitions that work in parallel.
pub(crate) fn partitions() -> usize {
    std::thread::available_parallelism().map_or(2, |threads| threads.get().clamp(1, 16))
}

/// A session that builds models.
pub(crate) fn builder_session() -> Result<SessionContext> {
    let config = SessionConfig::new()
        .with_target_partitions(partitions())
        .with_batch_size(8_192)
        .with_information_schema(false);
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(REFRESH_MEMORY)))
        .build_arc()?;
    let context = SessionContext::new_with_config_rt(config, runtime);
    context.register_udf(surrogate_key());
    context.register_udf(date_key());
    for function in [file_date(), period_from(), period_to()] {
        context.register_udf(function);
    }
    Ok(context)
}

/// A session with the same tables that works through them in one go: of few rows that is quicker than sharing
/// them out, and most of the time for a small table goes into its plan.
pub(crate) fn in_one_partition(context: &SessionContext) -> SessionContext {
    let mut state = context.state();
    state.config_mut().options_mut().execution.target_partitions = 1;
    SessionContext::new_with_state(state)
}

/// A table without rows, of which plans can see that it has none.
pub(crate) fn empty_table(schema: SchemaRef) -> Result<Arc<dyn TableProvider>> {
    let schema = Arc::new(DFSchema::try_from(schema)?);
    let plan = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema });
    Ok(Arc::new(ViewTable::new(plan, None)))
}

/// The runtime that all viewers' sessions share: one memory pool, and one store below `tables`.
pub(crate) fn viewer_runtime(tables: &Path) -> Result<Arc<RuntimeEnv>> {
    let store = LocalFileSystem::new_with_prefix(tables).map_err(DataFusionError::from)?;
    let disk = DiskManagerBuilder::default()
        .with_mode(DiskManagerMode::OsTmpDirectory)
        .with_max_temp_directory_size(SPILL_LIMIT);
    RuntimeEnvBuilder::new()
        .with_memory_pool(pool(QUERY_MEMORY))
        .with_disk_manager_builder(disk)
        .with_metadata_cache_limit(PAGE_INDEX_MEMORY)
        .with_object_store_registry(Arc::new(OneStore { store: Arc::new(store) }))
        .build_arc()
}

/// A session state without any table: the template of every viewer's session.
pub(crate) fn viewer_state(runtime: Arc<RuntimeEnv>) -> SessionState {
    let mut config = SessionConfig::new()
        .with_target_partitions(partitions())
        .with_information_schema(false)
        .with_create_default_catalog_and_schema(false)
        .with_default_catalog_and_schema(CATALOG, SCHEMA);
    // Statistics of hidden rows must never answer a query.
    config.options_mut().optimizer.prefer_hash_join = true;
    SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_expr_planners(SessionStateDefaults::default_expr_planners())
        .with_scalar_functions(SessionStateDefaults::default_scalar_functions())
        .with_aggregate_functions(SessionStateDefaults::default_aggregate_functions())
        .with_window_functions(SessionStateDefaults::default_window_functions())
        .build()
}

/// Names under which viewers' tables are resolved.
pub(crate) const CATALOG: &str = "confect";
/// The one schema.
pub(crate) const SCHEMA: &str = "shop";

pub(crate) fn store_url() -> Result<ObjectStoreUrl> {
    ObjectStoreUrl::parse(STORE_URL)
}

fn pool(bytes: usize) -> Arc<TrackConsumersPool<FairSpillPool>> {
    let top = std::num::NonZeroUsize::MIN.saturating_add(4);
    Arc::new(TrackConsumersPool::new(FairSpillPool::new(bytes), top))
}

/// A registry with one store that nobody can add to: no `file://`, no `http://`.
#[derive(Debug)]
struct OneStore {
    store: Arc<dyn ObjectStore>,
}

impl ObjectStoreRegistry for OneStore {
    fn register_store(&self, _url: &Url, _store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &Url) -> Result<Arc<dyn ObjectStore>> {
        if url.scheme() == "confect" && url.host_str() == Some("warehouse") {
            Ok(Arc::clone(&self.store))
        } else {
            config_err!("no such store")
        }
    }
}
