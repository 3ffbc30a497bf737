//! Entries of a Delta log that say which files came and went, without the library.
//!
//! A refresh touches dozens of tables, and each of them differs from its last version by a few names of files.
//! The library would read the log, plan and write such an entry in the time that building a small table takes,
//! and panics where a file of the log cannot be read. So entries between its own (the first one of a log, other
//! columns, the hundredth with its checkpoint and what follows) are written here, after the protocol's first reader and second
//! writer version: <https://github.com/delta-io/delta/blob/master/PROTOCOL.md>.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::draft::Draft;
use super::log::FOLDER;
use crate::error::WarehouseError;
use crate::publish::PublishedFile;

/// What a log says up to some version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Replayed {
    /// Files that are there, with their sizes.
    pub(super) files: BTreeMap<String, u64>,
    /// The columns, as the protocol writes them.
    pub(super) schema: String,
}

/// One line of an entry. What it may hold beyond this is for other readers.
#[derive(Deserialize)]
struct Line {
    add: Option<Named>,
    remove: Option<Named>,
    #[serde(rename = "metaData")]
    metadata: Option<Metadata>,
    protocol: Option<Protocol>,
}

#[derive(Deserialize)]
struct Named {
    path: String,
    #[serde(default)]
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    schema_string: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Protocol {
    min_reader_version: u32,
    min_writer_version: u32,
}

/// Reads all entries up to `version`; `None` if one is missing or is not as this program leaves them.
///
/// # Errors
/// What keeps a file that is there from being read.
pub(super) fn replay(folder: &Path, version: u64) -> Result<Option<Replayed>, WarehouseError> {
    let mut replayed = Replayed::default();
    for version in 0..=version {
        let path = place(folder, version);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidData) => {
                return Ok(None);
            }
            Err(error) => return Err(WarehouseError::file("read", path, error)),
        };
        let mut lines = text.lines().filter(|line| !line.is_empty()).peekable();
        if lines.peek().is_none() || !lines.all(|line| replayed.take(line)) {
            return Ok(None);
        }
    }
    Ok(Some(replayed).filter(|replayed| !replayed.schema.is_empty()))
}

impl Replayed {
    /// Follows one line; `false` if it is not understood.
    fn take(&mut self, line: &str) -> bool {
        let Ok(line) = serde_json::from_str::<Line>(line) else { return false };
        if line.protocol.is_some_and(|asked| asked.min_reader_version > 1 || asked.min_writer_version > 2) {
            return false;
        }
        if let Some(metadata) = line.metadata {
            self.schema = metadata.schema_string;
        }
        if let Some(removed) = line.remove {
            self.files.remove(&removed.path);
        }
        if let Some(added) = line.add {
            self.files.insert(added.path, added.size);
        }
        true
    }
}

/// Writes the entry that leaves just `files`, durably.
///
/// Only the number of rows goes into the log: minima and maxima of texts would put a customer's
/// data where a later erasure does not reach (access-and-reliability.md, 7).
pub(super) fn append(
    folder: &Path,
    version: u64,
    before: &Replayed,
    files: &[PublishedFile],
    moment_ms: i64,
) -> Result<(), WarehouseError> {
    let is_gone = |path: &&String| !files.iter().any(|file| file.path == **path);
    let told = json!({"commitInfo": {
        "timestamp": moment_ms,
        "operation": "WRITE",
        "operationParameters": {"mode": "Overwrite"},
        "engineInfo": concat!("confect:", env!("CARGO_PKG_VERSION")),
    }});
    let removed = before.files.keys().filter(is_gone).map(|path| {
        json!({"remove": {
            "path": path,
            "deletionTimestamp": moment_ms,
            "dataChange": true,
            "extendedFileMetadata": true,
            "partitionValues": {},
            "size": before.files[path],
        }})
    });
    let added = files.iter().filter(|file| !before.files.contains_key(&file.path)).map(|file| {
        json!({"add": {
            "path": file.path,
            "partitionValues": {},
            "size": file.bytes,
            "modificationTime": moment_ms,
            "dataChange": true,
            "stats": format!("{{\"numRecords\":{}}}", file.rows),
        }})
    });
    let lines: Vec<String> =
        [told].into_iter().chain(removed).chain(added).map(|line| line.to_string()).collect();
    let (draft, mut file) = Draft::create(&folder.join(FOLDER))?;
    let written = file.write_all(lines.join("\n").as_bytes()).and_then(|()| file.sync_all());
    written.map_err(|error| WarehouseError::file("write", draft.path(), error))?;
    let path = place(folder, version);
    if draft.link(&path)? { Ok(()) } else { Err(taken(path)) }
}

/// What stood behind the published version was removed before: whoever wrote this did so since then.
pub(super) fn taken(path: PathBuf) -> WarehouseError {
    WarehouseError::file("write", path, ErrorKind::AlreadyExists.into())
}

fn place(folder: &Path, version: u64) -> PathBuf {
    folder.join(FOLDER).join(format!("{version:020}.json"))
}
