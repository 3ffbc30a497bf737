//! The few statements that are sent. Names and values are quoted here and nowhere else.

use super::kind::Kind;
use super::query::{Parts, name};
use super::tokens::Column;
use crate::shape::{Grows, Shape, Wm};

/// Settings that decide what a query means, whatever the server's or the user's are. This session is the one that
/// gives way where two wait for each other.
pub(super) const SETTINGS: &str = "set nocount on; set xact_abort on; set rowcount 0; set textsize 2147483647;
set ansi_nulls on; set ansi_padding on; set ansi_warnings on; set arithabort on; set concat_null_yields_null on;
set quoted_identifier on; set numeric_roundabort off; set deadlock_priority low";

/// Whether the database keeps snapshots, for a transaction and for a statement.
pub(super) const SNAPSHOTS: &str = "select convert(int, snapshot_isolation_state), convert(int, is_read_committed_snapshot_on) \
     from sys.databases where database_id = db_id()";

/// Begins the transaction.
pub(super) fn begin(level: &str) -> String {
    format!("set transaction isolation level {level}; begin transaction")
}

/// Ends it; nothing is ever kept.
pub(super) const END: &str = "if @@trancount > 0 rollback transaction";

/// The columns of the query, without a row.
pub(super) fn describe(parts: &Parts) -> String {
    format!("{}select top (0) * from {}", parts.before, inner(parts))
}

/// Everything, or what is new since a value of the watermark and what has none.
pub(super) fn read(parts: &Parts, columns: &[Column], shape: &Shape, since: Option<&str>) -> String {
    let only = match (&shape.watermark, since) {
        (Some(watermark), Some(from)) => {
            let column = name(&watermark.column);
            format!(" where {column} >= {} or {column} is null", look_back(watermark, from))
        }
        _ => String::new(),
    };
    let list: Vec<String> = columns.iter().map(expression).collect();
    let mut order: Vec<String> = shape.key_names.iter().map(|column| name(column)).collect();
    if let Some(first) = order.first_mut() {
        first.insert_str(0, " order by ");
    }
    format!("{}select {} from {}{only}{}", parts.before, list.join(", "), inner(parts), order.join(", "))
}

/// How many rows there are, how many lack the watermark, its highest value, and whether that is lower than
/// `from`.
pub(super) fn standing(parts: &Parts, watermark: &Wm, from: Option<&str>) -> String {
    let column = name(&watermark.column);
    let back = match from {
        Some(from) => format!("case when max({column}) >= {} then 0 else 1 end", typed(watermark, from)),
        None => "0".to_owned(),
    };
    format!(
        "{}select count_big(*), count_big(*) - count_big({column}), max({column}), {back} from {}",
        parts.before,
        inner(parts)
    )
}

/// The query as something to select from. A remark at its end ends with its line.
fn inner(parts: &Parts) -> String {
    format!("(\n{}\n) as confect_source", parts.select)
}

/// A column as it is asked for: what has a code page or is no plain value is made text by the server.
fn expression(column: &Column) -> String {
    let quoted = name(&column.name);
    let as_type = match column.kind.kind {
        // A character has at least a byte, so there are no more of them than bytes.
        Kind::Narrow { length: length @ 1..=4_000 } => format!("nvarchar({length})"),
        Kind::Narrow { .. } | Kind::OldText | Kind::Xml | Kind::User => "nvarchar(max)".to_owned(),
        Kind::OldBinary => "varbinary(max)".to_owned(),
        Kind::Variant => {
            return format!(
                "case when sql_variant_property({quoted}, 'BaseType') in ('char', 'varchar') \
                 then convert(sql_variant, convert(nvarchar(4000), {quoted})) else {quoted} end as {quoted}"
            );
        }
        _ => return quoted,
    };
    format!("convert({as_type}, {quoted}) as {quoted}")
}

fn look_back(watermark: &Wm, from: &str) -> String {
    let (typed, back) = (typed(watermark, from), watermark.look_back());
    match watermark.grows {
        // Before the oldest moment that the types have, there is nothing to look back to.
        Grows::Time if from < "1902" => typed,
        // A day has no seconds to take away.
        Grows::Time if watermark.type_name == "date" => {
            format!("dateadd(day, -{}, {typed})", back.div_ceil(86_400))
        }
        Grows::Time => format!("dateadd(second, -{back}, {typed})"),
        Grows::Number => format!("{typed} - {back}"),
    }
}

/// A value of the watermark. Moments have a `T`, without which the user's language decides what is the month.
fn typed(watermark: &Wm, value: &str) -> String {
    let (kind, value) = match watermark.grows {
        Grows::Time => (watermark.type_name.to_owned(), value.replacen(' ', "T", 1)),
        Grows::Number => {
            let places = value.split_once('.').map_or(0, |(_, places)| places.len().min(37));
            (format!("decimal(37, {places})"), value.to_owned())
        }
    };
    format!("cast('{}' as {kind})", value.replace('\'', "''"))
}
