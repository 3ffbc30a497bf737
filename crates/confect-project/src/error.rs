//! Everything that can be wrong with a project, and how it reads to a person.

use std::fmt;

use confect_domain::names::nearest;
use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind};
use confect_metrics::MetricError;

/// A place in a file, counted from 1; columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, relative to the project, or to the product for a pack's file.
    pub file: String,
    /// Line.
    pub line: usize,
    /// Character in the line.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}:{}", printable(&self.file), self.line, self.column)
    }
}

/// What is wrong with a project.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// There is no `confect.toml`.
    #[error("there is no project in this folder")]
    NoProject {
        /// The file looked for.
        place: Place,
    },
    /// A file is there but cannot be read as text.
    #[error("`{}` cannot be read", printable(&place.file))]
    Unreadable {
        /// The file.
        place: Place,
        /// What the system or the decoder says.
        reason: String,
    },
    /// Not TOML, or a value of another type than the key takes.
    #[error("{}", one_line(message))]
    Syntax {
        /// Where.
        place: Place,
        /// What the reader says.
        message: String,
    },
    /// A key that the section does not have.
    #[error("unknown key `{}`", printable(key))]
    UnknownKey {
        /// Where.
        place: Place,
        /// The key.
        key: String,
        /// Keys there are.
        known: Vec<String>,
    },
    /// A name that refers to nothing.
    #[error("unknown {what} `{}`{}", printable(name), of_whom(of))]
    UnknownName {
        /// Where.
        place: Place,
        /// What was looked for: `entity`, `column`.
        what: &'static str,
        /// The name.
        name: String,
        /// The table or entity that it would belong to.
        of: Option<Box<str>>,
        /// Names there are.
        known: Box<[String]>,
    },
    /// A name that is taken.
    #[error("{what} `{}` is defined twice", printable(name))]
    Twice {
        /// The later place.
        place: Place,
        /// What is defined.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A key or file that cannot be left out here.
    #[error("{subject} needs {what}")]
    Missing {
        /// Where it should stand.
        place: Place,
        /// Whose it would be.
        subject: String,
        /// What is missing.
        what: String,
    },
    /// A key that means nothing here.
    #[error("{subject} does not take `{key}`")]
    Unneeded {
        /// Where.
        place: Place,
        /// Whose it is.
        subject: String,
        /// The key.
        key: &'static str,
    },
    /// A value out of range or of the wrong form.
    #[error("`{}` is not {expected}", printable(value))]
    BadValue {
        /// Where.
        place: Place,
        /// The value.
        value: String,
        /// What it should be.
        expected: &'static str,
    },
    /// A definition that the catalogue refuses.
    #[error("{error}")]
    Metric {
        /// Where.
        place: Place,
        /// Why.
        error: Box<MetricError>,
    },
}

impl ProjectError {
    /// Where the mistake is.
    pub fn place(&self) -> &Place {
        match self {
            Self::NoProject { place }
            | Self::Unreadable { place, .. }
            | Self::Syntax { place, .. }
            | Self::UnknownKey { place, .. }
            | Self::UnknownName { place, .. }
            | Self::Twice { place, .. }
            | Self::Missing { place, .. }
            | Self::Unneeded { place, .. }
            | Self::BadValue { place, .. }
            | Self::Metric { place, .. } => place,
        }
    }

    /// Stable code in kebab case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoProject { .. } => "no-project",
            Self::Unreadable { .. } => "file-unreadable",
            Self::Syntax { .. } => "config-syntax",
            Self::UnknownKey { .. } => "unknown-key",
            Self::UnknownName { .. } => "unknown-name",
            Self::Twice { .. } => "defined-twice",
            Self::Missing { .. } => "incomplete",
            Self::Unneeded { .. } => "key-not-needed",
            Self::BadValue { .. } => "bad-value",
            Self::Metric { error, .. } => error.code(),
        }
    }
}

impl From<ProjectError> for Problem {
    /// Kind `Config`; the detail starts with the place.
    fn from(error: ProjectError) -> Self {
        let place = error.place().to_string();
        let problem = match &error {
            ProjectError::Metric { error, .. } => Self::from(MetricError::clone(error)),
            other => Self::new(ProblemKind::Config, error.code(), other.to_string()),
        };
        let problem = Self { kind: ProblemKind::Config, ..problem };
        match error {
            ProjectError::NoProject { .. } => problem.with_detail(place).with_hint(
                "make one with `confect init DIR --template confectionery`, or name its folder with `-C DIR`",
            ),
            ProjectError::Unreadable { reason, .. } => {
                problem.with_detail(format!("{place}: {}", one_line(&reason)))
            }
            ProjectError::UnknownKey { key, known, .. } => suggest(problem.with_detail(place), &key, &known),
            ProjectError::UnknownName { name, known, .. } => {
                suggest(problem.with_detail(place), &name, &known)
            }
            _ => problem.with_detail(place),
        }
    }
}

/// Adds the nearest name, or else the names there are.
fn suggest(problem: Problem, name: &str, known: &[String]) -> Problem {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
        None if known.is_empty() => problem,
        None => {
            let shown: Vec<String> =
                known.iter().take(24).map(|name| format!("`{}`", printable(name))).collect();
            let more = known.len().saturating_sub(24);
            let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
            problem.with_hint(format!("there are: {}{rest}", shown.join(", ")))
        }
    }
}

fn of_whom(of: &Option<Box<str>>) -> String {
    of.as_ref().map(|of| format!(" of `{}`", printable(of))).unwrap_or_default()
}

fn one_line(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(printable).collect::<Vec<_>>().join(", ")
}
