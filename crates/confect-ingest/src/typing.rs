//! Stage 2, second half: fields → Arrow columns, column by column, with hashes and amounts of the rows.
//!
//! A row with a bad value keeps its place, with nulls, so that all columns stay aligned and its amount can
//! be read; stage 3 takes it out. Deliberately absent: what happens to such rows (`account`).

mod build;
mod keys;
mod numbers;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Int64Array, StringViewBuilder};
use arrow::datatypes::Decimal128Type;
use confect_domain::{Decimal, Entity, EntityColumn, FieldType};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::cells::Cells;
use crate::columns::Plan;
use crate::error::IngestError;
use crate::layout::FileLayout;
use crate::members::{self, Member};
use crate::survey::Decisions;
use crate::values::Trouble;
use crate::values::rules::AppliedRule;
pub(crate) use keys::KeyForm;

/// A value that cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct ValueFault {
    pub(crate) row: usize,
    /// Column of the entity.
    pub(crate) column: usize,
    pub(crate) trouble: Trouble,
    pub(crate) value: Option<String>,
}

/// What was assumed about values that were read, or is odd about them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NoticeKind {
    SentinelDate,
    ClockGap,
    ClockOverlap,
    /// Text that was decoded twice, left as it is.
    Mojibake,
    /// The same, mended.
    MojibakeMended,
    /// Text with letters that nobody sees.
    HiddenInText,
    /// A key that lost such letters.
    HiddenInKey,
    /// A key with blanks around it.
    PaddedKey,
    BadEmail,
    BadPhone,
    BadPostcode,
    Rule(AppliedRule),
    /// A key that the looked-up file does not have.
    LookupMiss,
}

/// One kind of assumption in one column of a piece.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    pub(crate) kind: NoticeKind,
    pub(crate) column: usize,
    /// The first row.
    pub(crate) row: usize,
    pub(crate) value: String,
    pub(crate) rows: u64,
}

/// What is noted while columns are built.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) faults: Vec<ValueFault>,
    pub(crate) notices: Vec<Notice>,
    /// Forms of keys that might be written in other letters elsewhere.
    pub(crate) forms: Vec<KeyForm>,
    /// Currencies seen, as bits, by column of the entity.
    pub(crate) currencies: Vec<u32>,
}

impl Notes {
    fn notice(&mut self, kind: NoticeKind, column: usize, row: usize, value: &str) {
        match self.notices.iter_mut().find(|held| held.kind == kind && held.column == column) {
            Some(held) => held.rows += 1,
            None => self.notices.push(Notice { kind, column, row, value: value.to_owned(), rows: 1 }),
        }
    }
}

/// A typed piece: columns in the schema's order, and per row its amount and hash.
pub(crate) struct Typed {
    pub(crate) columns: Vec<ArrayRef>,
    pub(crate) notes: Notes,
    pub(crate) amounts: Vec<Option<i128>>,
    /// Empty if nothing is deduplicated.
    pub(crate) hashes: Vec<u128>,
    /// Empty if rows are no members.
    pub(crate) members: Vec<Option<Member>>,
}

/// Everything that typing a piece needs.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) layout: &'a FileLayout,
    pub(crate) decisions: &'a Decisions<'a>,
    /// Names of the extra columns, sorted.
    pub(crate) extras: &'a [String],
}

/// Types a piece whose first line is `line`.
///
/// # Errors
/// Those of [`Decisions`], and a column that Arrow refuses.
pub(crate) fn type_cells(context: Context<'_>, cells: &Cells, line: u64) -> Result<Typed, IngestError> {
    let plan = context.plan;
    let mut notes = Notes { currencies: vec![0; plan.columns.len()], ..Notes::default() };
    let mut columns = Vec::with_capacity(plan.columns.len() + context.extras.len() + 2);
    for index in 0..plan.columns.len() {
        columns.push(build::entity_column(context, cells, index, line, &mut notes)?);
    }
    for name in context.extras {
        let field = context.layout.extras.iter().find(|extra| extra.0 == *name).map(|extra| extra.1);
        columns.push(build::extra_column(context, cells, field));
    }
    columns.push(file_column(context, cells.rows.len())?);
    let lines = cells.rows.iter().map(|row| i64::try_from(line + u64::from(row.line)).unwrap_or(i64::MAX));
    columns.push(Arc::new(Int64Array::from_iter_values(lines)));
    let amounts = amounts(plan, &columns, cells.rows.len());
    let hashes = match () {
        () if plan.options.first_per_key => key_hashes(plan, &columns, cells.rows.len()),
        () if plan.options.deduplicate => hashes(context.layout, cells),
        () => Vec::new(),
    };
    let members = members::members(plan, context.layout, cells, &columns);
    Ok(Typed { columns, notes, amounts, hashes, members })
}

/// Hashes of the rows' records.
pub(crate) fn hashes(layout: &FileLayout, cells: &Cells) -> Vec<u128> {
    cells.rows.iter().map(|row| record_hash(layout, cells.record(*row))).collect()
}

/// The hash of one record.
pub(crate) fn record_hash(layout: &FileLayout, record: &[u8]) -> u128 {
    xxh3_128_with_seed(record, layout.seed)
}

/// Hashes of the entity's key columns: what is required and a key.
fn key_hashes(plan: &Plan, columns: &[ArrayRef], rows: usize) -> Vec<u128> {
    let is_key = |entity: &EntityColumn| entity.required && entity.field_type == FieldType::Key;
    let keys: Vec<_> = plan
        .columns
        .iter()
        .zip(columns)
        .filter(|(column, _)| is_key(column.entity))
        .filter_map(|(_, array)| array.as_string_view_opt())
        .collect();
    let hash = |row: usize| {
        keys.iter().fold(0_u128, |seed, array| match array.is_valid(row) {
            true => xxh3_128_with_seed(array.value(row).as_bytes(), seed as u64),
            false => seed,
        })
    };
    (0..rows).map(hash).collect()
}

/// The file's label, once per row.
fn file_column(context: Context<'_>, rows: usize) -> Result<ArrayRef, IngestError> {
    let mut builder = StringViewBuilder::with_capacity(rows);
    let failed = |error: arrow::error::ArrowError| IngestError::Batch {
        name: context.plan.name.clone(),
        reason: error.to_string(),
    };
    builder.try_append_value_n(&context.layout.input.label, rows).map_err(failed)?;
    Ok(Arc::new(builder.finish()))
}

/// What each row is worth: the line's amount, else quantity × price; 0 for entities other than sale lines.
fn amounts(plan: &Plan, columns: &[ArrayRef], rows: usize) -> Vec<Option<i128>> {
    if plan.entity != Entity::SaleLines {
        return vec![Some(0); rows];
    }
    let decimals = |name: &str| -> Option<&Decimal128Array> {
        let index = plan.columns.iter().position(|column| column.entity.name == name)?;
        columns.get(index)?.as_primitive_opt::<Decimal128Type>()
    };
    let value = |array: Option<&Decimal128Array>, row: usize| {
        array.filter(|array| array.is_valid(row)).map(|array| array.value(row))
    };
    let (line, quantity, price) = (decimals("line_amount"), decimals("quantity"), decimals("unit_price"));
    let line = line.filter(|array| array.null_count() < array.len());
    let product = |row: usize| {
        let quantity = Decimal::from_scaled(value(quantity, row)?)?;
        quantity.checked_mul(Decimal::from_scaled(value(price, row)?)?).map(Decimal::scaled)
    };
    (0..rows).map(|row| value(line, row).or_else(|| product(row))).collect()
}
