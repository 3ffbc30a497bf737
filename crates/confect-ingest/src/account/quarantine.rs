//! A record that is set aside → its place, its value, and words for a person.

use std::borrow::Cow;

use confect_domain::Entity;
use confect_domain::problem::printable;

use super::Parsed;
use crate::cells::{Reject, RowPlace};
use crate::columns::Plan;
use crate::error::counted;
use crate::layout::{CellSource, FileLayout};
use crate::rows::QuarantinedRow;
use crate::text::MAX_KEPT_BYTES;
use crate::text::splitter::{Piece, Rejection};
use crate::typing::ValueFault;
use crate::values::Trouble;
use crate::values::number::readings;

/// From this many kept bytes on, only the start of a record is kept.
const KEPT_BYTES_MAX: usize = 64 << 20;
const SHORT_RECORD_BYTES: usize = 256;

/// A line that stage 1 rejected.
pub(super) fn of_piece(plan: &Plan, layout: &FileLayout, piece: &Piece) -> QuarantinedRow {
    let trouble = match piece.rejection {
        Some(Rejection::RecordTooLong) => Trouble::RecordTooLong,
        _ => Trouble::UnclosedQuote,
    };
    let content = piece.length - piece.line_end;
    let mut row = QuarantinedRow {
        source: plan.name.clone(),
        file: layout.input.label.clone(),
        // Known when the whole file has been read (`Account::close_file`).
        content_hash: String::new(),
        line_first: piece.line,
        line_last: piece.line,
        byte_first: piece.offset,
        byte_last: piece.offset + content.saturating_sub(1),
        column: None,
        column_index: None,
        value: None,
        code: trouble.code(),
        message: format!("the row {}", trouble.message()),
        remedy: trouble.remedy().to_owned(),
        record: String::new(),
        record_bytes: None,
        is_cut: false,
        amount: unread_amount(plan),
    };
    keep_record(&mut row, &piece.bytes, content);
    row
}

/// A record that is no row.
pub(super) fn of_reject(
    plan: &Plan,
    layout: &FileLayout,
    parsed: &Parsed,
    reject: &Reject,
) -> QuarantinedRow {
    let mut row = at_place(plan, layout, parsed, reject.place, reject.trouble);
    if matches!(reject.trouble, Trouble::TooFewFields | Trouble::TooManyFields) {
        row.message =
            format!("the row {} ({})", reject.trouble.message(), counted(layout.width as u64, "column"));
    }
    if reject.trouble == Trouble::Footer {
        row.amount = Some(0);
    }
    if let Some(field) = reject.field.filter(|field| *field < layout.width) {
        row.column = Some(layout.heading(field));
        row.column_index = u32::try_from(field).ok();
        row.value = reject.value.as_deref().map(|value| clipped(value).to_owned());
    }
    row
}

/// A row with a bad value.
pub(super) fn of_fault(
    plan: &Plan,
    layout: &FileLayout,
    parsed: &Parsed,
    fault: &ValueFault,
) -> QuarantinedRow {
    let place = parsed.cells.rows.get(fault.row).copied().unwrap_or_default();
    let mut row = at_place(plan, layout, parsed, place, fault.trouble);
    let name = plan.columns[fault.column].entity.name;
    match layout.sources.get(fault.column) {
        Some(CellSource::Field(field)) => {
            row.column = Some(layout.heading(*field));
            row.column_index = u32::try_from(*field).ok();
        }
        _ => row.column = Some(name.to_owned()),
    }
    let heading = printable(row.column.as_deref().unwrap_or(name));
    row.message = match (fault.trouble, &fault.value) {
        (Trouble::MissingKey | Trouble::MissingValue, _) => {
            format!("`{heading}` {}", fault.trouble.message())
        }
        (Trouble::AmbiguousNumber, Some(value)) => {
            let (point, comma) = readings(value).unwrap_or_default();
            format!(
                "`{}` in `{heading}` can be read as {point} or as {comma}, and other values do not agree on either",
                printable(value)
            )
        }
        (trouble, Some(value)) => format!("`{}` in `{heading}` {}", printable(value), trouble.message()),
        (trouble, None) => format!("a value in `{heading}` {}", trouble.message()),
    };
    row.value = fault.value.as_ref().map(|value| clipped(value).to_owned());
    row.amount = parsed.typed.amounts.get(fault.row).copied().flatten();
    row
}

fn at_place(
    plan: &Plan,
    layout: &FileLayout,
    parsed: &Parsed,
    place: RowPlace,
    trouble: Trouble,
) -> QuarantinedRow {
    let line = parsed.line + u64::from(place.line);
    let mut row = QuarantinedRow {
        source: plan.name.clone(),
        file: layout.input.label.clone(),
        // Known when the whole file has been read (`Account::close_file`).
        content_hash: String::new(),
        line_first: line,
        line_last: line + u64::from(place.inner_lines),
        byte_first: parsed.offset + u64::from(place.start),
        byte_last: (parsed.offset + u64::from(place.end)).saturating_sub(1),
        column: None,
        column_index: None,
        value: None,
        code: trouble.code(),
        message: format!("the row {}", trouble.message()),
        remedy: trouble.remedy().to_owned(),
        record: String::new(),
        record_bytes: None,
        is_cut: false,
        amount: unread_amount(plan),
    };
    let record = parsed.cells.record(place);
    keep_record(&mut row, record, record.len() as u64);
    row
}

/// What a record is worth whose fields could not be told apart.
pub(super) fn unread_amount(plan: &Plan) -> Option<i128> {
    (plan.entity != Entity::SaleLines).then_some(0)
}

/// Keeps at most 64 KiB of a record of `length` bytes.
fn keep_record(row: &mut QuarantinedRow, bytes: &[u8], length: u64) {
    let part = bytes.get(..MAX_KEPT_BYTES).unwrap_or(bytes);
    let text = String::from_utf8_lossy(part);
    row.record_bytes = matches!(text, Cow::Owned(_)).then(|| part.to_vec());
    row.record = clipped(&text).to_owned();
    row.is_cut = row.raw().len() as u64 != length;
}

/// At most 64 KiB, cut between letters.
fn clipped(text: &str) -> &str {
    up_to(text, MAX_KEPT_BYTES)
}

fn up_to(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default()
}

/// Keeps only the start of the record once a load has set aside very much.
pub(super) fn shorten(row: &mut QuarantinedRow, kept_bytes: usize) {
    if kept_bytes > KEPT_BYTES_MAX {
        let kept = up_to(&row.record, SHORT_RECORD_BYTES).to_owned();
        row.is_cut |= kept.len() < row.record.len();
        row.record = kept;
        if let Some(bytes) = &mut row.record_bytes {
            bytes.truncate(SHORT_RECORD_BYTES);
            bytes.shrink_to_fit();
        }
        row.value = row.value.as_deref().map(|value| up_to(value, SHORT_RECORD_BYTES).to_owned());
    }
}
