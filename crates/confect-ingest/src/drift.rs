//! Files of a source that went another way than the others: a column of another type, another encoding.
//! Such a file is set aside as a whole, with the place and the two types, and the others are read.
//!
//! A type shows in two ways: Parquet declares it; of other formats, more than half of a file's rows cannot be
//! read in one column that another file has no such trouble with. Deliberately absent: columns that come, go
//! or are renamed (`layout::header`), and drift within a file, which sets rows aside.

use std::collections::BTreeMap;

use confect_domain::problem::printable;
use confect_domain::{FieldType, Finding, Severity};

use crate::columns::Plan;
use crate::layout::{CellSource, FileLayout};
use crate::values::Trouble;

/// So few rows say nothing about their column.
const ROWS_MIN: u64 = 10;

/// A file that is not read, and what to tell about it.
#[derive(Clone, Debug)]
pub(crate) struct Outlier {
    /// Label of the file.
    pub(crate) label: String,
    pub(crate) finding: Finding,
}

/// What a Parquet file declares of a column, as a letter on the way from the child.
pub(crate) const fn type_word(letter: u8) -> &'static str {
    match letter {
        b'i' => "a whole number",
        b'n' => "a number",
        b'd' => "a date",
        b't' => "a time",
        b'b' => "yes or no",
        _ => "text",
    }
}

/// Whether every value of one type is one of the other as well.
fn widens(one: u8, other: u8) -> bool {
    matches!((one, other), (b'i', b'n') | (b'n', b'i') | (b'd', b't') | (b't', b'd'))
}

/// Whether a file would be harmed: what is text for us is text whatever the file declares.
fn reads_alike(field: FieldType, one: u8, other: u8) -> bool {
    widens(one, other)
        || (matches!(field, FieldType::Key | FieldType::Text)
            && matches!((one, other), (b'i' | b's', b'i' | b's')))
}

/// Files whose declared types differ from those of the first file that declares any, and what else changed.
pub(crate) fn by_declaration(plan: &Plan, layouts: &[FileLayout]) -> (Vec<Outlier>, Vec<Finding>) {
    let (mut outliers, mut told) = (Vec::new(), Vec::new());
    let typed = |layout: &&FileLayout| !layout.types.is_empty();
    let Some(first) = layouts.iter().find(typed) else { return (outliers, told) };
    for layout in layouts.iter().filter(typed) {
        let changes = (0..plan.columns.len()).filter_map(|column| {
            let (old, new) = (declared(first, column)?, declared(layout, column)?);
            (old != new).then_some((column, old, new))
        });
        let mut is_out = false;
        for (column, old, new) in changes {
            let Some(planned) = plan.columns.get(column) else { continue };
            let heading = heading(plan, layout, column);
            let words = (type_word(old), type_word(new));
            if reads_alike(planned.entity.field_type, old, new) {
                told.push(widened(plan, layout, &heading, words));
            } else if !is_out {
                is_out = true;
                outliers.push(outlier(plan, first, layout, &heading, words, 0));
            }
        }
    }
    (outliers, told)
}

fn declared(layout: &FileLayout, column: usize) -> Option<u8> {
    match layout.sources.get(column) {
        Some(CellSource::Field(field)) => layout.types.as_bytes().get(*field).copied(),
        _ => None,
    }
}

fn heading(plan: &Plan, layout: &FileLayout, column: usize) -> String {
    match layout.sources.get(column) {
        Some(CellSource::Field(field)) => layout.heading(*field),
        _ => plan.columns.get(column).map(|column| column.entity.name.to_owned()).unwrap_or_default(),
    }
}

/// Rows of each file that cannot be read in each column, and what is wrong with the first.
#[derive(Default)]
pub(crate) struct Unread {
    counts: BTreeMap<(usize, usize), (u64, Trouble)>,
}

impl Unread {
    /// Notes a bad value, if its type is what is bad about it.
    pub(crate) fn note(&mut self, file: usize, column: usize, trouble: Trouble) {
        let is_of_type = matches!(
            trouble,
            Trouble::NotANumber
                | Trouble::NotWhole
                | Trouble::NotADate
                | Trouble::SerialDate
                | Trouble::NotBoolean
                | Trouble::OtherDateOrder(_)
        );
        if is_of_type {
            self.counts.entry((file, column)).or_insert((0, trouble)).0 += 1;
        }
    }

    fn count(&self, file: usize, column: usize) -> u64 {
        self.counts.get(&(file, column)).map_or(0, |count| count.0)
    }

