//! One Arrow column from one field of every row.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringViewBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::DataType;
use confect_domain::{Date, FieldType};

use super::numbers::Numbers;
use super::{Context, Notes, NoticeKind, ValueFault};
use crate::cells::Cells;
use crate::columns::{ColumnPlan, data_type};
use crate::derive::Recipe;
use crate::error::IngestError;
use crate::layout::CellSource;
use crate::spec::DateOrder;
use crate::values::date::{self, DateText, Moment};
use crate::values::rules::RuleAction;
use crate::values::zone::{Clock, Shift};
use crate::values::{Trouble, boolean, contact, invisible, key, mojibake, number, word};

/// A value at its place.
pub(super) struct Cell<'a> {
    pub(super) row: usize,
    pub(super) text: &'a str,
}

/// Builds the column of the entity at `index`.
pub(super) fn entity_column(
    context: Context<'_>,
    cells: &Cells,
    index: usize,
    line: u64,
    notes: &mut Notes,
) -> Result<ArrayRef, IngestError> {
    let column = &context.plan.columns[index];
    let field_type = column.entity.field_type;
    let source = context.layout.sources.get(index).copied().unwrap_or(CellSource::Absent);
    if source == CellSource::Absent {
        return Ok(context.plan.null_column(&data_type(field_type), cells.rows.len()));
    }
    let walk = Walk { context, cells, column, index, source, line };
    Ok(match field_type {
        FieldType::Text => walk.text(notes),
        FieldType::Key => walk.key(notes),
        FieldType::Word(words) => walk.parsed(notes, |text| word::parse(text, words)),
        FieldType::Period => walk.parsed(notes, word::parse_period),
        FieldType::Factor => {
            let comma = context.plan.options.decimal_comma;
            walk.parsed(notes, |text| number::parse_factor(text, comma))
        }
        FieldType::Integer => walk.integer(notes),
        FieldType::Decimal => walk.decimal(notes, false)?,
        FieldType::Rate => walk.decimal(notes, true)?,
        FieldType::Boolean => walk.boolean(notes),
        FieldType::Date => walk.date(notes)?,
        FieldType::Timestamp => walk.timestamp(notes)?,
    })
}

/// Builds a column that no mapping names: text, or nulls where the file does not have it.
pub(super) fn extra_column(context: Context<'_>, cells: &Cells, field: Option<usize>) -> ArrayRef {
    let rows = cells.rows.len();
    let Some(field) = field else { return context.plan.null_column(&DataType::Utf8View, rows) };
    let mut builder = StringViewBuilder::with_capacity(rows);
    let mut scratch = String::new();
    for row in 0..rows {
        let text = cells.value(row, field, &mut scratch);
        if context.plan.null_words.contains(text) {
            builder.append_null()
        } else {
            builder.append_value(text)
        }
    }
    Arc::new(builder.finish())
}

/// A walk down one column.
pub(super) struct Walk<'a> {
    pub(super) context: Context<'a>,
    pub(super) cells: &'a Cells,
    pub(super) column: &'a ColumnPlan,
    pub(super) index: usize,
    pub(super) source: CellSource,
    /// Physical line of the piece's first byte.
    pub(super) line: u64,
}

