//! Before a refresh reads anything: every source that is a database is copied into its extract.
//!
//! All of them or none: a refresh with half of its sources would show sales that are gone. What fails leaves the
//! extracts and the publication of before.

use std::collections::BTreeMap;

use confect_connect::{ConnectError, ExtractProgress, FolderLock, Request, Retry};
use confect_domain::Finding;
use confect_ingest::InputFile;
use confect_warehouse::RefreshProgress;

use crate::clock::Moment;
use crate::error::ServiceError;
use crate::shop::Shop;

/// Extracts, up to date; no other refresh changes them until this is dropped.
pub(crate) struct Extracts {
    /// By the index of their source.
    pub(crate) files: BTreeMap<usize, InputFile>,
    /// What a person should know.
    pub(crate) findings: Vec<Finding>,
    _lock: Option<FolderLock>,
}

/// Another refresh holds the extracts, since that moment.
pub(crate) struct Held(pub(crate) String);

impl Shop {
    /// Brings all extracts up to date; `full` reads everything.
    pub(crate) fn extract_databases(
        &self,
        full: bool,
        now: Moment,
        progress: &dyn RefreshProgress,
    ) -> Result<Result<Extracts, Held>, ServiceError> {
        let root = self.root();
        let mut extracts = Extracts { files: BTreeMap::new(), findings: Vec::new(), _lock: None };
        let sources = self.project().sources.iter().enumerate();
        let databases: Vec<_> = sources
            .filter_map(|(index, source)| Some((index, source.spec.name.as_str(), source.database.as_ref()?)))
            .collect();
        let folder = root.join(confect_connect::EXTRACTS);
        if databases.is_empty() && !folder.is_dir() {
            return Ok(Ok(extracts));
        }
        let failed = |error| ServiceError::file("write", &folder, error);
        match confect_connect::lock(root, &now.rfc3339()).map_err(failed)? {
            Ok(lock) => extracts._lock = Some(lock),
            Err(since) => return Ok(Err(Held(since))),
        }
        // What a source that is gone has left holds people's names too.
        let names: Vec<&str> = databases.iter().map(|(_, name, _)| *name).collect();
        confect_connect::sweep(root, &names).map_err(failed)?;
        for (index, name, database) in databases {
            progress.step(&format!("database {name}"));
            let request = Request { source: name, database, root, full, retry: Retry::default() };
            let told = Told { source: name, progress };
            let extract = confect_connect::extract(&request, &told).map_err(ServiceError::Connect)?;
            extracts.findings.extend(extract.findings);
            extracts
                .files
                .insert(index, InputFile { path: extract.path, label: confect_connect::label_of(name) });
        }
        Ok(Ok(extracts))
    }
}

/// Hands on what an extract says.
struct Told<'a> {
    source: &'a str,
    progress: &'a dyn RefreshProgress,
}

impl ExtractProgress for Told<'_> {
    fn advanced(&self, bytes: u64, rows: u64) {
        self.progress.advanced(bytes, rows);
    }

    fn retrying(&self, error: &ConnectError) {
        self.progress.step(&format!("database {}: {}; trying again", self.source, error.message));
    }

    fn cancelled(&self) -> bool {
        self.progress.cancelled()
    }
}
