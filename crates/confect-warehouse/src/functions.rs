//! SQL functions of the models: `surrogate_key`, `date_key`, `file_date`, `period_from`, `period_to`.
//!
//! A surrogate key is a hash of the natural key, so that it does not depend on the order in which
//! members arrive: ten increments give the same keys as one full build, and a fact needs no join
//! to find the key of its dimension row. 62 bits: with ten million members the chance of any two
//! meeting is about 1 in 90,000, and the contract's unique key would stop the refresh.
//! Only refreshes have these functions; viewers' sessions do not.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Int64Array};
use arrow::datatypes::{DataType, Date32Type};
use confect_domain::{Date, Period};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use xxhash_rust::xxh3::xxh3_64;

/// `surrogate_key(text, …) -> integer`: 0 if every part is null, else a hash above 0.
pub(crate) fn surrogate_key() -> ScalarUDF {
    ScalarUDF::from(SurrogateKey {
        signature: Signature::one_of(
            (1..=4).map(|parts| TypeSignature::Uniform(parts, vec![DataType::Utf8View])).collect(),
            Volatility::Immutable,
        ),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SurrogateKey {
    signature: Signature,
}

impl ScalarUDFImpl for SurrogateKey {
    fn name(&self) -> &str {
        "surrogate_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = arguments.number_rows;
        let parts =
            arguments.args.iter().map(|value| value.to_array(rows)).collect::<Result<Vec<ArrayRef>>>()?;
        if parts.iter().any(|part| part.data_type() != &DataType::Utf8View) {
            return exec_err!("surrogate_key takes texts");
        }
        let texts: Vec<_> = parts.iter().map(|part| part.as_string_view()).collect();
        let mut keys = Vec::with_capacity(rows);
        let (mut written, mut before, mut key) = (Vec::new(), Vec::new(), 0);
        for row in 0..rows {
            written.clear();
            let mut known = false;
            for text in &texts {
                if text.is_valid(row) {
                    known = true;
                    written.extend_from_slice(text.value(row).as_bytes());
                }
                // A byte that no UTF-8 text holds keeps ('a', 'bc') apart from ('ab', 'c').
                written.push(0xff);
            }
            // Lines of one receipt share their customer, shop and country.
            if row == 0 || written != before {
                key = if known { key_of(xxh3_64(&written)) } else { 0 };
                std::mem::swap(&mut written, &mut before);
            }
            keys.push(key);
        }
        Ok(ColumnarValue::Array(Arc::new(Int64Array::from(keys))))
    }
}

/// `date_key(date) -> integer`: the day as yyyymmdd; null for null.
pub(crate) fn date_key() -> ScalarUDF {
    ScalarUDF::from(DateKey { signature: Signature::exact(vec![DataType::Date32], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateKey {
    signature: Signature,
}

impl ScalarUDFImpl for DateKey {
    fn name(&self) -> &str {
        "date_key"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [days] = ColumnarValue::values_to_arrays(&arguments.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution("date_key takes one date".to_owned()))?;
        let Some(days) = days.as_primitive_opt::<Date32Type>() else {
            return exec_err!("date_key takes a date");
        };
        // Lines come mostly by day: the calendar is worked out once per run of equal days.
        let mut last = (i32::MIN, 0);
        let keys = days.values().iter().map(|day| {
            if *day != last.0 {
                last = (*day, Date::from_days(*day).key());
            }
            last.1
        });
        let keys = Int64Array::new(keys.collect(), days.nulls().cloned());
        Ok(ColumnarValue::Array(Arc::new(keys)))
    }
}

/// `file_date(text) -> date`: the day that a file's name holds ([`Date::in_name`]); null if it holds none.
pub(crate) fn file_date() -> ScalarUDF {
    day_of_text("file_date", Date::in_name)
}

/// `period_from(text) -> date`: the first day of a named period ([`Period::named`]).
pub(crate) fn period_from() -> ScalarUDF {
    day_of_text("period_from", |text| Period::named(text).map(|period| period.from))
}

/// `period_to(text) -> date`: the first day after a named period.
pub(crate) fn period_to() -> ScalarUDF {
    day_of_text("period_to", |text| Period::named(text).map(|period| period.to))
}

fn day_of_text(name: &'static str, day: fn(&str) -> Option<Date>) -> ScalarUDF {
    let signature = Signature::uniform(1, vec![DataType::Utf8View], Volatility::Immutable);
    ScalarUDF::from(DayOfText { name, signature, day: Day(day) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DayOfText {
    name: &'static str,
    signature: Signature,
    day: Day,
}

/// How the day is found; told apart by the function's name.
struct Day(fn(&str) -> Option<Date>);

impl std::fmt::Debug for Day {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Day")
    }
}

impl PartialEq for Day {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for Day {}

impl std::hash::Hash for Day {
    fn hash<H: std::hash::Hasher>(&self, _state: &mut H) {}
}

impl ScalarUDFImpl for DayOfText {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Date32)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [texts] = ColumnarValue::values_to_arrays(&arguments.args)?
            .try_into()
            .map_err(|_| DataFusionError::Execution(format!("{} takes one text", self.name)))?;
        let Some(texts) = texts.as_string_view_opt() else {
            return exec_err!("{} takes a text", self.name);
        };
        // Lines of one file follow each other.
        let mut last: (Option<&str>, Option<i32>) = (None, None);
        let days = texts.iter().map(|text| {
            if text != last.0 {
                last = (text, text.and_then(self.day.0).map(Date::days));
            }
            last.1
        });
        let days: Date32Array = days.collect();
        Ok(ColumnarValue::Array(Arc::new(days)))
    }
}

/// 62 bits of the hash, and never 0, which is the unknown member.
fn key_of(hash: u64) -> i64 {
    ((hash >> 2) as i64).max(1)
}
