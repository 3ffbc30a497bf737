//! The plan of a source: the entity's columns with their mapping, checked and made ready; the schema.
//!
//! Reads the spec only; no file is opened here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use confect_domain::{Entity, EntityColumn, FieldType, decimal};
use jiff::tz::TimeZone;
use regex::bytes::Regex;

use crate::convert::Opening;
use crate::error::IngestError;
use crate::layout::FileLayout;
use crate::layout::footer::pattern_of;
use crate::spec::{ColumnMapping, DateOrder, Derived, ReadOptions, SourceSpec};
use crate::text::encoding::Reading;
use crate::values::date::{self, DateText};
use crate::values::number::Sign;
use crate::values::rules::{self, AppliedRule};
use crate::values::{Trouble, boolean, key, number, word};

/// Columns that every batch ends with.
pub(crate) const SOURCE_FILE: &str = "source_file";
/// See [`SOURCE_FILE`].
pub(crate) const SOURCE_LINE: &str = "source_line";

/// What the warehouse notes beside members that are gone; no column of a file may be called so.
const DELETED_ON: &str = "deleted_on";

/// One column of the entity and where it comes from.
pub(crate) struct ColumnPlan {
    pub(crate) entity: &'static EntityColumn,
    pub(crate) headers: Vec<String>,
    pub(crate) constant: Option<String>,
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) rules: Vec<AppliedRule>,
    pub(crate) derived: Option<Derived>,
    pub(crate) negate: bool,
}

impl ColumnPlan {
    /// Whether a file without it is refused.
    pub(crate) fn is_needed(&self) -> bool {
        let made = matches!(self.derived, Some(Derived::RowNumber(_)));
        self.entity.required && self.constant.is_none() && !made
    }
}

/// A checked source.
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) entity: Entity,
    /// One per column of the entity, in its order.
    pub(crate) columns: Vec<ColumnPlan>,
    pub(crate) options: ReadOptions,
    /// How files are opened.
    pub(crate) opening: Opening,
    pub(crate) declared_reading: Option<Reading>,
    /// `None`: UTC.
    pub(crate) zone: Option<TimeZone>,
    pub(crate) null_words: NullWords,
    /// Records that match are totals.
    pub(crate) footer: Option<Regex>,
    /// What lookups found, by column of the entity; empty until [`crate::derive::load`] has read them.
    pub(crate) lookups: crate::derive::Lookups,
    /// Whether the source has one file only, so that a line number alone tells its rows apart.
    pub(crate) one_file: bool,
    nulls: NullColumns,
}

/// All-null arrays that pieces share: most sources leave half of an entity's columns empty.
struct NullColumns {
    arrays: Vec<ArrayRef>,
}

/// Rows of a shared all-null array; a usual piece has fewer. A fuzzer makes thousands of plans a second.
const SHARED_NULL_ROWS: usize = if cfg!(feature = "fuzzing") { 1 << 4 } else { 1 << 15 };

impl NullColumns {
    fn new(entity: Entity) -> Self {
        let mut arrays: Vec<ArrayRef> = vec![new_null_array(&DataType::Utf8View, SHARED_NULL_ROWS)];
        for column in entity.columns() {
            let data_type = data_type(column.field_type);
            if arrays.iter().all(|array| *array.data_type() != data_type) {
                arrays.push(new_null_array(&data_type, SHARED_NULL_ROWS));
            }
        }
        Self { arrays }
    }
}

impl Plan {
    /// Checks a spec.
    ///
    /// # Errors
    /// Unknown columns, encodings and zones, required columns that are not mapped, unreadable constants.
    pub(crate) fn new(spec: &SourceSpec) -> Result<Self, IngestError> {
        check_names(spec)?;
        let options = spec.options.clone();
        let plan = Self {
            name: spec.name.clone(),
            entity: spec.entity,
            columns: spec.entity.columns().iter().map(|column| plan_column(spec, column)).collect(),
            opening: Opening::new(spec),
            declared_reading: declared_reading(spec)?,
            zone: zone(spec)?,
            null_words: NullWords::new(&options.null_words),
            footer: pattern_of(&spec.name, options.skip_footer.as_deref())?,
            lookups: crate::derive::Lookups::new(),
            one_file: true,
            nulls: NullColumns::new(spec.entity),
            options,
        };
        for column in &plan.columns {
            if column.is_needed() && column.headers.is_empty() && column.derived.is_none() {
                return Err(IngestError::UnmappedColumn {
                    name: spec.name.clone(),
                    column: column.entity.name.to_owned(),
                    entity: spec.entity.name(),
                });
            }
            plan.check_constant(column)?;
        }
        Ok(plan)
    }

