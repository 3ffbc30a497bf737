//! What can go wrong in the warehouse, and how it is told.
//!
//! Failures of a viewer's query carry no text of the engine: an execution error may quote a value
//! that the viewer must not see. Only a viewer who sees everything gets the engine's own words.

use std::path::{Path, PathBuf};

use confect_domain::{Date, Finding, Problem, ProblemKind};
use confect_ingest::IngestError;
use datafusion::error::DataFusionError;

use crate::contract::CheckResult;

/// Failures of the warehouse.
#[derive(Debug, thiserror::Error)]
pub enum WarehouseError {
    /// A source could not be read.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// Another refresh runs.
    #[error("another refresh is running since {since}")]
    Locked {
        /// RFC 3339.
        since: String,
    },
    /// Another refresh published meanwhile, although this one held the lock.
    #[error("publication {publication} was made by another refresh while this one ran")]
    Overtaken {
        /// The number that both wanted.
        publication: u64,
    },
    /// A file or folder of the warehouse cannot be read or written.
    #[error("cannot {action} `{path}`: {source}")]
    File {
        /// `read`, `write`, `create`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A data file cannot be read; the text names it.
    #[error("a file of the warehouse cannot be read: {0}")]
    Unreadable(String),
    /// The Delta log or a data file cannot be read or written.
    #[error("table `{table}`: {message}")]
    Storage {
        /// Table name.
        table: String,
        /// What the library said.
        message: String,
    },
    /// A model's SQL does not run, or does not deliver what its contract says.
    #[error("model `{model}`: {message}")]
    Model {
        /// Table name.
        model: String,
        /// File that holds the SQL.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// What is new cannot be added to what is there; the refresh builds everything and never tells this.
    #[error("everything has to be built again: {0}")]
    MustRebuild(String),
    /// Models need each other in a circle.
    #[error("models need each other in a circle: {0}")]
    Circle(String),
    /// Rows break a contract that must hold.
    #[error("{} contract checks failed", failures.len())]
    Contract {
        /// One sentence each.
        failures: Vec<String>,
        /// Every check that was made.
        checks: Vec<CheckResult>,
    },
    /// A source lost more than may go unasked.
    #[error("source `{source_name}` lost {lost} of {before} {what} since the last publication")]
    Shrunk {
        /// The source.
        source_name: String,
        /// What it lost: rows, or members of an entity.
        what: String,
        /// Number in the last publication.
        before: u64,
        /// How many of them are missing.
        lost: u64,
        /// Percent that may go unasked.
        limit: u64,
    },
    /// Buckets do not add up to the rows that were read.
    #[error("the account does not balance: {0}")]
    Imbalance(String),
    /// Sale lines of several currencies, one of which cannot be converted.
    #[error("source `{source_name}` has amounts in {} and no exchange rate for {missing}", currencies.join(" and "))]
    CurrencyMix {
        /// The source.
        source_name: String,
        /// All currencies of the lines.
        currencies: Vec<String>,
        /// The shop's currency.
        shop: String,
        /// The one without a rate.
        missing: String,
        /// The first day on which it is needed.
        day: Date,
        /// Whether there are rates of later days.
        has_later: bool,
        /// The first line in it.
        file: String,
        /// See `file`.
        line: i64,
    },
    /// No file was found for any source.
    #[error("nothing to read: no file matches any source")]
    NothingToRead {
        /// Files that lie there but match nothing.
        unread: Vec<String>,
        /// What the sources look for, with where.
        wanted: Vec<String>,
    },
    /// The refresh was asked to stop.
    #[error("the refresh was cancelled; the last publication stays live")]
    Cancelled,
    /// Nothing is published yet.
    #[error("nothing is published yet")]
    NothingPublished,
    /// The newest manifests are damaged and no older one is whole.
    #[error("no publication is whole: {0}")]
    Damaged(String),
    /// The query is not one that may be run.
    #[error("{message}")]
    Refused {
        /// Stable code.
        code: &'static str,
        /// What is wrong with the text of the query.
        message: String,
        /// What may be done instead.
        hint: String,
    },
    /// The query's text does not fit the tables that the viewer has.
    #[error("{message}")]
    Plan {
        /// What the planner said of the text; speaks of the viewer's own tables only.
        message: String,
    },
    /// The query failed while it ran.
    #[error("the query failed")]
    Execution {
        /// For the log, never for a viewer with a row policy.
        private: String,
        /// Whether the viewer sees every row and may read `private`.
        may_tell: bool,
    },
    /// The query took longer than allowed.
    #[error("the query took longer than {seconds} s")]
    TimedOut {
        /// The limit.
        seconds: u64,
    },
    /// A secured plan was not what it must be: nothing was run.
    #[error("the query's plan could not be verified")]
    Unverified {
        /// For the log.
        private: String,
    },
    /// A bug.
    #[error("internal error: {0}")]
    Internal(String),
}

impl WarehouseError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { action, path: path.into(), source }
    }

