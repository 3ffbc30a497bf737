//! Databases → extract files that are read like any delivered file.
//!
//! [`extract`] copies one query of one database, from one snapshot, into
//! `<project>/state/extracts/<source>.csv`: a complete file, renamed into place, or nothing. From there on a
//! database is a file: the same typing, quarantine and balance in rows, bytes and money.
//! An extract stays until the database says something else; unchanged rows leave the file as it is, byte for
//! byte, so that a refresh sees that nothing changed.
//!
//! Deliberately absent: the engine, types and mappings (the reader's), when to extract (the service's), and
//! writing to a database: every session is a transaction that only reads, or that is rolled back.

mod address;
mod attempt;
mod csv;
mod error;
mod folder;
mod merge;
mod mssql;
mod postgres;
mod retained;
mod retry;
mod secret;
mod shape;
mod spool;
mod tls;

use std::path::{Path, PathBuf};

use confect_domain::Finding;
use confect_domain::database::{DatabaseKind, DatabaseSource};

use mssql::SqlServer;
use postgres::Postgres;

pub use error::{Cause, ConnectError};
pub use folder::{EXTRACTS, FolderLock, extract_path, label_of, lock, sweep};
pub use retry::Retry;

/// What is to be extracted.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Name of the source: letters, digits and `_`.
    pub source: &'a str,
    /// The database and the query.
    pub database: &'a DatabaseSource,
    /// The project's folder.
    pub root: &'a Path,
    /// Read everything, whatever was read before.
    pub full: bool,
    /// How often a dropped connection is tried again.
    pub retry: Retry,
}

/// What an extract is, now.
#[derive(Clone, Debug, PartialEq)]
pub struct Extract {
    /// The file.
    pub path: PathBuf,
    /// Rows in it.
    pub rows: u64,
    /// Rows that came over the line this time.
    pub rows_read: u64,
    /// Whether the file is another one than before.
    pub changed: bool,
    /// Whether only what is new was read.
    pub incremental: bool,
    /// Attempts that it took.
    pub tries: u32,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

/// Told how far an extract has come; may ask to stop.
pub trait ExtractProgress: Sync {
    /// Bytes and rows received in this attempt.
    fn advanced(&self, _bytes: u64, _rows: u64) {}
    /// The connection failed and is tried again.
    fn retrying(&self, _error: &ConnectError) {}
    /// Whether to stop; asked ten times a second.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Tells nobody, never stops.
pub struct NoProgress;

impl ExtractProgress for NoProgress {}

/// Brings the extract of a source up to date. Blocks; the caller holds the [`lock`].
///
/// # Errors
/// Whatever keeps the extract from being whole and right; then the last one stays as it is.
pub fn extract(request: &Request<'_>, progress: &dyn ExtractProgress) -> Result<Extract, ConnectError> {
    let url = secret::resolve(request)?;
    folder::prepare(request)?;
    let failed = |error| ConnectError::disk(request.source, "start a reader for", request.root, &error);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    // A thread of its own: whoever calls may be inside another runtime.
    std::thread::scope(|scope| {
        let work = || {
            runtime.block_on(retry::until_done(request, progress, async || match request.database.kind {
                DatabaseKind::Postgres => attempt::attempt::<Postgres>(request, &url, progress).await,
                DatabaseKind::SqlServer => attempt::attempt::<SqlServer>(request, &url, progress).await,
            }))
        };
        scope.spawn(work).join().unwrap_or_else(|_| Err(ConnectError::internal(request.source)))
    })
}
