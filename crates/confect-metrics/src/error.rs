//! Everything that can be wrong with a definition or a question, and how it reads to a person.

use std::fmt;

use confect_domain::names::nearest;
use confect_domain::{Problem, ProblemKind};

/// Which definition an error is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Definition {
    /// A measure, by id.
    Measure(String),
    /// A metric, by id.
    Metric(String),
    /// A dimension, by id.
    Dimension(String),
}

impl fmt::Display for Definition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(id) => write!(out, "measure `{id}`"),
            Self::Metric(id) => write!(out, "metric `{id}`"),
            Self::Dimension(id) => write!(out, "dimension `{id}`"),
        }
    }
}

/// What is wrong with a catalogue or a query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MetricError {
    /// An id is taken, or is a word that results need.
    #[error("{definition} needs another id: the name is taken")]
    IdTaken {
        /// The later definition.
        definition: Definition,
    },
    /// An id that is not lower-case letters, digits and `_`.
    #[error("{definition} has an id that is not snake_case")]
    BadId {
        /// The definition.
        definition: Definition,
    },
    /// A definition speaks of a table that no model builds.
    #[error("{definition} speaks of the table `{table}`, which does not exist")]
    NoSuchTable {
        /// The definition.
        definition: Definition,
        /// The table.
        table: String,
        /// Tables there are.
        known: Vec<String>,
    },
    /// A definition speaks of a column that its table lacks.
    #[error("{definition} speaks of the column `{column}`, which `{table}` does not have")]
    NoSuchColumn {
        /// The definition.
        definition: Definition,
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Columns there are.
        known: Vec<String>,
    },
    /// A column cannot be used that way.
    #[error("{definition} cannot use the column `{column}`: {reason}")]
    WrongColumn {
        /// The definition.
        definition: Definition,
        /// The column.
        column: String,
        /// Why not, in words.
        reason: &'static str,
    },
    /// An expression names something unknown.
    #[error("{definition} speaks of `{name}`, which is neither a measure nor a metric")]
    NoSuchPart {
        /// The metric.
        definition: Definition,
        /// The name.
        name: String,
        /// Measures and metrics there are.
        known: Vec<String>,
    },
    /// Metrics that are defined by each other.
    #[error("{definition} is defined by itself: {}", path.join(" → "))]
    Cycle {
        /// The first metric of the cycle.
        definition: Definition,
        /// The metrics on the way round.
        path: Vec<String>,
    },
    /// An expression that grows too large once its metrics are written out.
    #[error("{definition} grows too large once the metrics in it are written out")]
    TooLarge {
        /// The metric.
        definition: Definition,
    },
    /// A query names no metric.
    #[error("the query asks for no metric")]
    NothingAsked,
    /// A query names a metric that is not there.
    #[error("there is no metric `{id}`")]
    UnknownMetric {
        /// As asked.
        id: String,
        /// Metrics there are.
        known: Vec<String>,
    },
    /// A query names a dimension that is not there.
    #[error("there is no dimension `{id}`")]
    UnknownDimension {
        /// As asked.
        id: String,
        /// Dimensions there are.
        known: Vec<String>,
    },
    /// The same column twice.
    #[error("`{column}` is asked for twice")]
    AskedTwice {
        /// The column.
        column: String,
    },
    /// A sort column that the result does not have.
    #[error("the result cannot be sorted by `{column}`, which is not in it")]
    UnknownOrder {
        /// As asked.
        column: String,
        /// Columns of the result.
        known: Vec<String>,
    },
    /// A metric whose facts do not know the dimension.
    #[error(
        "metric `{metric}` cannot be split or filtered by `{dimension}`: `{fact}` has no key of `{table}`"
    )]
    NoKey {
        /// The metric.
        metric: String,
        /// The dimension.
        dimension: String,
        /// The fact without the key.
        fact: String,
        /// The dimension's table.
        table: String,
    },
    /// A fact that a metric is made of is hidden from the viewer as a whole.
    #[error("metric `{metric}` reads `{fact}`, of which you may see nothing")]
    HiddenFact {
        /// The metric.
        metric: String,
        /// The fact.
        fact: String,
    },
    /// A value with a NUL.
    #[error("a value holds a NUL character")]
    NulInValue,
    /// A table that a lookup needs is not among the models.
    #[error("the table `{table}` does not exist")]
    TableMissing {
        /// The table.
        table: String,
    },
    /// The viewer may not run SQL.
    #[error("`{viewer}` may not run SQL")]
    SqlNotAllowed {
        /// The viewer.
        viewer: String,
    },
    /// Nothing to run.
    #[error("the SQL is empty")]
    EmptySql,
    /// A text above the limit.
    #[error("the SQL has {bytes} bytes; at most {limit} are allowed")]
    SqlTooLong {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A range or comparison of periods that is not known.
    #[error("there is no {what} `{name}`")]
    UnknownPeriodWord {
        /// `range` or `comparison`.
        what: &'static str,
        /// As asked.
        name: String,
        /// Words there are.
        known: Vec<String>,
    },
    /// A custom range without days.
    #[error("the range `custom` needs `from` and a later `to`")]
    CustomWithoutDays,
}

