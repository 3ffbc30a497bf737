//! The Delta log of one table: which data files make up which version.
//!
//! Readers of Confect go by the publication's manifest; the log is what other tools read.
//! `log` says which versions count and makes a new one durable: the library syncs nothing.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use arrow::datatypes::SchemaRef;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TableReference};
use deltalake::kernel::{Action, Add, DataType, StructField, StructType};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use url::Url;

use super::entry;
use super::log::{self, Entry, Mended};
use super::parquet::stored_schema;
use crate::error::WarehouseError;
use crate::publish::PublishedFile;

/// Entries of a log without a checkpoint; the library writes the one after, the checkpoint with it, and what follows.
const ENTRIES: u64 = 99;

/// Makes `files` the whole content of the table in `folder`; the entry of the log that says so is durable.
///
/// `moment_ms` is the time of the refresh in milliseconds since 1970. A log that cannot be opened, or
/// that does not end where it was mended to, is begun anew: the manifest knows what the table holds.
pub(crate) async fn commit(
    folder: &Path,
    name: &str,
    schema: &SchemaRef,
    files: &[PublishedFile],
    moment_ms: i64,
    mended: Mended,
) -> Result<Entry, WarehouseError> {
    let failed = |error: DeltaTableError| WarehouseError::storage_at(name, &folder.join(log::FOLDER), error);
    let url = Url::from_directory_path(folder)
        .map_err(|()| WarehouseError::Internal(format!("`{}` is not an absolute path", folder.display())))?;
    let wanted: StructType = stored_schema(schema).as_ref().try_into_kernel()?;
    if let Mended::At(version) = mended {
        if let Some(version) = append(folder, version, &wanted, files, moment_ms)? {
            return Ok(Entry { version, blake3: log::hash(folder, version)? });
        }
    }
    let adds: Vec<Action> = files.iter().map(|file| Action::Add(add(file, moment_ms))).collect();
    let table = match mended {
        Mended::At(version) => {
            let table = open(&url, version).await;
            // A refresh that was stopped for long and lost its lock must not take the log of a newer one away.
            if let Some(newer) = log::newer(folder, version)?.into_iter().next() {
                return Err(entry::taken(newer));
            }
            table
        }
        Mended::Empty => None,
    };
    let version = match &table {
        Some(table) if same_columns(table, &wanted).map_err(failed)? => {
            replace(table, files, adds).await.map_err(failed)?
        }
        Some(_) => create(url, name, &wanted, adds).await.map_err(failed)?,
        None => {
            log::remove(folder)?;
            create(url, name, &wanted, adds).await.map_err(failed)?
        }
    };
    let folder = folder.to_owned();
    let synced = tokio::task::spawn_blocking(move || log::sync(&folder, mended, version));
    synced.await.map_err(|error| WarehouseError::Internal(error.to_string()))?
}

/// Adds an entry to a log of plain ones, if the columns are the same; gives the version it ends at then.
fn append(
    folder: &Path,
    version: u64,
    wanted: &StructType,
    files: &[PublishedFile],
    moment_ms: i64,
) -> Result<Option<u64>, WarehouseError> {
    let next = version + 1;
    if next >= ENTRIES {
        return Ok(None);
    }
    let Some(before) = entry::replay(folder, version)? else { return Ok(None) };
    let Ok(schema) = serde_json::from_str::<StructType>(&before.schema) else { return Ok(None) };
    if columns_of(&schema) != columns_of(wanted) {
        return Ok(None);
    }
    let same = files.len() == before.files.len();
    if same && files.iter().all(|file| before.files.contains_key(&file.path)) {
        return Ok(Some(version));
    }
    entry::append(folder, next, &before, files, moment_ms)?;
    Ok(Some(next))
}

/// The table as the log has it, if the log can be read and ends at that version.
async fn open(url: &Url, version: u64) -> Option<DeltaTable> {
    let mut table = DeltaTableBuilder::from_url(url.clone()).ok()?.build().ok()?;
    table.load().await.ok()?;
    (table.version() == Some(version)).then_some(table)
}

fn same_columns(table: &DeltaTable, wanted: &StructType) -> Result<bool, DeltaTableError> {
    let schema = table.snapshot()?.schema();
    Ok(columns_of(&schema) == columns_of(wanted))
}

