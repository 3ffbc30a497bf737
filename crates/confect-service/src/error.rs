//! What the application refuses or fails at, and how it is told.
//!
//! What a viewer sees never carries a value of the data: execution errors of the engine come as
//! `query-failed` with a report id; their full text is [`ServiceError::private_detail`], for the log.

use std::path::PathBuf;

use confect_domain::names::nearest;
use confect_domain::{Problem, ProblemKind};
use confect_metrics::MetricError;
use confect_warehouse::WarehouseError;

/// Failures of the application.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The warehouse failed or refused.
    #[error(transparent)]
    Warehouse(Box<WarehouseError>),
    /// A question does not fit the catalogue.
    #[error(transparent)]
    Metric(Box<MetricError>),
    /// A database cannot be read.
    #[error(transparent)]
    Connect(confect_connect::ConnectError),
    /// A definition or file of the project is wrong.
    #[error("{0}")]
    Project(Problem),
    /// The state database failed.
    #[error("the state database failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The state database is damaged.
    #[error("the state database `{path}` is damaged: {what}")]
    DatabaseDamaged {
        /// The file.
        path: PathBuf,
        /// What `quick_check` says first.
        what: String,
    },
    /// The state database was written by a newer Confect.
    #[error("the state database has version {found}; this program knows up to {known}")]
    DatabaseNewer {
        /// Version in the file.
        found: i64,
        /// Newest version known.
        known: i64,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot {action} `{path}`: {source}")]
    File {
        /// `create`, `write`, …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Nothing is published yet.
    #[error("nothing is published yet")]
    NothingPublished,
    /// No such page, or none that the viewer may know of.
    #[error("there is no page `{0}`")]
    NoSuchPage(String),
    /// No such tile on that page.
    #[error("there is no tile `{0}`")]
    NoSuchTile(String),
    /// No such customer, or none that the viewer may see.
    #[error("there is no customer `{id}`")]
    NoSuchCustomer {
        /// The id.
        id: String,
        /// Ids like it that the viewer may see.
        near: Vec<String>,
    },
    /// A request's parameter is unknown or cannot be read.
    #[error("the parameter `{name}` {why}")]
    BadParameter {
        /// The parameter.
        name: String,
        /// What is wrong with it: "is not a day".
        why: String,
        /// What would be right.
        hint: Option<String>,
    },
    /// No such user.
    #[error("there is no user `{name}`")]
    NoSuchUser {
        /// As asked.
        name: String,
        /// Users there are.
        known: Vec<String>,
    },
    /// The name is taken.
    #[error("there is a user `{0}` already")]
    UserExists(String),
    /// A user name that cannot be one.
    #[error("`{0}` cannot be a user name")]
    BadUserName(String),
    /// A role that the project does not define.
    #[error("there is no role `{name}`")]
    NoSuchRole {
        /// As asked.
        name: String,
        /// Roles there are.
        known: Vec<String>,
    },
    /// A user without a role would see nothing.
    #[error("a user needs at least one role")]
    NoRole(Vec<String>),
    /// The password is too easy to guess.
    #[error("the password is not safe enough: {0}")]
    WeakPassword(&'static str),
    /// Wrong user or password; never says which.
    #[error("user or password is wrong")]
    SignInFailed,
    /// Too many failures; wait.
    #[error("too many attempts")]
    TooManyAttempts {
        /// Seconds to wait.
        wait_seconds: u64,
    },
    /// Too much at once; try again.
    #[error("too busy at the moment")]
    Busy,
    /// The viewer lacks a permission.
    #[error("`{viewer}` may not {what}")]
    NotAllowed {
        /// The viewer.
        viewer: String,
        /// What was asked.
        what: &'static str,
    },
    /// A question about baskets has no answer.
    #[error(transparent)]
    Basket(#[from] confect_analytics::basket::BasketError),
    /// A bug.
    #[error("internal error: {0}")]
    Internal(String),
}

impl ServiceError {
    pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::File { action, path: path.into(), source }
    }

    /// Text for the log that must not reach a viewer, if there is any.
    pub fn private_detail(&self) -> Option<String> {
        match self {
            Self::Warehouse(error) => error.private_detail().map(str::to_owned),
            Self::Database(error) => Some(error.to_string()),
            Self::Internal(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// The same, as the person at the command line who owns the files may read it.
    pub fn into_problem(self) -> Problem {
        self.into()
    }
}

impl From<WarehouseError> for ServiceError {
    fn from(error: WarehouseError) -> Self {
        Self::Warehouse(Box::new(error))
    }
}

impl From<MetricError> for ServiceError {
    fn from(error: MetricError) -> Self {
        Self::Metric(Box::new(error))
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        use ServiceError as E;
        let problem = |kind, code| Self::new(kind, code, error.to_string());
        let user = |code| problem(ProblemKind::User, code);
        match &error {
            E::DatabaseDamaged { .. } => problem(ProblemKind::Storage, "state-damaged")
                .with_hint("move the folder `state` away and start again; users and run history are in it, tables are not"),
            E::DatabaseNewer { .. } => {
                problem(ProblemKind::Storage, "state-newer").with_hint("use the newer `confect` that wrote it")
            }
            E::Database(_) => problem(ProblemKind::Storage, "state-database")
                .with_hint("check that the disk is not full and that the folder `state` may be written"),
            E::File { .. } => problem(ProblemKind::Storage, "file"),
            E::NothingPublished => user("nothing-published").with_hint("run `confect refresh` first"),
            E::NoSuchPage(_) => user("no-such-page"),
            E::NoSuchTile(_) => user("no-such-tile"),
            E::NoSuchCustomer { near, .. } if near.is_empty() => user("no-such-customer"),
            E::NoSuchCustomer { near, .. } => {
                user("no-such-customer").with_hint(format!("did you mean {}?", list(near)))
            }
            E::BadParameter { hint, .. } => hint.iter().fold(user("bad-parameter"), |all, hint| all.with_hint(hint)),
            E::NoSuchUser { name, known } => named(user("no-such-user"), name, known, "users"),
            E::NoSuchRole { name, known } => named(problem(ProblemKind::User, "no-such-role"), name, known, "roles"),
            E::NoRole(known) => user("no-role").with_hint(format!("add `--role` with one of: {}", list(known))),
            E::UserExists(name) => user("user-exists")
                .with_hint(format!("change its rights with `confect user set {name} --role ROLE`")),
            E::BadUserName(_) => user("bad-user-name")
                .with_hint("use 1 to 64 lower-case letters, digits, `.`, `-`, `_` or `@`, starting with a letter or digit"),
            E::WeakPassword(_) => user("weak-password")
                .with_hint("four or five unrelated words make a good one; 15 characters are the least"),
            E::SignInFailed => problem(ProblemKind::Access, "sign-in-failed"),
            E::TooManyAttempts { wait_seconds } => problem(ProblemKind::Access, "too-many-attempts")
                .with_hint(format!("wait {wait_seconds} s and try again")),
            E::Busy => user("busy"),
            E::NotAllowed { .. } => problem(ProblemKind::Access, "not-allowed"),
            E::Internal(_) => problem(ProblemKind::Internal, "internal"),
            E::Warehouse(_) | E::Metric(_) | E::Project(_) | E::Connect(_) | E::Basket(_) => {
                of_other_crate(error)
            }
        }
    }
}

fn of_other_crate(error: ServiceError) -> Problem {
    match error {
        ServiceError::Warehouse(error) => (*error).into(),
        ServiceError::Metric(error) => (*error).into(),
        ServiceError::Project(problem) => problem,
        ServiceError::Connect(error) => error.into(),
        ServiceError::Basket(error) => error.into(),
        other => Problem::new(ProblemKind::Internal, "internal", other.to_string()),
    }
}

fn named(problem: Problem, name: &str, known: &[String], what: &str) -> Problem {
    let problem = match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
        None => problem,
    };
    if known.is_empty() {
        problem.with_hint(format!("there are no {what} yet"))
    } else {
        problem.with_detail(format!("{what}: {}", list(known)))
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
