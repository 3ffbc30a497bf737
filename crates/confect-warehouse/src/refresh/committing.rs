//! Commits what was written to the Delta logs, table beside table.

use std::path::Path;

use tokio::task::JoinSet;

use crate::error::WarehouseError;
use crate::publish::{Publication, PublishedTable, still_next};
use crate::storage::delta;
use crate::storage::log::{self, Entry, Mended};

/// Commits every table to its Delta log and notes the versions, if `next` is still free. Of a table that is as the publication
/// `before` has it, only the log's last entry is looked at.
pub(super) async fn commit(
    folder: &Path,
    tables: &mut [PublishedTable],
    before: Option<&Publication>,
    next: u64,
    moment_ms: i64,
) -> Result<(), WarehouseError> {
    let mut commits = JoinSet::new();
    for (place, table) in tables.iter().enumerate() {
        let before = before.and_then(|before| before.table(&table.name)).cloned();
        let (warehouse, table) = (folder.to_owned(), table.clone());
        commits.spawn(async move {
            // Looked at once more for each table: one that was stopped here must not touch the logs of a newer one.
            still_next(&warehouse, next)?;
            let folder = warehouse.join("tables").join(&table.name);
            Ok((place, commit_one(&folder, &table, before, moment_ms).await?))
        });
    }
    let (mut entries, mut failed) = (Vec::new(), None);
    while let Some(made) = commits.join_next().await {
        let made: Result<(usize, Entry), WarehouseError> =
            made.unwrap_or_else(|error| Err(WarehouseError::Internal(error.to_string())));
        // The others come to their end: the library panics where it is cut off.
        match made {
            Ok(entry) => entries.push(entry),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    entries.sort_unstable_by_key(|(place, _)| *place);
    for (table, (_, entry)) in tables.iter_mut().zip(entries) {
        table.version = entry.version;
        table.log = Some(entry.blake3);
    }
    Ok(())
}

async fn commit_one(
    folder: &Path,
    table: &PublishedTable,
    before: Option<PublishedTable>,
    moment_ms: i64,
) -> Result<Entry, WarehouseError> {
    let schema = table.schema();
    let mended = log::mend(folder, before.as_ref())?;
    match before.filter(|before| before.files == table.files && before.schema() == schema) {
        Some(before) if mended == Mended::At(before.version) => {
            Ok(Entry { version: before.version, blake3: log::hash(folder, before.version)? })
        }
        _ => delta::commit(folder, &table.name, &schema, &table.files, moment_ms, mended).await,
    }
}