    /// A column of nulls.
    pub(crate) fn null_column(&self, data_type: &DataType, rows: usize) -> ArrayRef {
        let shared =
            self.nulls.arrays.iter().find(|array| array.data_type() == data_type && rows <= array.len());
        shared.map_or_else(|| new_null_array(data_type, rows), |array| array.slice(0, rows))
    }

    /// Whether an extra column may not have this name.
    pub(crate) fn is_reserved(&self, name: &str) -> bool {
        [SOURCE_FILE, SOURCE_LINE, DELETED_ON].contains(&name) || self.entity.column(name).is_some()
    }

    fn check_constant(&self, column: &ColumnPlan) -> Result<(), IngestError> {
        let Some(value) = &column.constant else { return Ok(()) };
        let outcome: Result<(), Trouble> = match column.entity.field_type {
            FieldType::Text => Ok(()),
            FieldType::Word(words) => word::parse(value, words).map(drop),
            FieldType::Period => word::parse_period(value).map(drop),
            FieldType::Factor => number::parse_factor(value, self.options.decimal_comma).map(drop),
            FieldType::Key => key::parse(value).map(drop),
            FieldType::Integer => number::parse_integer(value, self.options.decimal_comma).map(drop),
            FieldType::Decimal => number::parse_decimal(value, self.options.decimal_comma, false).map(drop),
            FieldType::Rate => number::parse_decimal(value, self.options.decimal_comma, true).map(drop),
            FieldType::Boolean => boolean::parse(value).map(drop),
            FieldType::Date | FieldType::Timestamp => self.check_date(value),
        };
        outcome.map_err(|trouble| IngestError::BadConstant {
            name: self.name.clone(),
            column: column.entity.name.to_owned(),
            value: value.clone(),
            reason: trouble.message(),
        })
    }

    fn check_date(&self, value: &str) -> Result<(), Trouble> {
        match date::parse(value)? {
            DateText::Moment(_) => Ok(()),
            DateText::Ordered(parts) => match self.options.date_order {
                Some(order) => parts.in_order(order).map(drop),
                None => Err(Trouble::AmbiguousDate),
            },
        }
    }

    /// The decimal sign, if it is not to be inferred.
    pub(crate) fn declared_sign(&self) -> Option<Sign> {
        match (self.options.decimal_comma, self.options.infer_numbers) {
            (true, _) => Some(Sign::Comma),
            (false, false) => Some(Sign::Point),
            (false, true) => None,
        }
    }

    /// The declared date order.
    pub(crate) fn date_order(&self) -> Option<DateOrder> {
        self.options.date_order
    }
}

fn plan_column(spec: &SourceSpec, column: &'static EntityColumn) -> ColumnPlan {
    let mapping = spec.columns.iter().find(|mapping| mapping.column == column.name);
    let mapping = mapping.cloned().unwrap_or_else(ColumnMapping::default);
    // The headings that a derived value is made of count when the header row is looked for.
    let headers = match &mapping.derived {
        Some(Derived::Join(headings)) => headings.clone(),
        Some(Derived::Lookup(lookup)) => vec![lookup.by.clone()],
        Some(Derived::RowNumber(_)) => Vec::new(),
        None => mapping.headers,
    };
    ColumnPlan {
        entity: column,
        headers,
        constant: mapping.constant,
        values: mapping.values,
        rules: rules::applied(spec.entity, column.name, column.field_type, |name| {
            spec.options.rules.get(name).copied()
        }),
        derived: mapping.derived,
        negate: mapping.negate,
    }
}