impl MetricError {
    /// The definition that is wrong; `None` if the question is.
    pub fn definition(&self) -> Option<&Definition> {
        match self {
            Self::IdTaken { definition }
            | Self::BadId { definition }
            | Self::NoSuchTable { definition, .. }
            | Self::NoSuchColumn { definition, .. }
            | Self::WrongColumn { definition, .. }
            | Self::NoSuchPart { definition, .. }
            | Self::Cycle { definition, .. }
            | Self::TooLarge { definition } => Some(definition),
            _ => None,
        }
    }

    /// Stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::IdTaken { .. } => "id-taken",
            Self::BadId { .. } => "bad-id",
            Self::NoSuchTable { .. } | Self::TableMissing { .. } => "table-missing",
            Self::NoSuchColumn { .. } => "column-missing",
            Self::WrongColumn { .. } => "wrong-column",
            Self::NoSuchPart { .. } => "measure-missing",
            Self::Cycle { .. } => "metric-cycle",
            Self::TooLarge { .. } => "metric-too-large",
            Self::NothingAsked => "no-metric",
            Self::UnknownMetric { .. } => "unknown-metric",
            Self::UnknownDimension { .. } => "unknown-dimension",
            Self::AskedTwice { .. } => "asked-twice",
            Self::UnknownOrder { .. } => "unknown-order",
            Self::NoKey { .. } => "dimension-without-key",
            Self::HiddenFact { .. } => "metric-hidden",
            Self::NulInValue => "nul-in-value",
            Self::SqlNotAllowed { .. } => "sql-not-allowed",
            Self::EmptySql => "sql-empty",
            Self::SqlTooLong { .. } => "sql-too-long",
            Self::UnknownPeriodWord { .. } => "unknown-period",
            Self::CustomWithoutDays => "bad-period",
        }
    }

    /// The name that was not found, with those that are there.
    fn missing(&self) -> Option<(&str, &[String])> {
        match self {
            Self::NoSuchTable { table: name, known, .. }
            | Self::NoSuchColumn { column: name, known, .. }
            | Self::NoSuchPart { name, known, .. }
            | Self::UnknownMetric { id: name, known }
            | Self::UnknownDimension { id: name, known }
            | Self::UnknownOrder { column: name, known }
            | Self::UnknownPeriodWord { name, known, .. } => Some((name, known)),
            _ => None,
        }
    }
}

impl From<MetricError> for Problem {
    fn from(error: MetricError) -> Self {
        let kind = match &error {
            MetricError::SqlNotAllowed { .. } => ProblemKind::Access,
            MetricError::TableMissing { .. } => ProblemKind::Config,
            other if other.definition().is_some() => ProblemKind::Config,
            _ => ProblemKind::User,
        };
        let problem = Self::new(kind, error.code(), error.to_string());
        if let Some((name, known)) = error.missing() {
            return with_known(problem, name, known);
        }
        match error {
            MetricError::SqlNotAllowed { .. } => {
                problem.with_hint("ask for a role with the permission `sql:run`")
            }
            MetricError::HiddenFact { .. } => {
                problem.with_hint("ask somebody who sees the whole company, or for a metric of sales only")
            }
            MetricError::NoKey { fact, table, .. } => problem.with_hint(format!(
                "leave the dimension out, or add a column that references `{table}` to `{fact}`"
            )),
            _ => problem,
        }
    }
}

/// Adds the nearest name, or the names there are.
fn with_known(problem: Problem, name: &str, known: &[String]) -> Problem {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => problem,
        None => problem.with_hint(format!("there are: {}", listed(known))),
    }
}

/// At most twenty names, each in backticks.
fn listed(names: &[String]) -> String {
    let mut text = names.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > 20 {
        text.push_str(&format!(" and {} more", names.len() - 20));
    }
    text
}
