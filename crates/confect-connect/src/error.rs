//! Why an extract failed, in one line that holds no secret.
//!
//! Texts of a server are passed on, texts about an address never: they may quote it.

use std::path::Path;

use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind};

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The place of the address is empty, or open to others.
    Secret,
    /// The address cannot be read.
    Address,
    /// The address names a host that the source does not allow.
    HostNotAllowed,
    /// The host is unknown.
    HostUnknown,
    /// Nobody answers there.
    Unreachable,
    /// User or password are wrong, or the password is out of date.
    Login,
    /// The connection is not safe: certificate, or no encryption at all.
    Certificate,
    /// The server has no such database.
    NoSuchDatabase,
    /// The user may not read this.
    Permission,
    /// The server does not understand the query.
    Query,
    /// The query lacks a column that is needed, or has it twice.
    Columns,
    /// The connection broke off.
    Dropped,
    /// It took too long.
    TimedOut,
    /// Anything else that the server says.
    Server,
    /// The extract cannot be written.
    Disk,
    /// It was asked to stop.
    Cancelled,
    /// A bug.
    Internal,
}

/// Why an extract failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("source `{source_name}`: {message}")]
pub struct ConnectError {
    /// What went wrong.
    pub cause: Cause,
    /// The source.
    pub source_name: String,
    /// One line.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Whether it may be over soon.
    pub passing: bool,
}

impl ConnectError {
    pub(crate) fn new(cause: Cause, source: &str, message: impl Into<String>) -> Self {
        // A server writes over several lines; a message is one.
        let message: String = message.into();
        let words: Vec<&str> = message.split_whitespace().collect();
        Self { cause, source_name: source.to_owned(), message: words.join(" "), hint: None, passing: false }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(crate) fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    pub(crate) fn disk(source: &str, action: &str, path: &Path, error: &std::io::Error) -> Self {
        let path = printable(&path.to_string_lossy());
        Self::new(Cause::Disk, source, format!("cannot {action} `{path}`: {error}"))
    }

    pub(crate) fn internal(source: &str) -> Self {
        Self::new(Cause::Internal, source, "the reader of databases broke down")
    }

    /// Stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self.cause {
            Cause::Secret => "database-secret",
            Cause::Address => "database-address",
            Cause::HostNotAllowed => "database-host-not-allowed",
            Cause::HostUnknown => "database-host-unknown",
            Cause::Unreachable => "database-unreachable",
            Cause::Login => "database-login",
            Cause::Certificate => "database-certificate",
            Cause::NoSuchDatabase => "database-missing",
            Cause::Permission => "database-permission",
            Cause::Query => "database-query",
            Cause::Columns => "database-columns",
            Cause::Dropped => "database-dropped",
            Cause::TimedOut => "database-timeout",
            Cause::Server => "database-failed",
            Cause::Disk => "extract-unwritable",
            Cause::Cancelled => "refresh-cancelled",
            Cause::Internal => "internal",
        }
    }

    /// Who has to act: the configuration, the source, the disk.
    pub fn kind(&self) -> ProblemKind {
        match self.cause {
            Cause::Secret | Cause::Address | Cause::HostNotAllowed | Cause::Query | Cause::Columns => {
                ProblemKind::Config
            }
            Cause::Disk => ProblemKind::Storage,
            Cause::Cancelled => ProblemKind::User,
            Cause::Internal => ProblemKind::Internal,
            _ => ProblemKind::Source,
        }
    }
}

impl From<ConnectError> for Problem {
    fn from(error: ConnectError) -> Self {
        let problem = Self::new(error.kind(), error.code(), error.to_string());
        match error.hint {
            Some(hint) => problem.with_hint(hint),
            None => problem,
        }
    }
}