fn check_names(spec: &SourceSpec) -> Result<(), IngestError> {
    let mut seen = BTreeSet::new();
    for mapping in &spec.columns {
        let (name, column) = (spec.name.clone(), mapping.column.clone());
        if spec.entity.column(&column).is_none() {
            let known = spec.entity.columns().iter().map(|column| column.name.to_owned()).collect();
            return Err(IngestError::UnknownColumn { name, column, entity: spec.entity.name(), known });
        }
        if !seen.insert(&mapping.column) {
            return Err(IngestError::MappedTwice { name, column });
        }
    }
    let known = rules::rule_names();
    if let Some(rule) = spec.options.rules.keys().find(|rule| !known.contains(&rule.as_str())) {
        return Err(IngestError::UnknownRule { name: spec.name.clone(), rule: rule.clone(), known });
    }
    let unusable = |byte: u8| !byte.is_ascii() || matches!(byte, b'"' | b'\r' | b'\n' | 0);
    let options = &spec.options;
    match (options.delimiter, options.comment) {
        (Some(delimiter), _) if unusable(delimiter) => {
            Err(IngestError::BadDelimiter { name: spec.name.clone(), delimiter })
        }
        (delimiter, Some(comment))
            if unusable(comment) || comment.is_ascii_alphanumeric() || delimiter == Some(comment) =>
        {
            Err(IngestError::BadComment { name: spec.name.clone(), comment })
        }
        _ => Ok(()),
    }
}

fn declared_reading(spec: &SourceSpec) -> Result<Option<Reading>, IngestError> {
    let Some(label) = &spec.options.encoding else { return Ok(None) };
    let unknown = || IngestError::UnknownEncoding { name: spec.name.clone(), encoding: label.clone() };
    Reading::declared(label).map(Some).ok_or_else(unknown)
}

fn zone(spec: &SourceSpec) -> Result<Option<TimeZone>, IngestError> {
    let Some(name) = &spec.options.zone else { return Ok(None) };
    if name == "UTC" {
        return Ok(None);
    }
    let unknown = |_| IngestError::UnknownZone { name: spec.name.clone(), zone: name.clone() };
    TimeZone::get(name).map(Some).map_err(unknown)
}

/// The schema of all batches, and the names of the extra columns, sorted.
pub(crate) fn schema_of(plan: &Plan, layouts: &[FileLayout]) -> (SchemaRef, Vec<String>) {
    let mut fields: Vec<Field> = Vec::new();
    for column in &plan.columns {
        fields.push(Field::new(column.entity.name, data_type(column.entity.field_type), true));
    }
    let extras: BTreeSet<&String> =
        layouts.iter().flat_map(|file| file.extras.iter().map(|extra| &extra.0)).collect();
    for name in &extras {
        fields.push(Field::new(name.as_str(), DataType::Utf8View, true));
    }
    fields.push(Field::new(SOURCE_FILE, DataType::Utf8View, false));
    fields.push(Field::new(SOURCE_LINE, DataType::Int64, false));
    (Arc::new(Schema::new(fields)), extras.into_iter().cloned().collect())
}

/// The Arrow type of a field.
pub(crate) fn data_type(field_type: FieldType) -> DataType {
    match field_type {
        FieldType::Text | FieldType::Key | FieldType::Word(_) | FieldType::Period | FieldType::Factor => {
            DataType::Utf8View
        }
        FieldType::Integer => DataType::Int64,
        FieldType::Decimal | FieldType::Rate => {
            DataType::Decimal128(decimal::PRECISION, decimal::SCALE as i8)
        }
        FieldType::Date => DataType::Date32,
        FieldType::Timestamp => DataType::Timestamp(TimeUnit::Microsecond, None),
        FieldType::Boolean => DataType::Boolean,
    }
}

/// The words that mean "no value"; most values are told apart by their first byte and length.
pub(crate) struct NullWords {
    words: Vec<String>,
    starts: [bool; 256],
    longest: usize,
    empty: bool,
}

impl NullWords {
    pub(crate) fn new(words: &[String]) -> Self {
        let mut starts = [false; 256];
        for byte in words.iter().filter_map(|word| word.bytes().next()) {
            starts[usize::from(byte)] = true;
        }
        Self {
            words: words.to_vec(),
            starts,
            longest: words.iter().map(String::len).max().unwrap_or(0),
            empty: words.iter().any(String::is_empty),
        }
    }

    /// Whether a trimmed value means "no value".
    #[inline]
    pub(crate) fn contains(&self, value: &str) -> bool {
        match value.as_bytes().first() {
            None => self.empty,
            Some(first) if value.len() > self.longest || !self.starts[usize::from(*first)] => false,
            Some(_) => self.words.iter().any(|word| word == value),
        }
    }
}