    fn word(&self, file: usize, column: usize) -> &'static str {
        match self.counts.get(&(file, column)).map(|count| count.1) {
            Some(Trouble::NotWhole) => "a number",
            Some(Trouble::SerialDate) => "a day number of a spreadsheet",
            Some(Trouble::OtherDateOrder(_)) => "a date in another order",
            _ => "text",
        }
    }

    /// Files most of whose rows cannot be read in a column that another file has no trouble with.
    /// `rows` has the records of each file, and those of them that were read.
    pub(crate) fn outliers(&self, plan: &Plan, layouts: &[FileLayout], rows: &[(u64, u64)]) -> Vec<Outlier> {
        let reads = |file: usize, column: usize| {
            let read = rows.get(file).map_or(0, |rows| rows.1);
            let is_field =
                |layout: &FileLayout| matches!(layout.sources.get(column), Some(CellSource::Field(_)));
            read > 0 && self.count(file, column) * 10 < read && layouts.get(file).is_some_and(is_field)
        };
        let mut outliers: Vec<Outlier> = Vec::new();
        for ((file, column), (bad, _)) in &self.counts {
            let records = rows.get(*file).map_or(0, |rows| rows.0);
            let is_most = records >= ROWS_MIN && bad * 2 > records;
            let Some(layout) = layouts.get(*file).filter(|_| is_most) else { continue };
            if outliers.last().is_some_and(|last| last.label == layout.input.label) {
                continue;
            }
            let good = (0..layouts.len()).find(|other| reads(*other, *column));
            let Some(good) = good.and_then(|good| layouts.get(good)) else { continue };
            let field = plan.columns.get(*column).map_or(FieldType::Text, |column| column.entity.field_type);
            let words = (field_word(field), self.word(*file, *column));
            outliers.push(outlier(plan, good, layout, &heading(plan, layout, *column), words, records));
        }
        outliers
    }
}

const fn field_word(field: FieldType) -> &'static str {
    match field {
        FieldType::Integer => "a whole number",
        FieldType::Decimal | FieldType::Rate | FieldType::Factor => "a number",
        FieldType::Date => "a date",
        FieldType::Timestamp => "a time",
        FieldType::Boolean => "yes or no",
        FieldType::Word(_) => "one of some words",
        FieldType::Period => "a period",
        FieldType::Text | FieldType::Key => "text",
    }
}

fn finding(plan: &Plan, layout: &FileLayout, code: &'static str, severity: Severity) -> Finding {
    Finding {
        code,
        severity,
        source: plan.name.clone(),
        file: Some(layout.input.label.clone()),
        line: None,
        column: None,
        value: None,
        message: String::new(),
        remedy: String::new(),
        rows: 0,
    }
}

fn outlier(
    plan: &Plan,
    first: &FileLayout,
    layout: &FileLayout,
    heading: &str,
    (old, new): (&str, &str),
    rows: u64,
) -> Outlier {
    let finding = Finding {
        column: Some(heading.to_owned()),
        message: format!(
            "the file was set aside as a whole: `{}` is {old} in `{}` and {new} here",
            printable(heading),
            printable(&first.input.label)
        ),
        remedy:
            "export it with the type that the column had before, or give such files a source of their own"
                .to_owned(),
        rows,
        ..finding(plan, layout, "schema-drift", Severity::Quarantine)
    };
    Outlier { label: layout.input.label.clone(), finding }
}

fn widened(plan: &Plan, layout: &FileLayout, heading: &str, (old, new): (&str, &str)) -> Finding {
    Finding {
        column: Some(heading.to_owned()),
        message: format!(
            "`{}` was {old} before and is {new} here; it was read all the same",
            printable(heading)
        ),
        remedy: "export the column with one type".to_owned(),
        ..finding(plan, layout, "schema-widened", Severity::Warning)
    }
}

/// A file that is not UTF-8, of a source that wants nothing converted.
pub(crate) fn not_utf8(plan: &Plan, layout: &FileLayout, encoding: &str) -> Outlier {
    let finding = Finding {
        message: format!("the file was set aside as a whole: it is not UTF-8 but looks like {encoding}"),
        remedy: format!(
            "export it as UTF-8, or put `encoding = \"{}\"` into `sources/{}.toml`",
            encoding.to_lowercase(),
            plan.name
        ),
        ..finding(plan, layout, "encoding-strict", Severity::Quarantine)
    };
    Outlier { label: layout.input.label.clone(), finding }
}