    pub(crate) fn storage(table: &str, error: impl std::fmt::Display) -> Self {
        Self::Storage { table: table.to_owned(), message: error.to_string() }
    }

    /// A failure of a library, told as one of the file system if it is one.
    pub(crate) fn storage_at(
        table: &str,
        path: &Path,
        error: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        let Some(io) = io_error_in(&error) else { return Self::storage(table, error) };
        let io = io.raw_os_error().map_or_else(|| io.kind().into(), std::io::Error::from_raw_os_error);
        Self::file("write", path, io)
    }

    /// A failure of a model's SQL, or of a file that it reads.
    pub(crate) fn model_run(name: &str, path: &str, error: &DataFusionError) -> Self {
        match io_error_in(error) {
            Some(_) => Self::storage(name, error.strip_backtrace()),
            None => Self::model(name, path, error.strip_backtrace()),
        }
    }

    pub(crate) fn model(name: &str, path: &str, error: impl std::fmt::Display) -> Self {
        Self::Model { model: name.to_owned(), path: path.to_owned(), message: error.to_string() }
    }

    /// Text for the log that must not reach the viewer, if there is any.
    pub fn private_detail(&self) -> Option<&str> {
        match self {
            Self::Execution { private, .. } | Self::Unverified { private } => Some(private),
            _ => None,
        }
    }
}

impl From<DataFusionError> for WarehouseError {
    fn from(error: DataFusionError) -> Self {
        match io_error_in(&error) {
            Some(_) => Self::Unreadable(error.strip_backtrace()),
            None => Self::Internal(error.strip_backtrace()),
        }
    }
}