impl Walk<'_> {
    /// Calls `take` for each row: `None` is null. Where it fails, it has to have appended a null.
    #[inline]
    pub(super) fn each(
        &self,
        notes: &mut Notes,
        mut take: impl FnMut(Option<Cell<'_>>, &mut Notes) -> Result<(), Trouble>,
    ) {
        let mut scratch = String::new();
        let mut made = String::new();
        let recipe = self.context.layout.made.get(self.index).and_then(Option::as_ref);
        let null_words = &self.context.plan.null_words;
        let missing = match self.column.entity.field_type {
            FieldType::Key => Trouble::MissingKey,
            _ => Trouble::MissingValue,
        };
        for row in 0..self.cells.rows.len() {
            let text = match self.source {
                CellSource::Field(field) => self.cells.value(row, field, &mut scratch),
                CellSource::Made => {
                    recipe.map_or("", |recipe| self.make(recipe, row, &mut scratch, &mut made, notes))
                }
                _ => self.column.constant.as_deref().unwrap_or_default(),
            };
            let text = match self.column.values.is_empty() {
                true => text,
                false => self.column.values.get(text).map_or(text, String::as_str),
            };
            let outcome = if null_words.contains(text) {
                let null = take(None, notes);
                if self.column.entity.required { Err(missing) } else { null }
            } else {
                take(Some(Cell { row, text }), notes)
            };
            if let Err(trouble) = outcome {
                let value = Some(text).filter(|text| !text.is_empty()).map(str::to_owned);
                notes.faults.push(ValueFault { row, column: self.index, trouble, value });
            }
        }
    }

    /// The value of a row that is made of several fields, another file or the row's place.
    fn make<'m>(
        &'m self,
        recipe: &'m Recipe,
        row: usize,
        scratch: &mut String,
        made: &'m mut String,
        notes: &mut Notes,
    ) -> &'m str {
        match recipe {
            Recipe::Join(fields) => {
                made.clear();
                for field in fields {
                    let part = self.cells.value(row, *field, scratch);
                    if !self.context.plan.null_words.contains(part) {
                        made.push_str(if made.is_empty() { "" } else { " " });
                        made.push_str(part);
                    }
                }
                made
            }
            Recipe::RowNumber(prefix) => {
                let line = self.line + self.cells.rows.get(row).map_or(0, |place| u64::from(place.line));
                made.clear();
                made.push_str(prefix);
                made.push_str(&line.to_string());
                made
            }
            Recipe::Lookup(field) => {
                let wanted = self.cells.value(row, *field, scratch);
                let found = self.context.plan.lookups.get(&self.index);
                let found = found.and_then(|map| map.get(key::parse(wanted).unwrap_or(wanted)));
                if found.is_none() && !self.context.plan.null_words.contains(wanted) {
                    notes.notice(NoticeKind::LookupMiss, self.index, row, wanted);
                }
                found.map_or("", String::as_str)
            }
        }
    }

    fn text(&self, notes: &mut Notes) -> ArrayRef {
        let mut builder = StringViewBuilder::with_capacity(self.cells.rows.len());
        let (fits, kind): (fn(&str) -> bool, _) = match self.column.entity.name {
            "email" => (contact::is_email, NoticeKind::BadEmail),
            "phone" => (contact::is_phone, NoticeKind::BadPhone),
            "postcode" => (contact::is_postcode, NoticeKind::BadPostcode),
            _ => (|_| true, NoticeKind::BadEmail),
        };
        self.each(notes, |cell, notes| {
            let Some(cell) = cell else {
                builder.append_null();
                return Ok(());
            };
            if !fits(cell.text) {
                notes.notice(kind, self.index, cell.row, cell.text);
            }
            match self.mended(&cell, notes) {
                Some(text) => builder.append_value(text),
                None => builder.append_value(cell.text),
            }
            Ok(())
        });
        Arc::new(builder.finish())
    }

    /// Texts of a set form.
    fn parsed<'w>(
        &self,
        notes: &mut Notes,
        parse: impl for<'t> Fn(&'t str) -> Result<Cow<'w, str>, Trouble>,
    ) -> ArrayRef {
        let mut builder = StringViewBuilder::with_capacity(self.cells.rows.len());
        self.each(notes, |cell, _| {
            let parsed = cell.map(|cell| parse(cell.text)).transpose();
            builder.append_option(parsed.as_ref().ok().and_then(Option::as_deref));
            parsed.map(drop)
        });
        Arc::new(builder.finish())
    }

    /// Notes what is odd about text; gives it mended if the source asks for that.
    #[inline]
    fn mended(&self, cell: &Cell<'_>, notes: &mut Notes) -> Option<String> {
        if cell.text.is_ascii() {
            return None;
        }
        if invisible::is_in_text(cell.text) {
            notes.notice(NoticeKind::HiddenInText, self.index, cell.row, cell.text);
        }
        let meant =
            Some(cell.text).filter(|text| mojibake::is_suspicious(text)).and_then(mojibake::repaired)?;
        let mends = self.context.plan.options.repair_mojibake;
        let kind = if mends { NoticeKind::MojibakeMended } else { NoticeKind::Mojibake };
        notes.notice(kind, self.index, cell.row, cell.text);
        mends.then_some(meant)
    }

    fn integer(&self, notes: &mut Notes) -> ArrayRef {
        let mut builder = Int64Builder::with_capacity(self.cells.rows.len());
        let (comma, negate) = (self.context.plan.options.decimal_comma, self.column.negate);
        self.each(notes, |cell, notes| {
            let parsed = cell.as_ref().map(|cell| number::parse_integer(cell.text, comma)).transpose();
            let parsed = parsed.map(|number| number.map(|number| if negate { -number } else { number }));
            builder.append_option(parsed.ok().flatten());
            match (cell, parsed?) {
                (Some(cell), Some(value)) => self.check_rules(i128::from(value) * 10_000, &cell, notes),
                _ => Ok(()),
            }
        });
        Arc::new(builder.finish())
    }

    fn decimal(&self, notes: &mut Notes, rate: bool) -> Result<ArrayRef, IngestError> {
        let mut builder = Decimal128Builder::with_capacity(self.cells.rows.len())
            .with_data_type(data_type(FieldType::Decimal));
        let mut reader = Numbers::new(self, rate);
        let negate = self.column.negate;
        let mut currencies = 0;
        self.each(notes, |cell, notes| {
            let parsed = cell.as_ref().map(|cell| reader.read(cell.text)).transpose();
            if let Ok(Some((_, Some(currency)))) = parsed {
                currencies |= 1 << currency;
            }
            let parsed = parsed
                .map(|read| read.map(|(number, currency)| (if negate { -number } else { number }, currency)));
            builder.append_option(parsed.ok().flatten().map(|(number, _)| number));
            match (cell, parsed?) {
                (Some(cell), Some((value, _))) => self.check_rules(value, &cell, notes),
                _ => Ok(()),
            }
        });
        reader.end()?;
        notes.currencies[self.index] |= currencies;
        Ok(Arc::new(builder.finish()))
    }

    /// Applies the column's rules to a value in ten-thousandths.
    #[inline]
    fn check_rules(&self, value: i128, cell: &Cell<'_>, notes: &mut Notes) -> Result<(), Trouble> {
        for applied in self.column.rules.iter().filter(|applied| applied.is_broken(value)) {
            if applied.action == RuleAction::SetAside {
                return Err(Trouble::Rule(applied.rule));
            }
            notes.notice(NoticeKind::Rule(*applied), self.index, cell.row, cell.text);
        }
        Ok(())
    }

    fn boolean(&self, notes: &mut Notes) -> ArrayRef {
        let mut builder = BooleanBuilder::with_capacity(self.cells.rows.len());
        self.each(notes, |cell, _| {
            let parsed = cell.map(|cell| boolean::parse(cell.text)).transpose();
            builder.append_option(parsed.ok().flatten());
            parsed.map(drop)
        });
        Arc::new(builder.finish())
    }

    fn date(&self, notes: &mut Notes) -> Result<ArrayRef, IngestError> {
        let mut builder = Date32Builder::with_capacity(self.cells.rows.len());
        self.each_moment(notes, |moment, _| {
            builder.append_option(moment.map(|moment| moment.days));
            None
        })?;
        Ok(Arc::new(builder.finish()))
    }

    fn timestamp(&self, notes: &mut Notes) -> Result<ArrayRef, IngestError> {
        let mut builder = TimestampMicrosecondBuilder::with_capacity(self.cells.rows.len());
        let mut clock = Clock::new(self.context.plan.zone.as_ref());
        self.each_moment(notes, |moment, _| {
            let (micros, shift) = moment.map(|moment| clock.utc_of(moment)).unzip();
            builder.append_option(micros);
            match shift {
                Some(Shift::Gap) => Some(NoticeKind::ClockGap),
                Some(Shift::Overlap) => Some(NoticeKind::ClockOverlap),
                _ => None,
            }
        })?;
        Ok(Arc::new(builder.finish()))
    }

    /// Calls `take` with each row's moment; sentinels and what cannot be read are null.
    fn each_moment(
        &self,
        notes: &mut Notes,
        mut take: impl FnMut(Option<Moment>, usize) -> Option<NoticeKind>,
    ) -> Result<(), IngestError> {
        let mut order = Order { walk: self, known: None, failure: None };
        let range = Range::of(self);
        self.each(notes, |cell, notes| {
            let Some(cell) = cell else {
                take(None, 0);
                return Ok(());
            };
            let parsed = order.moment(cell.text);
            let parsed = match parsed {
                Ok(moment) if !date::is_sentinel(moment.days) => range.check(moment),
                parsed => parsed,
            };
            let (moment, notice) = match parsed {
                Ok(moment) if date::is_sentinel(moment.days) => (None, Some(NoticeKind::SentinelDate)),
                Ok(moment) => (Some(moment), None),
                Err(_) => (None, None),
            };
            let shift = take(moment, cell.row);
            if let Some(kind) = notice.or(shift) {
                notes.notice(kind, self.index, cell.row, cell.text);
            }
            match parsed {
                Ok(_) if moment.is_none() && self.column.entity.required => Err(Trouble::MissingValue),
                parsed => parsed.map(drop),
            }
        });
        order.failure.map_or(Ok(()), Err)
    }
}

