//! Which entries of a table's Delta log count, and making new ones last.
//!
//! The manifest is the truth; the log is written for other tools, by a library that never syncs
//! (access-and-reliability.md, finding 4). Two steps make it as safe as the manifest. Before a
//! commit the log is taken back to the version that was published last: what stands behind it was
//! never published and may be torn, and a log whose published entry is not what the manifest says
//! is begun anew. After the commit, and before the publication, new entries and their folders are
//! synced. Deliberately absent: an object store that syncs each write (docs/design/durability.md).

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::sync_folder;
use crate::error::WarehouseError;
use crate::publish::PublishedTable;

/// Name of the log's folder in that of its table.
pub(crate) const FOLDER: &str = "_delta_log";
/// Points at the newest checkpoint; only a hint.
const LAST_CHECKPOINT: &str = "_last_checkpoint";

/// Where a log ends after it was mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mended {
    /// At the published version.
    At(u64),
    /// There is none, or none that counts.
    Empty,
}

/// An entry of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its version.
    pub(crate) version: u64,
    /// Hash of its content, in hex.
    pub(crate) blake3: String,
}

/// Whether the log ends with the entry that the publication names. Nothing is changed.
pub(crate) fn is_whole(folder: &Path, published: &PublishedTable) -> Result<bool, WarehouseError> {
    Ok(entry_is_whole(folder, published)? && newer(folder, published.version)?.is_empty())
}

/// Takes the log back to what was published, or away.
pub(crate) fn mend(folder: &Path, published: Option<&PublishedTable>) -> Result<Mended, WarehouseError> {
    let Some(published) = published else { return Ok(Mended::Empty) };
    if !entry_is_whole(folder, published)? {
        return Ok(Mended::Empty);
    }
    let unpublished = newer(folder, published.version)?;
    if !unpublished.is_empty() {
        // The hint may point at what goes; without it the folder is listed.
        remove_file(&folder.join(FOLDER).join(LAST_CHECKPOINT))?;
        unpublished.iter().try_for_each(|path| remove_file(path))?;
    }
    Ok(Mended::At(published.version))
}

/// Removes the log.
pub(crate) fn remove(folder: &Path) -> Result<(), WarehouseError> {
    let log = folder.join(FOLDER);
    match std::fs::remove_dir_all(&log) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(WarehouseError::file("remove", log, error)),
        _ => Ok(()),
    }
}

/// Syncs what was written after `mended`, up to `version`, with the folders that hold it.
pub(crate) fn sync(folder: &Path, mended: Mended, version: u64) -> Result<Entry, WarehouseError> {
    let written = match mended {
        Mended::At(before) => newer(folder, before)?,
        Mended::Empty => entries(folder)?.into_iter().map(|(_, path)| path).collect(),
    };
    let log = folder.join(FOLDER);
    let hint = log.join(LAST_CHECKPOINT);
    for path in written.into_iter().chain(hint.exists().then_some(hint)) {
        File::open(&path)
            .and_then(|file| file.sync_all())
            .map_err(|error| WarehouseError::file("sync", path, error))?;
    }
    sync_folder(&log)?;
    sync_folder(folder)?;
    Ok(Entry { version, blake3: hash(folder, version)? })
}

/// Hash of an entry, in hex.
pub(crate) fn hash(folder: &Path, version: u64) -> Result<String, WarehouseError> {
    let path = entry(folder, version);
    let content = std::fs::read(&path).map_err(|error| WarehouseError::file("read", path, error))?;
    Ok(blake3::hash(&content).to_hex().to_string())
}

/// What the library leaves in the log's folder when it is cut off.
pub(crate) fn is_leftover(name: &str) -> bool {
    let numbered = |(name, number): (&str, &str)| {
        version_of(name).is_some() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    name.rsplit_once('#').is_some_and(numbered) || (name.starts_with("_commit_") && name.ends_with(".tmp"))
}

fn entry(folder: &Path, version: u64) -> PathBuf {
    folder.join(FOLDER).join(format!("{version:020}.json"))
}

/// A publication that does not state the entry's hash yet only wants an entry of whole lines.
///
/// # Errors
/// What keeps an entry that is there from being read: a log is not taken away because a disk fails.
fn entry_is_whole(folder: &Path, published: &PublishedTable) -> Result<bool, WarehouseError> {
    let path = entry(folder, published.version);
    let content = match std::fs::read(&path) {
        Ok(content) => content,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(WarehouseError::file("read", path, error)),
    };
    Ok(match &published.log {
        Some(hash) => blake3::hash(&content).to_hex().as_str() == hash,
        None => {
            let is_object = |line: &[u8]| serde_json::from_slice::<serde_json::Map<_, _>>(line).is_ok();
            !content.is_empty()
                && content.split(|byte| *byte == b'\n').filter(|l| !l.is_empty()).all(is_object)
        }
    })
}

/// Entries and checkpoints behind a version.
pub(super) fn newer(folder: &Path, version: u64) -> Result<Vec<PathBuf>, WarehouseError> {
    let mut newer = entries(folder)?;
    newer.retain(|(of, _)| *of > version);
    Ok(newer.into_iter().map(|(_, path)| path).collect())
}

/// Files of the log that belong to a version.
fn entries(folder: &Path) -> Result<Vec<(u64, PathBuf)>, WarehouseError> {
    let log = folder.join(FOLDER);
    let failed = |error| WarehouseError::file("read", &log, error);
    let files = match std::fs::read_dir(&log) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        files => files.map_err(failed)?,
    };
    let mut found = Vec::new();
    for file in files {
        let file = file.map_err(failed)?;
        let version = file.file_name().to_str().filter(|name| !is_leftover(name)).and_then(version_of);
        found.extend(version.map(|version| (version, file.path())));
    }
    Ok(found)
}

/// `00000000000000000012.json`, `….checkpoint.parquet`, `….checkpoint.0000000001.0000000002.parquet`.
fn version_of(name: &str) -> Option<u64> {
    let (version, rest) = name.split_once('.')?;
    let ours = version.len() == 20 && (rest == "json" || rest.starts_with("checkpoint."));
    version.parse().ok().filter(|_| ours)
}

fn remove_file(path: &Path) -> Result<(), WarehouseError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(WarehouseError::file("remove", path, error)),
        _ => Ok(()),
    }
}
