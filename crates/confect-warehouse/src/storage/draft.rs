//! A file that appears under its name only when it is whole and synced.
//!
//! Each has a name of its own: neither a thread of a given-up attempt nor a process that lost its lock
//! (stopped for hours on a file system without locks) writes into a file of another one. What is left
//! of a cut-off process is unlinked before the name is used again, never truncated: the draft of a
//! manifest may still be the second name of a published one.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::sync_folder;
use crate::error::WarehouseError;

const PREFIX: &str = ".draft";
/// Drafts that this process has started.
static STARTED: AtomicU64 = AtomicU64::new(0);

/// A file that is being written; dropped before it is placed, it is removed.
pub(crate) struct Draft {
    path: PathBuf,
    placed: bool,
}

/// Whether a file of that name is an unfinished one.
pub(crate) fn is_draft(name: &str) -> bool {
    name.starts_with(PREFIX)
}

impl Draft {
    /// Starts a file in `folder`.
    pub(crate) fn create(folder: &Path) -> Result<(Self, File), WarehouseError> {
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        Self::create_as(folder, number)
    }

    fn create_as(folder: &Path, number: u64) -> Result<(Self, File), WarehouseError> {
        let path = folder.join(format!("{PREFIX}-{}-{number}", std::process::id()));
        let failed = |error| WarehouseError::file("create", &path, error);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed)?;
        Ok((Self { path, placed: false }, file))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its name, whatever had it before; `file` is all written.
    pub(crate) fn place(mut self, file: &File, target: &Path) -> Result<(), WarehouseError> {
        file.sync_all().map_err(|error| WarehouseError::file("sync", &self.path, error))?;
        std::fs::rename(&self.path, target).map_err(|error| WarehouseError::file("write", target, error))?;
        self.placed = true;
        Ok(())
    }

    /// Gives the synced file a name that nothing may have yet, and makes that durable; `false` if it is taken.
    pub(crate) fn link(self, target: &Path) -> Result<bool, WarehouseError> {
        match std::fs::hard_link(&self.path, target) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(WarehouseError::file("publish", target, error)),
        }
        target.parent().map_or(Ok(()), sync_folder)?;
        Ok(true)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.placed {
            // Left behind, it does no harm: the janitor takes it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_left_draft_that_is_also_a_published_file_is_not_written_into() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("000001.json");
        let (draft, mut file) = Draft::create_as(folder.path(), 7).expect("a draft");
        file.write_all(b"first").expect("written");
        // Cut off between the link and the removal of the draft.
        std::fs::hard_link(draft.path(), &target).expect("linked");
        std::mem::forget(draft);
        let (draft, mut file) = Draft::create_as(folder.path(), 7).expect("a draft");
        file.write_all(b"second").expect("written");
        assert_eq!(std::fs::read(&target).expect("there"), b"first");
        assert!(!draft.link(&target).expect("asked"), "the name is taken");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "the draft is gone");
    }
}
