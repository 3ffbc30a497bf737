//! Currencies of sale lines: amounts of two are never added.
//!
//! Lines in another currency than the shop's are converted at the rate of their day, or the latest one
//! before (`stg_exchange_rates`). What cannot be converted and is not alone stops the refresh, with the
//! first line that is concerned.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, StringViewArray};
use arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use confect_domain::{Date, Entity, Finding, Severity};
use hashbrown::HashMap;

use super::inputs::Inputs;
use crate::error::WarehouseError;
use crate::publish::Memory;

/// Lines of one currency.
struct Lines {
    first_day: i32,
    rows: u64,
    file: String,
    line: i64,
}

/// Writes currencies in capitals, and refuses lines of several that cannot be brought to the shop's.
/// Gives the currency of all lines if that is another and they are not converted.
///
/// `before` is what is known of old lines that are not in `inputs`.
///
/// # Errors
/// [`WarehouseError::CurrencyMix`], or that everything has to be looked at.
pub(super) fn settle(
    inputs: &mut Inputs,
    shop: &str,
    before: Option<&Memory>,
) -> Result<Option<String>, WarehouseError> {
    let (held, uneven) = currencies(inputs, shop)?;
    if uneven {
        write_in_capitals(inputs)?;
    }
    let rates = first_rates(inputs)?;
    let mut names: Vec<&String> = held.keys().collect();
    names.sort();
    let convertible = |name: &str, lines: &Lines| {
        name == shop || rates.get(name).is_some_and(|first| *first <= lines.first_day)
    };
    let missing = names.iter().find_map(|name| {
        held.get(*name).filter(|lines| !convertible(name, lines)).map(|lines| (*name, lines))
    });
    if before.is_some_and(|memory| missing.is_some() || memory.unconverted.is_some()) {
        return Err(WarehouseError::MustRebuild(
            "lines are in a currency that has no exchange rate".to_owned(),
        ));
    }
    let Some((name, lines)) = missing else { return Ok(None) };
    let source = inputs.records.iter().find(|record| record.entity == Entity::SaleLines.name());
    let source = source.map_or_else(|| "sale_lines".to_owned(), |record| record.name.clone());
    if names.len() == 1 && !rates.contains_key(name.as_str()) {
        let finding = foreign(source, name, shop, lines);
        inputs.findings.push(finding);
        return Ok(Some(name.clone()));
    }
    Err(WarehouseError::CurrencyMix {
        source_name: source,
        currencies: names.into_iter().cloned().collect(),
        shop: shop.to_owned(),
        missing: name.clone(),
        day: Date::from_days(lines.first_day),
        has_later: rates.contains_key(name.as_str()),
        file: lines.file.clone(),
        line: lines.line,
    })
}

/// All lines are in one currency, which is not the shop's: a total of them is right, its sign is not.
fn foreign(source: String, name: &str, shop: &str, lines: &Lines) -> Finding {
    Finding {
        code: "currency-foreign",
        severity: Severity::Warning,
        source,
        file: Some(lines.file.clone()),
        line: u64::try_from(lines.line).ok(),
        column: Some("currency".to_owned()),
        value: Some(name.to_owned()),
        message: format!(
            "all lines are in {name}, but the shop's currency is {shop}; they are not converted"
        ),
        remedy: format!("set `currency = \"{name}\"` in `confect.toml`, or deliver `exchange_rates`"),
        rows: lines.rows,
    }
}

/// The currencies of all lines; lines that state none are in the shop's.
///
/// Also says whether one is not written as `EUR` is.
fn currencies(inputs: &Inputs, shop: &str) -> Result<(HashMap<String, Lines>, bool), WarehouseError> {
    let (mut held, mut uneven): (HashMap<String, Lines>, bool) = (HashMap::new(), false);
    let Some((_, batches)) = inputs.tables.get(&Entity::SaleLines) else { return Ok((held, uneven)) };
    for batch in batches {
        let names = column(batch, "currency")?.as_string_view();
        let days = column(batch, "sold_at")?.as_primitive::<TimestampMicrosecondType>();
        // Lines of one currency follow each other: the name is looked at once per run.
        let mut start = 0;
        while start < batch.num_rows() {
            let text = names.is_valid(start).then(|| names.value(start));
            let same = |row: &usize| names.is_valid(*row).then(|| names.value(*row)) == text;
            let end = (start + 1..batch.num_rows()).find(|row| !same(row)).unwrap_or(batch.num_rows());
            let name = text.map_or_else(|| shop.to_owned(), |text| text.trim().to_uppercase());
            uneven |= text.is_some_and(|text| text != name);
            let micros = arrow::compute::min(&days.slice(start, end - start)).unwrap_or_default();
            let day = i32::try_from(micros.div_euclid(86_400_000_000)).unwrap_or_default();
            let lines = held.entry(name).or_insert_with(|| place(batch, start, day));
            lines.first_day = lines.first_day.min(day);
            lines.rows += (end - start) as u64;
            start = end;
        }
    }
    Ok((held, uneven))
}

fn write_in_capitals(inputs: &mut Inputs) -> Result<(), WarehouseError> {
    let Some((schema, batches)) = inputs.tables.get_mut(&Entity::SaleLines) else { return Ok(()) };
    let index = schema.index_of("currency")?;
    for batch in batches {
        let names = batch.column(index).as_string_view();
        let names: StringViewArray =
            names.iter().map(|name| name.map(|name| name.trim().to_uppercase())).collect();
        let mut columns = batch.columns().to_vec();
        if let Some(held) = columns.get_mut(index) {
            *held = Arc::new(names);
        }
        *batch = RecordBatch::try_new(batch.schema(), columns)?;
    }
    Ok(())
}

fn place(batch: &RecordBatch, row: usize, first_day: i32) -> Lines {
    let files = batch.column_by_name("source_file").and_then(|files| files.as_string_view_opt());
    let lines = batch.column_by_name("source_line").and_then(|lines| lines.as_primitive_opt::<Int64Type>());
    Lines {
        first_day,
        rows: 0,
        file: files.map_or_else(String::new, |files| files.value(row).to_owned()),
        line: lines.map_or(0, |lines| lines.value(row)),
    }
}

/// The first day with a rate, by currency.
fn first_rates(inputs: &Inputs) -> Result<HashMap<String, i32>, WarehouseError> {
    let mut first: HashMap<String, i32> = HashMap::new();
    let Some((_, batches)) = inputs.tables.get(&Entity::ExchangeRates) else { return Ok(first) };
    for batch in batches {
        let names = column(batch, "currency")?.as_string_view();
        let days = column(batch, "date")?.as_primitive::<Date32Type>();
        for (name, day) in names.iter().zip(days).filter_map(|(name, day)| name.zip(day)) {
            let held = first.entry(name.trim().to_uppercase()).or_insert(day);
            *held = day.min(*held);
        }
    }
    Ok(first)
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a arrow::array::ArrayRef, WarehouseError> {
    batch.column_by_name(name).ok_or_else(|| WarehouseError::Internal(format!("no column `{name}`")))
}
