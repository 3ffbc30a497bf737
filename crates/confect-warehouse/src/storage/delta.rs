//! The Delta log of one table: which data files make up which version.
//!
//! Readers of Confect go by the publication's manifest; the log is what other tools read.
//! A version that holds just these files already is not committed again, so that a run which was
//! cut off between commit and publication is finished, not repeated (access-and-reliability.md, 6).

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use arrow::datatypes::SchemaRef;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, TableReference};
use deltalake::kernel::{Action, Add, StructType};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;

use super::parquet::stored_schema;
use crate::error::WarehouseError;
use crate::publish::PublishedFile;

/// Makes `files` the whole content of the table in `folder` and returns the version that says so.
///
/// `moment_ms` is the time of the refresh in milliseconds since 1970.
pub(crate) async fn commit(
    folder: &Path,
    name: &str,
    schema: &SchemaRef,
    files: &[PublishedFile],
    moment_ms: i64,
) -> Result<u64, WarehouseError> {
    let failed = |error: DeltaTableError| WarehouseError::storage(name, error);
    let url = Url::from_directory_path(folder)
        .map_err(|()| WarehouseError::Internal(format!("`{}` is not an absolute path", folder.display())))?;
    let wanted: StructType = stored_schema(schema).as_ref().try_into_kernel()?;
    let adds: Vec<Action> = files.iter().map(|file| Action::Add(add(file, moment_ms))).collect();
    let table = match open(&url).await.map_err(failed)? {
        Some(table) if same_columns(&table, &wanted).map_err(failed)? => table,
        _ => return create(url, name, &wanted, adds).await.map_err(failed),
    };
    replace(&table, files, adds).await.map_err(failed)
}

/// Whether the log of the table in `folder` has that version.
pub(crate) fn has_version(folder: &Path, version: u64) -> bool {
    folder.join("_delta_log").join(format!("{version:020}.json")).exists()
}

async fn open(url: &Url) -> Result<Option<DeltaTable>, DeltaTableError> {
    let mut table = DeltaTableBuilder::from_url(url.clone())?.build()?;
    match table.load().await {
        Ok(()) => Ok(Some(table)),
        Err(DeltaTableError::NotATable(_) | DeltaTableError::InvalidTableLocation(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn same_columns(table: &DeltaTable, wanted: &StructType) -> Result<bool, DeltaTableError> {
    let schema = table.snapshot()?.schema();
    let columns = |schema: &StructType| -> Vec<_> {
        schema
            .fields()
            .map(|field| (field.name().clone(), field.data_type().clone(), field.is_nullable()))
            .collect()
    };
    Ok(columns(&schema) == columns(wanted))
}

async fn create(
    url: Url,
    name: &str,
    schema: &StructType,
    adds: Vec<Action>,
) -> Result<u64, DeltaTableError> {
    let table = CreateBuilder::new()
        .with_location(url.as_str())
        .with_table_name(name)
        .with_columns(schema.fields().cloned())
        .with_save_mode(SaveMode::Overwrite)
        .with_actions(adds)
        .await?;
    Ok(table.version().unwrap_or_default())
}

async fn replace(
    table: &DeltaTable,
    files: &[PublishedFile],
    adds: Vec<Action>,
) -> Result<u64, DeltaTableError> {
    let snapshot = table.snapshot()?;
    let wanted: BTreeSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
    let mut actions = Vec::new();
    let mut present = BTreeSet::new();
    for view in snapshot.log_data() {
        let path = view.path().to_string();
        if wanted.contains(path.as_str()) {
            present.insert(path);
        } else {
            actions.push(Action::Remove(view.remove_action(true)));
        }
    }
    actions.extend(
        adds.into_iter().filter(|action| !matches!(action, Action::Add(add) if present.contains(&add.path))),
    );
    if actions.is_empty() {
        return Ok(snapshot.version());
    }
    let operation = DeltaOperation::Write { mode: SaveMode::Overwrite, partition_by: None, predicate: None };
    let eager: &dyn TableReference = snapshot.snapshot();
    let committed = CommitBuilder::default()
        .with_actions(actions)
        .build(Some(eager), table.log_store(), operation)
        .await?;
    Ok(committed.version())
}

/// Only the number of rows goes into the log: minima and maxima of texts would put a customer's
/// data where a later erasure does not reach (access-and-reliability.md, 7).
fn add(file: &PublishedFile, moment_ms: i64) -> Add {
    Add {
        path: file.path.clone(),
        partition_values: HashMap::new(),
        size: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        modification_time: moment_ms,
        data_change: true,
        stats: Some(format!("{{\"numRecords\":{}}}", file.rows)),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}