fn columns_of(schema: &StructType) -> Vec<(String, DataType, bool)> {
    let column = |field: &StructField| (field.name().clone(), field.data_type().clone(), field.is_nullable());
    schema.fields().map(column).collect()
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
    // With these the library writes checkpoints and removes entries that have been in one for a month.
    let committed = CommitBuilder::from(CommitProperties::default())
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use confect_domain::{ColumnContract, ColumnType, Layer, TableAccess, TableContract};

    use super::*;
    use crate::publish::PublishedTable;
    use crate::storage::arrow_schema;

    fn contract() -> TableContract {
        let about = "a number".to_owned();
        let key = ColumnContract {
            name: "key".to_owned(),
            column_type: ColumnType::Integer,
            nullable: false,
            about,
        };
        TableContract {
            name: "fact".to_owned(),
            layer: Layer::Star,
            grain: "one row per key".to_owned(),
            key: vec!["key".to_owned()],
            order: Vec::new(),
            access: TableAccess::Public,
            columns: vec![key],
            foreign_keys: Vec::new(),
            accepted: Vec::new(),
        }
    }

    /// A table whose log is committed refresh by refresh.
    struct Table {
        folder: tempfile::TempDir,
        runtime: tokio::runtime::Runtime,
    }

    impl Table {
        fn new() -> Self {
            let runtime = tokio::runtime::Runtime::new().expect("threads");
            Self { folder: tempfile::tempdir().expect("a folder"), runtime }
        }

        fn path(&self) -> &Path {
            self.folder.path()
        }

        fn entry(&self, version: u64) -> std::path::PathBuf {
            self.path().join(log::FOLDER).join(format!("{version:020}.json"))
        }

        /// Commits files of those names and row counts after `before` was published.
        fn commit(&self, before: Option<&PublishedTable>, files: &[(&str, u64)]) -> PublishedTable {
            let file = |(name, rows): &(&str, u64)| PublishedFile {
                path: (*name).to_owned(),
                bytes: 10,
                rows: *rows,
                blake3: String::new(),
            };
            let files: Vec<_> = files.iter().map(file).collect();
            let schema = arrow_schema(&contract());
            let mended = log::mend(self.path(), before).expect("mended");
            let made = commit(self.path(), "fact", &schema, &files, 0, mended);
            let entry = self.runtime.block_on(made).expect("committed");
            let (version, log) = (entry.version, Some(entry.blake3));
            let rows = files.iter().map(|file| file.rows).sum();
            PublishedTable {
                name: "fact".to_owned(),
                rows,
                bytes: 0,
                version,
                log,
                files,
                contract: contract(),
            }
        }

        /// What another tool reads: the version and the names of the files.
        fn seen(&self) -> (Option<u64>, Vec<String>) {
            let url = Url::from_directory_path(self.path()).expect("an address");
            self.runtime.block_on(async {
                let mut table = DeltaTableBuilder::from_url(url).expect("a place").build().expect("a table");
                table.load().await.expect("loaded");
                let snapshot = table.snapshot().expect("a snapshot");
                let mut names: Vec<_> =
                    snapshot.log_data().into_iter().map(|view| view.path().to_string()).collect();
                names.sort();
                (table.version(), names)
            })
        }
    }

    fn names(files: &[&str]) -> Vec<String> {
        files.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_torn_entry_that_was_never_published_is_taken_away() {
        let table = Table::new();
        let first = table.commit(None, &[("a", 1)]);
        assert!(log::is_whole(table.path(), &first).expect("read"));
        for torn in ["", "{\"commitInfo\":{}}\n{\"add\":{\"pa"] {
            std::fs::write(table.entry(1), torn).expect("written");
            std::fs::write(table.entry(2), torn).expect("written");
            assert!(!log::is_whole(table.path(), &first).expect("read"));
            let second = table.commit(Some(&first), &[("a", 1), ("b", 2)]);
            assert_eq!((second.version, table.seen()), (1, (Some(1), names(&["a", "b"]))));
            assert!(log::is_whole(table.path(), &second).expect("read"));
        }
    }

    #[test]
    fn a_published_entry_that_is_another_one_lets_the_log_begin_anew() {
        let table = Table::new();
        let first = table.commit(None, &[("a", 1)]);
        let second = table.commit(Some(&first), &[("b", 2)]);
        assert_eq!((second.version, table.seen()), (1, (Some(1), names(&["b"]))));
        for damage in ["", "{}"] {
            std::fs::write(table.entry(1), damage).expect("written");
            assert!(!log::is_whole(table.path(), &second).expect("read"));
            let third = table.commit(Some(&second), &[("b", 2)]);
            assert_eq!((third.version, table.seen()), (0, (Some(0), names(&["b"]))));
            std::fs::write(table.entry(1), damage).expect("written");
        }
        // The same from a publication of before entries were hashed: an empty one is not whole.
        let unhashed = PublishedTable { log: None, version: 1, ..second };
        std::fs::write(table.entry(1), "").expect("written");
        assert!(!log::is_whole(table.path(), &unhashed).expect("read"));
    }

    #[test]
    fn a_log_that_cannot_be_opened_begins_anew() {
        let table = Table::new();
        let first = table.commit(None, &[("a", 1)]);
        let second = table.commit(Some(&first), &[("b", 2)]);
        // The published entry is whole, one before it is not.
        std::fs::write(table.entry(0), "no JSON").expect("written");
        let third = table.commit(Some(&second), &[("b", 2), ("c", 3)]);
        assert_eq!((third.version, table.seen()), (0, (Some(0), names(&["b", "c"]))));
    }

    #[test]
    fn entries_of_ours_and_of_the_library_are_one_log() {
        let table = Table::new();
        let mut last = table.commit(None, &[("f0", 1)]);
        // The hundredth version is the library's, with a checkpoint, and so is what follows.
        for version in 1..=102_u64 {
            let (kept, new) = (format!("f{}", version - 1), format!("f{version}"));
            let mut expected = names(&[&kept, &new]);
            expected.sort();
            last = table.commit(Some(&last), &[(&kept, 1), (&new, version)]);
            assert_eq!(last.version, version);
            if version % 20 < 3 {
                assert_eq!(table.seen(), (Some(version), expected));
            }
            assert!(log::is_whole(table.path(), &last).expect("read"));
        }
        let text = std::fs::read_to_string(table.entry(7)).expect("an entry");
        assert!(text.contains("confect:") && text.contains("\"numRecords\\\":7"), "{text}");
        let theirs = std::fs::read_to_string(table.entry(99)).expect("an entry");
        assert!(theirs.contains("delta-rs"), "{theirs}");
        assert!(table.path().join(log::FOLDER).join("_last_checkpoint").exists());
        // Other columns, or a reader that must know more, are the library's.
        std::fs::write(table.entry(0), "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7}}")
            .expect("written");
        assert_eq!(entry::replay(table.path(), 0).expect("read"), None);
    }

    #[test]
    fn who_was_overtaken_leaves_the_newer_log_alone() {
        let table = Table::new();
        let first = table.commit(None, &[("a", 1)]);
        let mended = log::mend(table.path(), Some(&first)).expect("mended");
        let second = table.commit(Some(&first), &[("b", 2)]);
        let schema = arrow_schema(&contract());
        let late = commit(table.path(), "fact", &schema, &[], 0, mended);
        let error = table.runtime.block_on(late).expect_err("taken");
        assert!(error.to_string().contains("00000000000000000001.json"), "{error}");
        // The same with other columns, which are the library's to write.
        let wider = Arc::new(arrow::datatypes::Schema::new(vec![arrow::datatypes::Field::new(
            "other",
            arrow::datatypes::DataType::Int64,
            true,
        )]));
        let late = commit(table.path(), "fact", &wider, &[], 0, mended);
        assert!(table.runtime.block_on(late).is_err());
        assert!(log::is_whole(table.path(), &second).expect("read"));
        assert_eq!(table.seen(), (Some(1), names(&["b"])));
    }

    #[test]
    fn what_the_library_leaves_is_told_from_entries() {
        assert!(log::is_leftover("00000000000000000002.json#1"));
        assert!(log::is_leftover("_commit_0b9f.json.tmp"));
        for name in
            ["00000000000000000002.json", "_last_checkpoint", "00000000000000000100.checkpoint.parquet"]
        {
            assert!(!log::is_leftover(name), "{name}");
        }
    }
}
