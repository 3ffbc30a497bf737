//! Values that no single column holds: joined names, numbered rows, values looked up in another file.
//!
//! Looked-up files are small and read whole, before the source is; a key that they do not have leaves the
//! value empty, with a finding. Deliberately absent: joins of two big files, which are the warehouse's.

use std::ops::ControlFlow;

use confect_domain::names;
use hashbrown::HashMap;

use crate::columns::{ColumnPlan, Plan};
use crate::error::IngestError;
use crate::layout::CellSource;
use crate::profile::raw::RawFile;
use crate::spec::{Derived, InputFile, Lookup, LookupStep};
use crate::values::key;

/// Most rows that a looked-up file may have.
const MAX_LOOKUP_ROWS: usize = 1_000_000;

/// Keys and values, by column of the entity.
pub(crate) type Lookups = HashMap<usize, HashMap<String, String>>;

/// How a value is made in one file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Recipe {
    /// These fields, joined.
    Join(Vec<usize>),
    /// What comes before the line number.
    RowNumber(String),
    /// The field with the key.
    Lookup(usize),
}

impl Recipe {
    /// The fields whose text is part of the value.
    pub(crate) fn joined(&self) -> &[usize] {
        match self {
            Self::Join(fields) => fields,
            _ => &[],
        }
    }
}

/// Whether a file has what the column is made of.
pub(crate) fn is_possible(column: &ColumnPlan, header: &[String]) -> bool {
    match &column.derived {
        Some(Derived::Join(wanted)) => wanted.iter().any(|wanted| place(header, wanted).is_some()),
        Some(Derived::Lookup(lookup)) => place(header, &lookup.by).is_some(),
        Some(Derived::RowNumber(_)) => true,
        None => false,
    }
}

/// The recipes of one file, by column of the entity.
pub(crate) fn recipes(
    plan: &Plan,
    input: &InputFile,
    header: &[String],
    sources: &[CellSource],
) -> Vec<Option<Recipe>> {
    let columns = plan.columns.iter().zip(sources);
    columns
        .map(|(column, source)| match (source, &column.derived) {
            (CellSource::Made, Some(derived)) => recipe(plan, input, header, derived),
            _ => None,
        })
        .collect()
}

fn recipe(plan: &Plan, input: &InputFile, header: &[String], derived: &Derived) -> Option<Recipe> {
    Some(match derived {
        Derived::Join(wanted) => {
            Recipe::Join(wanted.iter().filter_map(|wanted| place(header, wanted)).collect())
        }
        Derived::Lookup(lookup) => Recipe::Lookup(place(header, &lookup.by)?),
        Derived::RowNumber(prefix) if plan.one_file => Recipe::RowNumber(prefix.clone()),
        Derived::RowNumber(prefix) => {
            let file = input.label.rsplit('/').next().unwrap_or_default();
            let stem = file.split('.').next().unwrap_or_default();
            Recipe::RowNumber(format!("{prefix}{stem}-"))
        }
    })
}

/// The position of a heading: as it is written, else without case and separators.
fn place(header: &[String], wanted: &str) -> Option<usize> {
    let exact = header.iter().position(|heading| heading == wanted);
    let normal = names::normalise(wanted);
    exact.or_else(|| header.iter().position(|heading| names::normalise(heading) == normal))
}

/// Reads what the plan's lookups need.
///
/// # Errors
/// A looked-up file that is missing, unreadable, too big, or without the headings that are asked for.
pub(crate) fn load(plan: &Plan) -> Result<Lookups, IngestError> {
    let mut lookups = Lookups::new();
    for (index, column) in plan.columns.iter().enumerate() {
        if let Some(Derived::Lookup(lookup)) = &column.derived {
            lookups.insert(index, chained(plan, column, lookup)?);
        }
    }
    Ok(lookups)
}

/// The values of the last step by the keys of the first.
fn chained(
    plan: &Plan,
    column: &ColumnPlan,
    lookup: &Lookup,
) -> Result<HashMap<String, String>, IngestError> {
    let mut found: Option<HashMap<String, String>> = None;
    for step in &lookup.steps {
        let next = read_step(plan, column, step)?;
        found = Some(match found {
            None => next,
            Some(before) => before
                .into_iter()
                .filter_map(|(key, value)| {
                    let value = key::parse(&value).unwrap_or(&value);
                    next.get(value).map(|value| (key, value.clone()))
                })
                .collect(),
        });
    }
    Ok(found.unwrap_or_default())
}

fn read_step(
    plan: &Plan,
    column: &ColumnPlan,
    step: &LookupStep,
) -> Result<HashMap<String, String>, IngestError> {
    if step.files.is_empty() {
        return Err(IngestError::NoLookupFile {
            name: plan.name.clone(),
            column: column.entity.name.to_owned(),
            pattern: step.pattern.clone(),
        });
    }
    let mut values = HashMap::new();
    let mut files: Vec<&InputFile> = step.files.iter().collect();
    files.sort_by(|left, right| left.label.cmp(&right.label));
    for input in files {
        read_file(plan, column, step, input, &mut values)?;
    }
    Ok(values)
}

fn read_file(
    plan: &Plan,
    column: &ColumnPlan,
    step: &LookupStep,
    input: &InputFile,
    values: &mut HashMap<String, String>,
) -> Result<(), IngestError> {
    let file = RawFile::open(input, &[&step.key, &step.take])?;
    let field = |wanted: &String| {
        place(&file.header, wanted).ok_or_else(|| IngestError::MissingColumn {
            name: plan.name.clone(),
            file: input.label.clone(),
            column: column.entity.name.to_owned(),
            headers: vec![wanted.clone()],
            present: file.header.clone(),
        })
    };
    let (key_field, value_field) = (field(&step.key)?, field(&step.take)?);
    let mut rows = 0;
    file.rows(|row| {
        rows += 1;
        if row.cells.len() != file.width || rows > MAX_LOOKUP_ROWS {
            return if rows > MAX_LOOKUP_ROWS { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        }
        let cell = |index: usize| row.cells.get(index).map_or("", |cell| cell.trim());
        let (found, value) = (cell(key_field), cell(value_field));
        if !plan.null_words.contains(found) && !plan.null_words.contains(value) {
            let found = key::parse(found).unwrap_or(found).to_owned();
            values.entry(found).or_insert_with(|| value.to_owned());
        }
        ControlFlow::Continue(())
    })?;
    if rows > MAX_LOOKUP_ROWS {
        return Err(IngestError::LookupTooBig { file: input.label.clone(), limit: MAX_LOOKUP_ROWS });
    }
    Ok(())
}