/// The days that a source allows.
struct Range {
    earliest: Option<Date>,
    latest: Option<Date>,
}

impl Range {
    /// A shop's opening, a target or a holiday may well be planned.
    fn of(walk: &Walk<'_>) -> Self {
        let options = &walk.context.plan.options;
        let applies = !walk.context.plan.entity.looks_ahead();
        Self {
            earliest: options.earliest_date.filter(|_| applies),
            latest: options.latest_date.filter(|_| applies),
        }
    }

    #[inline]
    fn check(&self, moment: Moment) -> Result<Moment, Trouble> {
        match (self.earliest, self.latest) {
            (Some(day), _) if moment.days < day.days() => Err(Trouble::TooEarly(day)),
            (_, Some(day)) if moment.days > day.days() => Err(Trouble::TooLate(day)),
            _ => Ok(moment),
        }
    }
}

/// The date order of a column, asked for when the first date needs it.
struct Order<'a> {
    walk: &'a Walk<'a>,
    known: Option<DateOrder>,
    failure: Option<IngestError>,
}

impl Order<'_> {
    #[inline]
    fn moment(&mut self, text: &str) -> Result<Moment, Trouble> {
        match date::parse(text)? {
            DateText::Moment(moment) => Ok(moment),
            DateText::Ordered(parts) => match self.order() {
                Some(order) => parts.in_order(order),
                None => Err(Trouble::AmbiguousDate),
            },
        }
    }

    fn order(&mut self) -> Option<DateOrder> {
        if self.known.is_none() && self.failure.is_none() {
            match self.walk.context.decisions.date_order(self.walk.index) {
                Ok(order) => self.known = Some(order),
                Err(error) => self.failure = Some(error),
            }
        }
        self.known
    }
}
