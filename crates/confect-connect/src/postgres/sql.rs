//! The few statements that are sent. Names and values are quoted here and nowhere else.

use confect_domain::database::{DatabaseQuery, DatabaseSource};

use crate::shape::{Grows, Shape, Wm};

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

/// Everything, or what is new since a value of the watermark and what has none.
pub(super) fn copy(database: &DatabaseSource, shape: &Shape, since: Option<&str>) -> String {
    let only = match (&shape.watermark, since) {
        (Some(watermark), Some(from)) => {
            let column = name(&watermark.column);
            format!(" where {column} >= {} or {column} is null", since_value(watermark, from))
        }
        _ => String::new(),
    };
    let select = format!("select * from {}{only}{}", inner(database), order(shape));
    format!("copy ({select}) to stdout (format csv, header true, encoding 'UTF8')")
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

fn since_value(watermark: &Wm, from: &str) -> String {
    let (typed, back) = (typed(watermark, from), watermark.look_back());
    match watermark.grows {
        Grows::Time => format!("{typed} - interval '{back} seconds'"),
        Grows::Number => format!("{typed} - {back}"),
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
