//! `[source.database]`: a source that is read from a database instead of files.
//!
//! ```toml
//! [source.database]
//! kind = "postgres"               # or "sqlserver"
//! url = "env:SHOP_DB"            # or file:PATH; a password never stands in a project
//! query = "select * from lines"  # or table = "public.lines"
//! key = ["line_id"]
//! watermark = "updated_at"       # read only what is new; needs a key
//! overlap = "1 day"
//! timeout = "1 hour"
//! hosts = ["till.shop.local"]    # the address may name no other
//! ```
//!
//! Deliberately absent: connecting. Whether a query is understood, only the server knows.

use std::time::Duration;

use confect_domain::database::{
    DatabaseKind, DatabaseQuery, DatabaseSource, Overlap, SecretRef, Watermark, parse_span,
};
use serde::Deserialize;
use toml::Spanned;

use crate::error::ProjectError;
use crate::text_file::{TextFile, word};

/// How long an attempt may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(3_600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DatabaseTable {
    kind: Spanned<String>,
    url: Spanned<String>,
    query: Option<Spanned<String>>,
    table: Option<Spanned<String>>,
    #[serde(default)]
    key: Vec<Spanned<String>>,
    watermark: Option<Spanned<String>>,
    overlap: Option<Spanned<OverlapValue>>,
    timeout: Option<Spanned<String>>,
    #[serde(default)]
    hosts: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a span such as \"1 day\" or a number such as 1000")]
enum OverlapValue {
    Span(String),
    Number(u64),
}

/// Checks the table; every mistake goes to `errors`, and a mistake in what cannot be left out gives `None`.
pub(crate) fn read_database(
    file: &TextFile,
    table: Spanned<DatabaseTable>,
    errors: &mut Vec<ProjectError>,
) -> Option<DatabaseSource> {
    let place = file.place_of(&table);
    let table = table.into_inner();
    let before = errors.len();
    let kinds = DatabaseKind::ALL.map(|kind| (kind.word(), kind));
    let kind = word(file, "kind of database", &table.kind, &kinds).map_err(|error| errors.push(error)).ok();
    let url = SecretRef::parse(table.url.get_ref());
    if url.is_none() {
        // Not shown: it may be the address itself.
        errors.push(ProjectError::Missing {
            place: file.place_of(&table.url),
            subject: "`url`".to_owned(),
            what: "`env:NAME` or `file:PATH`, where the address is kept; an address with a password does not belong here"
                .to_owned(),
        });
    }
    let query = match (&table.query, &table.table) {
        (Some(query), None) => select(file, query, errors),
        (None, Some(name)) => named(file, name, errors),
        (Some(query), Some(_)) => {
            let subject = "`[source.database]` with a `table`".to_owned();
            errors.push(ProjectError::Unneeded { place: file.place_of(query), subject, key: "query" });
            None
        }
        (None, None) => {
            let (subject, what) = ("`[source.database]`".to_owned(), "`query` or `table`".to_owned());
            errors.push(ProjectError::Missing { place, subject, what });
            None
        }
    };
    let watermark = watermark(file, &table, errors);
    let timeout = match &table.timeout {
        Some(given) => span(file, given, errors),
        None => Some(TIMEOUT),
    };
    let key = table.key.into_iter().map(Spanned::into_inner).collect();
    if errors.len() > before {
        return None;
    }
    Some(DatabaseSource {
        kind: kind?,
        url: url?,
        query: query?,
        key,
        watermark,
        timeout: timeout?,
        hosts: table.hosts,
    })
}

fn watermark(file: &TextFile, table: &DatabaseTable, errors: &mut Vec<ProjectError>) -> Option<Watermark> {
    let Some(column) = &table.watermark else {
        if let Some(overlap) = &table.overlap {
            let subject = "`[source.database]` without a `watermark`".to_owned();
            errors.push(ProjectError::Unneeded { place: file.place_of(overlap), subject, key: "overlap" });
        }
        return None;
    };
    if table.key.is_empty() {
        errors.push(ProjectError::Missing {
            place: file.place_of(column),
            subject: "`watermark`".to_owned(),
            what: "`key`: the columns by which a changed row replaces its elder".to_owned(),
        });
    }
    let overlap = table.overlap.as_ref().and_then(|overlap| match overlap.get_ref() {
        OverlapValue::Number(number) => Some(Overlap::Number(*number)),
        OverlapValue::Span(text) => {
            span(file, &Spanned::new(overlap.span(), text.clone()), errors).map(Overlap::Time)
        }
    });
    Some(Watermark { column: column.get_ref().clone(), overlap })
}

fn span(file: &TextFile, given: &Spanned<String>, errors: &mut Vec<ProjectError>) -> Option<Duration> {
    let span = parse_span(given.get_ref());
    if span.is_none() {
        errors.push(ProjectError::BadValue {
            place: file.place_of(given),
            value: given.get_ref().clone(),
            expected: "a span of time such as `90 s`, `10 min`, `2 hours` or `1 day`",
        });
    }
    span
}

/// One statement that begins as a reading one does; whether it only reads, the server sees to.
fn select(file: &TextFile, query: &Spanned<String>, errors: &mut Vec<ProjectError>) -> Option<DatabaseQuery> {
    let text = query.get_ref().trim();
    let first = text.split(|letter: char| !letter.is_alphanumeric()).find(|word| !word.is_empty());
    let reads = first.is_some_and(|first| {
        ["select", "with", "values", "table"].iter().any(|known| first.eq_ignore_ascii_case(known))
    });
    // A comment may stand first.
    if reads || text.starts_with("--") || text.starts_with("/*") {
        return Some(DatabaseQuery::Select(text.to_owned()));
    }
    errors.push(ProjectError::BadValue {
        place: file.place_of(query),
        value: text.to_owned(),
        expected: "a query that reads, such as `select * from lines`",
    });
    None
}

fn named(file: &TextFile, name: &Spanned<String>, errors: &mut Vec<ProjectError>) -> Option<DatabaseQuery> {
    let parts: Vec<String> = name.get_ref().split('.').map(str::to_owned).collect();
    if parts.len() <= 2 && parts.iter().all(|part| !part.trim().is_empty() && !part.contains('\0')) {
        return Some(DatabaseQuery::Table(parts));
    }
    errors.push(ProjectError::BadValue {
        place: file.place_of(name),
        value: name.get_ref().clone(),
        expected: "the name of a table such as `lines` or `public.lines`; use `query` for anything else",
    });
    None
}
