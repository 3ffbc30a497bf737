//! One refresh at a time: an exclusive lock on `lock`, released by the system when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use crate::error::WarehouseError;

/// Held while a refresh runs.
pub(super) struct Lock {
    _file: File,
}

/// Takes the lock or says since when somebody else holds it.
pub(super) fn take(folder: &Path, now: &str) -> Result<Lock, WarehouseError> {
    let path = folder.join("lock");
    let failed = |error| WarehouseError::file("lock", &path, error);
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut since = String::new();
            file.read_to_string(&mut since).map_err(failed)?;
            return Err(WarehouseError::Locked { since: since.trim().to_owned() });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{now}")).map_err(failed)?;
    Ok(Lock { _file: file })
}
