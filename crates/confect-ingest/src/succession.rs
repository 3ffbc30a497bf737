//! Which rows of members stand when all deliveries are read: the last delivered; the others become the
//! member's past. And, where each delivery lists everybody, who is gone.
//!
//! Runs once per source, after the account is closed: the rows that are taken out here stay loaded in it.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::Int64Type;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use confect_domain::problem::printable;
use confect_domain::{Date, Entity, Finding, Severity};
use hashbrown::{HashMap, HashSet};

use crate::columns::{Plan, SOURCE_FILE, SOURCE_LINE};
use crate::delivery::order::Deliveries;
use crate::error::IngestError;
use crate::members::{Line, Members, Superseded, Verdict, key_column, key_hash};
use crate::rows::{Change, NewestDelivery, SourceRows, SupersededRow};

/// Takes superseded rows out of `batches` and notes them, and who is gone, in `rows`.
pub(crate) fn part(
    plan: &Plan,
    deliveries: &Deliveries,
    members: &Members,
    verdict: &Verdict,
    batches: &mut Vec<RecordBatch>,
    rows: &mut SourceRows,
) -> Result<(), IngestError> {
    let Some(key) = key_column(plan) else { return Ok(()) };
    let failed = |error: arrow::error::ArrowError| IngestError::Batch {
        name: plan.name.clone(),
        reason: error.to_string(),
    };
    let labels: HashMap<&str, u32> =
        (0..).zip(&deliveries.files).map(|(index, file)| (file.label.as_str(), index)).collect();
    if !verdict.superseded.is_empty() {
        let places = places(batches, &labels, verdict);
        rows.superseded = superseded(plan, deliveries, key, verdict, batches, &places).map_err(failed)?;
        take_out(batches, &places, verdict, |row| is_version(plan, deliveries, row)).map_err(failed)?;
        rows.findings.extend(finding(plan, &rows.superseded));
    }
    if plan.options.snapshot {
        rows.newest = Some(newest(plan, deliveries, members, key, batches));
    }
    Ok(())
}

/// Batch and row of each line that a verdict speaks of.
type Places = HashMap<Line, (usize, usize)>;

fn places(batches: &[RecordBatch], labels: &HashMap<&str, u32>, verdict: &Verdict) -> Places {
    let wanted: HashSet<Line> = verdict.superseded.iter().flat_map(|row| [row.line, row.says]).collect();
    let mut places = Places::new();
    for (index, batch) in batches.iter().enumerate() {
        let columns = (batch.column_by_name(SOURCE_FILE), batch.column_by_name(SOURCE_LINE));
        let (Some(files), Some(lines)) = columns else { continue };
        let (files, lines) = (files.as_string_view(), lines.as_primitive::<Int64Type>());
        for row in 0..batch.num_rows() {
            let Some(file) = labels.get(files.value(row)) else { continue };
            let line = (*file, u64::try_from(lines.value(row)).unwrap_or_default());
            if wanted.contains(&line) {
                places.insert(line, (index, row));
            }
        }
    }
    places
}

fn superseded(
    plan: &Plan,
    deliveries: &Deliveries,
    key: usize,
    verdict: &Verdict,
    batches: &[RecordBatch],
    places: &Places,
) -> Result<Vec<SupersededRow>, arrow::error::ArrowError> {
    let label =
        |line: Line| deliveries.files.get(line.0 as usize).map(|file| file.label.clone()).unwrap_or_default();
    let mut rows = Vec::with_capacity(verdict.superseded.len());
    for row_of @ Superseded { line, by, says } in &verdict.superseded {
        let Some((batch, row)) = places.get(line).and_then(|(batch, row)| Some((batches.get(*batch)?, *row)))
        else {
            continue;
        };
        let keys = batch.column(key).as_string_view();
        let member = if keys.is_valid(row) { keys.value(row).to_owned() } else { String::new() };
        let later = places.get(says).and_then(|(batch, row)| Some((batches.get(*batch)?, *row)));
        rows.push(SupersededRow {
            member,
            file: label(*line),
            line: line.1,
            by_file: label(*by),
            by_line: by.1,
            stays: is_version(plan, deliveries, row_of),
            changes: later.map_or(Ok(Vec::new()), |later| changes(plan, (batch, row), later))?,
        });
    }
    Ok(rows)
}

