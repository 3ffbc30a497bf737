//! A source that is a database: what is to be read from it, and where its address is kept.
//!
//! Plain data, made by whoever reads `sources/<name>.toml` and carried out by `confect-connect`. A password
//! never stands here: only the name of the place that holds the address ([`SecretRef`]).
//! Deliberately absent: reading secrets, connecting, SQL.

use std::time::Duration;

/// What kind of database it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// PostgreSQL 10 or later, and what speaks its protocol and its SQL.
    Postgres,
    /// Microsoft SQL Server 2012 or later, and what speaks its protocol (TDS 7.4) and its SQL.
    SqlServer,
}

impl DatabaseKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::SqlServer];

    /// The word in `sources/<name>.toml`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::SqlServer => "sqlserver",
        }
    }
}

/// Where a secret is kept; never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// `env:NAME`: an environment variable.
    Env(String),
    /// `file:PATH`: the first line of a file that only its owner may read; relative to the project.
    File(String),
}

impl SecretRef {
    /// Reads `env:NAME` or `file:PATH`; `None` for anything else, which may be a secret and is not to be
    /// shown.
    pub fn parse(text: &str) -> Option<Self> {
        let is_name = |name: &str| {
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
                && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        };
        match text.split_once(':')? {
            ("env", name) if is_name(name) => Some(Self::Env(name.to_owned())),
            ("file", path) if !path.trim().is_empty() && !path.contains('\0') => {
                Some(Self::File(path.to_owned()))
            }
            _ => None,
        }
    }
}

/// What is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseQuery {
    /// A table or view, with its schema before it if one is named: every column of every row.
    Table(Vec<String>),
    /// One statement that only reads.
    Select(String),
}

/// How a watermark looks back, so that what was committed late is not missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// For a column of moments or days.
    Time(Duration),
    /// For a column of numbers.
    Number(u64),
}

/// A column that grows with every change, so that only what is new has to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watermark {
    /// The column of the query.
    pub column: String,
    /// How far to look back; `None`: a day, or a thousand.
    pub overlap: Option<Overlap>,
}

/// A database and what is read from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseSource {
    /// Kind of database.
    pub kind: DatabaseKind,
    /// Where its address, with user and password, is kept.
    pub url: SecretRef,
    /// What is read.
    pub query: DatabaseQuery,
    /// Columns that tell one row of the query from every other; empty: none are named.
    pub key: Vec<String>,
    /// Read only what is new; needs a key.
    pub watermark: Option<Watermark>,
    /// Longest time that one attempt may take; then the server is asked to stop.
    pub timeout: Duration,
    /// Hosts that the address may name; empty: any.
    pub hosts: Vec<String>,
}

/// Reads a span of time such as `90 s`, `10 min`, `2 hours`, `1 day`; `None` if it is none, or zero.
pub fn parse_span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let seconds: u64 = match unit.trim() {
        "s" | "sec" | "second" | "seconds" => 1,
        "m" | "min" | "minute" | "minutes" => 60,
        "h" | "hour" | "hours" => 3_600,
        "d" | "day" | "days" => 86_400,
        _ => return None,
    };
    // A year is far more than any extract or overlap means.
    let span = number.parse::<u64>().ok()?.checked_mul(seconds)?;
    (1..=366 * 86_400).contains(&span).then(|| Duration::from_secs(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_only_pointed_at() {
        assert_eq!(SecretRef::parse("env:SHOP_DB"), Some(SecretRef::Env("SHOP_DB".to_owned())));
        assert_eq!(SecretRef::parse("file:secrets/db"), Some(SecretRef::File("secrets/db".to_owned())));
        for literal in
            ["postgres://anna:geheim@till/shop", "geheim", "env:", "env:A B", "env:1A", "file:", "keyring:a"]
        {
            assert_eq!(SecretRef::parse(literal), None, "{literal}");
        }
    }

    #[test]
    fn spans_have_a_unit_and_an_end() {
        let seconds = |text| parse_span(text).map(|span| span.as_secs());
        assert_eq!(seconds("90 s"), Some(90));
        assert_eq!(seconds("10min"), Some(600));
        assert_eq!(seconds("2 hours"), Some(7_200));
        assert_eq!(seconds(" 1 day "), Some(86_400));
        for wrong in ["", "5", "s", "0 s", "-1 s", "1.5 h", "1 week", "99999999999999999999 d", "400 d"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
