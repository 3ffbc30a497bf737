//! The state database `<root>/state/confect.db`: runs, users, sessions, links, attempts, audit.
//!
//! SQLite with a write-ahead log and `synchronous = FULL`, so that what was confirmed survives a power
//! cut. The folder is the owner's alone (0700), the file too (0600).
//! Deliberately absent: anything that the warehouse could rebuild.

pub(crate) mod audit;
pub(crate) mod quarantine;
pub(crate) mod runs;
mod schema;

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use crate::error::ServiceError;

/// The open database.
pub(crate) struct State {
    connection: Mutex<Connection>,
}

impl State {
    /// Opens or creates the database below `root`, brings it up to date and checks it.
    pub(crate) fn open(root: &Path) -> Result<Self, ServiceError> {
        let folder = root.join("state");
        create_private_folder(&folder)?;
        let path = folder.join("confect.db");
        create_private_file(&path)?;
        let mut connection = Connection::open(&path)?;
        connection.busy_timeout(Duration::from_secs(10))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", "on")?;
        connection.pragma_update(None, "trusted_schema", "off")?;
        let check: String = connection
            .query_row("pragma quick_check(1)", [], |row| row.get(0))
            .unwrap_or_else(|error| error.to_string());
        if check != "ok" {
            return Err(ServiceError::DatabaseDamaged { path, what: check });
        }
        schema::migrate(&mut connection)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    /// A database in memory.
    #[cfg(test)]
    pub(crate) fn in_memory() -> Self {
        let mut connection = Connection::open_in_memory().expect("memory");
        schema::migrate(&mut connection).expect("a schema");
        Self { connection: Mutex::new(connection) }
    }

    /// Runs `work` in one transaction: all of it happens, or nothing.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        // Immediate: a lock that another process holds is waited for here, not met half way.
        let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }

    /// Runs `work`, which only reads.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        work(&connection)
    }
}

#[cfg(unix)]
fn create_private_folder(folder: &Path) -> Result<(), ServiceError> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)))
        .map_err(|error| ServiceError::file("create", folder, error))
}

#[cfg(not(unix))]
fn create_private_folder(folder: &Path) -> Result<(), ServiceError> {
    std::fs::create_dir_all(folder).map_err(|error| ServiceError::file("create", folder, error))
}

/// SQLite gives the log beside the file the file's own mode, so the file is made first.
#[cfg(unix)]
fn create_private_file(path: &Path) -> Result<(), ServiceError> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .and_then(|file| file.set_permissions(std::fs::Permissions::from_mode(0o600)))
        .map_err(|error| ServiceError::file("create", path, error))
}

#[cfg(not(unix))]
fn create_private_file(_path: &Path) -> Result<(), ServiceError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_the_state() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().expect("a folder");
        let _state = State::open(root.path()).expect("a state");
        for entry in std::fs::read_dir(root.path().join("state")).expect("entries") {
            let mode = entry.expect("an entry").metadata().expect("metadata").permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        let mode = std::fs::metadata(root.path().join("state")).expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn a_damaged_file_is_named() {
        let root = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(root.path().join("state")).expect("a folder");
        std::fs::write(root.path().join("state/confect.db"), [7_u8; 9_000]).expect("a file");
        assert!(State::open(root.path()).is_err());
    }

    #[test]
    fn it_opens_again_and_a_failed_write_leaves_nothing() {
        let root = tempfile::tempdir().expect("a folder");
        let state = State::open(root.path()).expect("a state");
        let failed: Result<(), _> = state.write(|transaction| {
            transaction.execute("insert into audit (at, actor, action, object, result, hash) values (1, 'a', 'b', 'c', 'd', x'')", [])?;
            Err(ServiceError::Busy)
        });
        assert!(failed.is_err());
        drop(state);
        let state = State::open(root.path()).expect("a state");
        let count: i64 = state
            .read(|connection| Ok(connection.query_row("select count(*) from audit", [], |row| row.get(0))?))
            .expect("a count");
        assert_eq!(count, 0);
    }
}