/// The values of the entity's columns that differ.
fn changes(
    plan: &Plan,
    (before, row): (&RecordBatch, usize),
    (after, later): (&RecordBatch, usize),
) -> Result<Vec<Change>, arrow::error::ArrowError> {
    let text = |batch: &RecordBatch, column: usize, row: usize| -> Result<String, arrow::error::ArrowError> {
        let array = batch.column(column);
        if array.is_null(row) {
            return Ok(String::new());
        }
        Ok(ArrayFormatter::try_new(array, &FormatOptions::new())?.value(row).to_string())
    };
    let mut changes = Vec::new();
    for (index, column) in plan.columns.iter().enumerate() {
        let (from, to) = (text(before, index, row)?, text(after, index, later)?);
        if from != to {
            let is_personal = column.entity.personal;
            changes.push(Change { column: column.entity.name, is_personal, from, to });
        }
    }
    Ok(changes)
}

/// Whether a row that a later one replaced is the member's past: models tell versions of articles and customers
/// by the day in the name of the file. Of deliveries without such a day only the last word is known to be the last.
fn is_version(plan: &Plan, deliveries: &Deliveries, row: &Superseded) -> bool {
    let day = |line: Line| deliveries.files.get(line.0 as usize).and_then(|file| Date::in_name(&file.label));
    matches!(plan.entity, Entity::Products | Entity::Customers) && day(row.line) < day(row.by)
}

fn take_out(
    batches: &mut Vec<RecordBatch>,
    places: &Places,
    verdict: &Verdict,
    stays: impl Fn(&Superseded) -> bool,
) -> Result<(), arrow::error::ArrowError> {
    let mut gone: BTreeMap<usize, HashSet<usize>> = BTreeMap::new();
    for row in verdict.superseded.iter().filter(|row| !stays(row)) {
        if let Some((batch, row)) = places.get(&row.line) {
            gone.entry(*batch).or_default().insert(*row);
        }
    }
    for (index, rows) in gone {
        let Some(batch) = batches.get_mut(index) else { continue };
        let keep: BooleanArray = (0..batch.num_rows()).map(|row| Some(!rows.contains(&row))).collect();
        *batch = filter_record_batch(batch, &keep)?;
    }
    batches.retain(|batch| batch.num_rows() > 0);
    Ok(())
}

/// One warning with an example; nothing for rows that say the same in another spelling.
fn finding(plan: &Plan, rows: &[SupersededRow]) -> Option<Finding> {
    let changed = || rows.iter().filter(|row| !row.changes.is_empty());
    let example = changed().next()?;
    let change = example.changes.first()?;
    let values = match change.is_personal {
        true => String::new(),
        false => format!(" from `{}` to `{}`", printable(&change.from), printable(&change.to)),
    };
    Some(Finding {
        code: "key-superseded",
        severity: Severity::Warning,
        source: plan.name.clone(),
        file: Some(example.file.clone()),
        line: Some(example.line),
        column: Some(change.column.to_owned()),
        value: None,
        message: format!(
            "rows of {} were replaced by later deliveries, which count; `{}` changed `{}`{values} in `{}`",
            plan.entity.name(),
            printable(&example.member),
            change.column,
            printable(&example.by_file)
        ),
        remedy: "nothing has to be done; what was before is kept in the table `superseded_rows`".to_owned(),
        rows: changed().count() as u64,
    })
}

fn newest(
    plan: &Plan,
    deliveries: &Deliveries,
    members: &Members,
    key: usize,
    batches: &[RecordBatch],
) -> NewestDelivery {
    let first = deliveries.newest();
    let since = u32::try_from(first).unwrap_or(u32::MAX);
    let mut newest = NewestDelivery {
        day: deliveries.days.as_ref().and_then(|days| days.last().copied()),
        ..NewestDelivery::default()
    };
    for batch in batches {
        for member in batch.column(key).as_string_view().iter().flatten() {
            if !members.is_delivered_since(key_hash(plan.entity, member), since) {
                newest.gone.insert(member.to_owned());
            }
        }
    }
    newest
}
