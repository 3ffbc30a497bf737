//! `<project>/state/extracts`: the owner's alone, written by one refresh at a time.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crate::Request;
use crate::error::ConnectError;

/// The folder below the project.
pub const EXTRACTS: &str = "state/extracts";
const LOCK: &str = ".lock";

/// Where the extract of a source lies.
pub fn extract_path(root: &Path, source: &str) -> PathBuf {
    root.join(EXTRACTS).join(format!("{source}.csv"))
}

/// The same as it is shown and stored: relative to the project.
pub fn label_of(source: &str) -> String {
    format!("{EXTRACTS}/{source}.csv")
}

/// Held while extracts are written and read.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Takes the lock, or tells since when (`now` of whoever holds it) it is taken.
///
/// # Errors
/// The folder cannot be made, the lock cannot be written.
pub fn lock(root: &Path, now: &str) -> std::io::Result<Result<FolderLock, String>> {
    let folder = root.join(EXTRACTS);
    create_folder(&folder)?;
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut since = String::new();
            file.take(64).read_to_string(&mut since)?;
            return Ok(Err(since));
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    file.set_len(0)?;
    file.write_all(now.as_bytes())?;
    Ok(Ok(FolderLock { _file: file }))
}

/// Removes extracts of sources that are no longer there, and what a crash left half written.
///
/// # Errors
/// A file cannot be removed.
pub fn sweep(root: &Path, sources: &[&str]) -> std::io::Result<()> {
    let folder = root.join(EXTRACTS);
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_kept = name == LOCK
            || sources
                .iter()
                .any(|source| name == format!("{source}.csv") || name == format!("{source}.json"));
        if !is_kept && entry.file_type()?.is_file() {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Makes the folder.
pub(crate) fn prepare(request: &Request<'_>) -> Result<(), ConnectError> {
    let folder = request.root.join(EXTRACTS);
    create_folder(&folder).map_err(|error| ConnectError::disk(request.source, "create", &folder, &error))
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let root = tempfile::tempdir().expect("a folder");
        let held = lock(root.path(), "2024-01-02T03:04:05Z").expect("a lock").expect("free");
        let other = lock(root.path(), "later").expect("a lock");
        assert_eq!(other.err().as_deref(), Some("2024-01-02T03:04:05Z"));
        drop(held);
        assert!(lock(root.path(), "later").expect("a lock").is_ok());
    }

    #[test]
    fn extracts_of_other_sources_go() {
        let root = tempfile::tempdir().expect("a folder");
        let _held = lock(root.path(), "now").expect("a lock").expect("free");
        let folder = root.path().join(EXTRACTS);
        for name in ["till.csv", "till.json", "old.csv", "till.csv.part"] {
            std::fs::write(folder.join(name), "x").expect("a file");
        }
        sweep(root.path(), &["till"]).expect("swept");
        let mut left: Vec<String> = std::fs::read_dir(folder)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, [".lock", "till.csv", "till.json"]);
    }
}
