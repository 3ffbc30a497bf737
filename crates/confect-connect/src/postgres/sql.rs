//! The few statements that are sent. Names and values are quoted here and nowhere else.

use confect_domain::database::{DatabaseQuery, DatabaseSource, Overlap};

use super::session::{Grows, Shape, Wm};

/// How a day counts where no overlap is declared.
const DAY_SECONDS: u64 = 86_400;
const NUMBERS: u64 = 1_000;

/// Begins the snapshot and fixes how values are written. `set local` holds for the transaction only, so a
/// pooled connection is given back as it was.
pub(super) fn begin(timeout_ms: u128) -> String {
    format!(
        "begin transaction isolation level repeatable read, read only;
         set local statement_timeout = {timeout_ms};
         set local time zone 'UTC';
         set local datestyle = 'ISO, YMD';
         set local intervalstyle = 'iso_8601';
         set local bytea_output = 'hex';
         set local extra_float_digits = 1;
         set local lc_monetary = 'C';
         set local standard_conforming_strings = on;
         set local synchronize_seqscans = off;"
    )
}

/// The query as something to select from.
pub(super) fn inner(database: &DatabaseSource) -> String {
    let text = match &database.query {
        DatabaseQuery::Table(parts) => {
            let quoted: Vec<String> = parts.iter().map(|part| name(part)).collect();
            format!("select * from {}", quoted.join("."))
        }
        DatabaseQuery::Select(text) => text.trim().trim_end_matches(';').to_owned(),
    };
    // A comment at the end of the query ends with its line.
    format!("(\n{text}\n) as confect_source")
}

/// Everything.
pub(super) fn copy_all(database: &DatabaseSource, shape: &Shape) -> String {
    copy(&format!("select * from {}{}", inner(database), order(shape)))
}

/// What is new since `from`, and what has no watermark; `None` if the source has no watermark.
pub(super) fn copy_window(database: &DatabaseSource, shape: &Shape, from: &str) -> Option<String> {
    let watermark = shape.watermark.as_ref()?;
    let column = name(&watermark.column);
    let since = since(watermark, from);
    let inner = inner(database);
    let order = order(shape);
    Some(copy(&format!("select * from {inner} where {column} >= {since} or {column} is null{order}")))
}

/// How many rows there are, how many lack the watermark, its highest value, and whether that is lower than
/// `from`; one row of text.
pub(super) fn standing(database: &DatabaseSource, watermark: &Wm, from: Option<&str>) -> String {
    let column = name(&watermark.column);
    // An infinite moment or a NaN would be the highest value for ever.
    let finite = match watermark.grows {
        Grows::Time => format!("isfinite({column})"),
        Grows::Number => format!("{column}::numeric <> 'NaN'"),
    };
    let top = format!("max({column}) filter (where {finite})");
    let back = match from {
        Some(from) => format!("coalesce({top} < {}, true)", typed(watermark, from)),
        None => "false".to_owned(),
    };
    let inner = inner(database);
    format!("select count(*), count(*) filter (where {column} is null), {top}, {back}::text from {inner}")
}

fn copy(select: &str) -> String {
    format!("copy ({select}) to stdout (format csv, header true, encoding 'UTF8')")
}

fn since(watermark: &Wm, from: &str) -> String {
    let typed = typed(watermark, from);
    match (watermark.grows, watermark.overlap) {
        (Grows::Time, Some(Overlap::Time(span))) => {
            format!("{typed} - interval '{} seconds'", span.as_secs())
        }
        (Grows::Time, _) => format!("{typed} - interval '{DAY_SECONDS} seconds'"),
        (Grows::Number, Some(Overlap::Number(number))) => format!("{typed} - {number}"),
        (Grows::Number, _) => format!("{typed} - {NUMBERS}"),
    }
}

/// A value of the watermark. Numbers are compared as decimals, so that an overlap cannot overflow.
fn typed(watermark: &Wm, value: &str) -> String {
    let kind = match watermark.grows {
        Grows::Time => watermark.type_name,
        Grows::Number => "numeric",
    };
    format!("{}::{kind}", literal(value))
}

fn order(shape: &Shape) -> String {
    if shape.key_names.is_empty() {
        return String::new();
    }
    let names: Vec<String> = shape.key_names.iter().map(|column| name(column)).collect();
    format!(" order by {}", names.join(", "))
}

/// A name, quoted.
fn name(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// A text, quoted; `standard_conforming_strings` is on.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_cannot_leave_their_quotes() {
        assert_eq!(name("a\"; drop table x; --"), "\"a\"\"; drop table x; --\"");
        assert_eq!(literal("'; drop table x; --"), "'''; drop table x; --'");
    }
}