impl From<arrow::error::ArrowError> for WarehouseError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<WarehouseError> for Problem {
    fn from(error: WarehouseError) -> Self {
        use WarehouseError as E;
        let text = error.to_string();
        let problem = |kind, code| Self::new(kind, code, text.clone());
        match error {
            E::Ingest(error) => error.into(),
            E::Locked { .. } => problem(ProblemKind::User, "refresh-running")
                .with_hint("wait for it to end, or stop it; the lock is released when its process ends"),
            E::File { path, source, .. } => {
                problem(ProblemKind::Storage, "warehouse-file").with_hint(file_remedy(&path, &source))
            }
            E::Overtaken { .. } => problem(ProblemKind::Storage, "overtaken")
                .with_hint("the newer publication stays live; run `confect refresh` again"),
            E::Storage { .. } | E::Unreadable(_) => problem(ProblemKind::Storage, "table-storage")
                .with_hint("run `confect refresh --full`; the last good publication stays live"),
            E::Model { path, .. } => {
                problem(ProblemKind::Config, "model-failed").with_detail(format!("`{path}`"))
            }
            E::Circle(_) => problem(ProblemKind::Config, "model-circle"),
            E::MustRebuild(_) => problem(ProblemKind::Internal, "must-rebuild"),
            E::Contract { failures, .. } => problem(ProblemKind::Data, "contract-broken")
                .with_detail(failures.join("\n"))
                .with_hint("nothing was published; the last good publication stays live"),
            E::Shrunk { source_name, before, lost, limit, .. } => problem(ProblemKind::Data, "source-shrank")
                .with_detail(format!(
                    "that is {} %; more than {limit} % may be an export that was cut off; nothing was published",
                    lost * 100 / before.max(1)
                ))
                .with_hint("look at the source's newest files")
                .with_hint(format!("if it is right, run `confect refresh --accept-shrink {source_name}`")),
            E::Imbalance(_) => problem(ProblemKind::Internal, "imbalance")
                .with_hint("nothing was published; please report this with the file that causes it"),
            E::CurrencyMix { shop, missing, day, has_later, file, line, .. } => {
                let when =
                    if has_later { format!("; the first rate is later than {day}") } else { String::new() };
                problem(ProblemKind::Data, "currency-mix")
                    .with_detail(format!("`{file}:{line}` is the first line in {missing}, of {day}{when}"))
                    .with_hint(format!(
                        "deliver the entity `exchange_rates` (date, currency, rate): what 1 {missing} is worth in {shop} \
                         on {day} or before"
                    ))
                    .with_hint("or keep one shop per currency; amounts of two are never added")
            }
            E::NothingToRead { unread, wanted } => {
                nothing_to_read(problem(ProblemKind::Source, "nothing-to-read"), &unread, &wanted)
            }
            E::Cancelled => problem(ProblemKind::User, "refresh-cancelled"),
            E::NothingPublished => {
                problem(ProblemKind::User, "nothing-published").with_hint("run `confect refresh` first")
            }
            E::Damaged(_) => problem(ProblemKind::Storage, "publication-damaged")
                .with_hint("restore the folder `warehouse` from a backup, or run `confect refresh --full`"),
            E::Refused { code, hint, .. } => problem(ProblemKind::User, code).with_hint(hint),
            E::Plan { .. } => problem(ProblemKind::User, "sql-not-understood"),
            E::Execution { private, may_tell } => {
                let plain = problem(ProblemKind::User, "query-failed");
                if may_tell { plain.with_detail(private) } else { plain }
            }
            E::TimedOut { .. } => problem(ProblemKind::User, "query-timeout")
                .with_hint("ask for a shorter period or fewer columns"),
            // Names of plan nodes only; nothing of it comes from rows.
            E::Unverified { private } => problem(ProblemKind::Internal, "rls-verify").with_detail(private),
            E::Internal(_) => problem(ProblemKind::Internal, "internal"),
        }
    }
}

/// What the file system said, if that is what lies below an error.
fn io_error_in<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a std::io::Error> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        cause = inner.source();
    }
    None
}

/// What to do about a failing file of the warehouse.
fn file_remedy(path: &Path, error: &std::io::Error) -> String {
    use std::io::ErrorKind as K;
    let live = "the last publication stays live";
    match error.kind() {
        K::StorageFull | K::QuotaExceeded => {
            let free = free_bytes(path);
            let free =
                free.map_or_else(String::new, |bytes| format!("{} kB are free there; ", bytes / 1_000));
            format!("{free}free some space and run `confect refresh` again; {live}")
        }
        K::PermissionDenied | K::ReadOnlyFilesystem => {
            format!("let the user who runs `confect` write there, then run it again; {live}")
        }
        _ => format!("check the disk, then run `confect refresh` again; {live}"),
    }
}

/// Room for this user on the file system that holds `path`, which need not be there.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let state = path.ancestors().find_map(|folder| rustix::fs::statvfs(folder).ok())?;
    Some(state.f_bavail.saturating_mul(state.f_frsize))
}

fn nothing_to_read(problem: Problem, unread: &[String], wanted: &[String]) -> Problem {
    let problem = problem.with_detail(format!("looked for {}", wanted.join("; ")));
    let problem = match unread {
        [] => problem,
        files => {
            let shown: Vec<String> = files.iter().take(5).map(|file| format!("`{file}`")).collect();
            problem.with_hint(format!("these files are there but no source reads them: {}", shown.join(", ")))
        }
    };
    problem.with_hint("put the export into the project's folder `data/` and run `confect refresh` again")
}

/// A critical finding as a sentence for an error.
pub(crate) fn sentence(finding: &Finding) -> String {
    format!("{}: {}", finding.source, finding.message)
}
