//! Checks the rows of a table against its contract before they are written.
//!
//! Columns and types, keys unique and not null, promised columns not null, references found in the
//! dimension they name, accepted values. A check that fails stops the refresh; the last publication stays live.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{Int64Type, SchemaRef};
use confect_domain::problem::printable;
use confect_domain::{AcceptedValues, Severity, TableContract, names};
use hashbrown::HashSet;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::WarehouseError;

/// Keys of the dimensions that were built so far.
pub(crate) type DimensionKeys = BTreeMap<String, HashSet<i64>>;

/// One check that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// Table, or `lines` for the account of all sale lines.
    pub table: String,
    /// What was checked, the same words in every refresh: `key is unique: invoice_no, line_no`.
    pub name: String,
    /// What a failure means: [`Severity::Critical`] stops the refresh.
    pub severity: Severity,
    /// Rows that do not hold the promise; 0 is a pass.
    pub failing_rows: u64,
    /// What is wrong, in one sentence, if it failed.
    pub message: Option<String>,
}

impl CheckResult {
    /// Whether every row held.
    pub fn passed(&self) -> bool {
        self.failing_rows == 0
    }
}

/// The checks of a table or a refresh.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    pub(crate) made: Vec<CheckResult>,
}

impl Checks {
    /// Adds one check that stops the refresh if any row fails it.
    pub(crate) fn expect(
        &mut self,
        table: &str,
        name: impl Into<String>,
        failing_rows: usize,
        message: impl FnOnce() -> String,
    ) {
        self.made.push(CheckResult {
            table: table.to_owned(),
            name: name.into(),
            severity: Severity::Critical,
            failing_rows: failing_rows as u64,
            message: (failing_rows > 0).then(message),
        });
    }

    /// Adds another table's checks.
    pub(crate) fn merge(&mut self, other: Self) {
        self.made.extend(other.made);
    }

    /// One sentence per check that failed and stops the refresh.
    pub(crate) fn failures(&self) -> Vec<String> {
        let critical = self.made.iter().filter(|check| check.severity == Severity::Critical);
        critical.filter_map(|check| check.message.clone()).collect()
    }

    pub(crate) fn total(&self) -> u32 {
        u32::try_from(self.made.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn passed(&self) -> u32 {
        u32::try_from(self.made.iter().filter(|check| check.passed()).count()).unwrap_or(u32::MAX)
    }
}

/// Brings the rows that a model delivered into the columns, order and types of its contract.
///
/// # Errors
/// A column that is missing or cannot be cast without loss.
pub(crate) fn conform(
    contract: &TableContract,
    path: &str,
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
) -> Result<Vec<RecordBatch>, WarehouseError> {
    let failed = |message: String| WarehouseError::model(&contract.name, path, message);
    batches
        .into_iter()
        .map(|batch| {
            let delivered = batch.schema();
            let columns = schema
                .fields()
                .iter()
                .map(|field| {
                    let Some((index, _)) = delivered.column_with_name(field.name()) else {
                        return Err(failed(missing_column(field.name(), &delivered)));
                    };
                    strict_cast(batch.column(index), field.data_type())
                        .map_err(|error| failed(format!("column `{}`: {error}", field.name())))
                })
                .collect::<Result<Vec<_>, _>>()?;
            if delivered.fields().len() != schema.fields().len() {
                return Err(failed(unpromised_columns(&delivered, schema)));
            }
            let nullable = Arc::new(arrow::datatypes::Schema::new(
                schema
                    .fields()
                    .iter()
                    .map(|field| field.as_ref().clone().with_nullable(true))
                    .collect::<Vec<_>>(),
            ));
            Ok(RecordBatch::try_new(nullable, columns)?)
        })
        .collect()
}

fn missing_column(name: &str, delivered: &SchemaRef) -> String {
    let names: Vec<&str> = delivered.fields().iter().map(|field| field.name().as_str()).collect();
    let nearest = names::nearest(name, names.iter().copied());
    let hint = nearest.map_or_else(String::new, |nearest| format!("; the closest is `{nearest}`"));
    format!("the contract promises column `{name}`, which the SQL does not deliver{hint}")
}

fn unpromised_columns(delivered: &SchemaRef, promised: &SchemaRef) -> String {
    let extra: Vec<String> = delivered
        .fields()
        .iter()
        .filter(|field| promised.column_with_name(field.name()).is_none())
        .map(|field| format!("`{}`", field.name()))
        .collect();
    format!("the SQL delivers columns that the contract does not name: {}", extra.join(", "))
}

fn strict_cast(
    array: &ArrayRef,
    target: &arrow::datatypes::DataType,
) -> Result<ArrayRef, arrow::error::ArrowError> {
    if array.data_type() == target {
        return Ok(Arc::clone(array));
    }
    cast_with_options(array, target, &CastOptions { safe: false, ..CastOptions::default() })
}

/// Checks conformed rows.
pub(crate) fn check(contract: &TableContract, batches: &[RecordBatch], dimensions: &DimensionKeys) -> Checks {
    let mut checks = Checks::default();
    let table = contract.name.as_str();
    for (index, column) in contract.columns.iter().enumerate() {
        let key = contract.key.contains(&column.name);
        if column.nullable && !key {
            continue;
        }
        let nulls: usize = batches.iter().map(|batch| batch.column(index).null_count()).sum();
        checks.expect(table, format!("never empty: {}", column.name), nulls, || {
            format!("`{table}`.`{}` is empty in {nulls} rows", column.name)
        });
    }
    check_unique_key(contract, batches, &mut checks);
    for accepted in &contract.accepted {
        check_accepted(contract, accepted, batches, &mut checks);
    }
    for key in &contract.foreign_keys {
        let index = contract.columns.iter().position(|column| column.name == key.column);
        let Some((index, known)) = index.zip(dimensions.get(&key.references)) else { continue };
        let missing: usize = batches.iter().map(|batch| count_missing(batch.column(index), known)).sum();
        let name = format!("reference is found: {} in {}", key.column, key.references);
        checks.expect(table, name, missing, || {
            format!("`{table}`.`{}` has {missing} rows whose key is not in `{}`", key.column, key.references)
        });
    }
    checks
}

/// Values that a column may not hold.
fn check_accepted(
    contract: &TableContract,
    accepted: &AcceptedValues,
    batches: &[RecordBatch],
    checks: &mut Checks,
) {
    let Some(index) = contract.columns.iter().position(|column| column.name == accepted.column) else {
        return;
    };
    let (mut strange, mut example) = (0, None);
    for column in batches.iter().map(|batch| batch.column(index)) {
        for row in (0..column.len()).filter(|row| column.is_valid(*row)) {
            let value = match column.as_string_view_opt() {
                Some(texts) => Cow::Borrowed(texts.value(row)),
                None => Cow::Owned(crate::answer::cell_text(column.as_ref(), row).unwrap_or_default()),
            };
            if !accepted.values.iter().any(|known| *known == value) {
                strange += 1;
                example.get_or_insert_with(|| value.into_owned());
            }
        }
    }
    let (table, name) = (&contract.name, &accepted.column);
    checks.expect(table, format!("accepted values: {name}"), strange, || {
        let example = printable(&example.unwrap_or_default());
        format!(
            "`{table}`.`{name}` is `{example}` or the like in {strange} rows; accepted: {}",
            accepted.values.join(", ")
        )
    });
    if let Some(check) = checks.made.last_mut() {
        check.severity = accepted.severity;
    }
}

fn count_missing(array: &ArrayRef, known: &HashSet<i64>) -> usize {
    let Some(keys) = array.as_primitive_opt::<Int64Type>() else { return array.len() };
    // Runs of the same key are the rule; a look-up for each run is enough.
    let mut last = None;
    keys.iter()
        .flatten()
        .filter(|key| {
            let known = match last {
                Some((same, known)) if same == *key => known,
                _ => known.contains(key),
            };
            last = Some((*key, known));
            !known
        })
        .count()
}

fn check_unique_key(contract: &TableContract, batches: &[RecordBatch], checks: &mut Checks) {
    let columns: Option<Vec<usize>> = contract
        .key
        .iter()
        .map(|name| contract.columns.iter().position(|column| column.name == *name))
        .collect();
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else { return };
    let mut keys: Vec<u128> = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    let mut written = Vec::new();
    for batch in batches {
        let arrays: Vec<&ArrayRef> = columns.iter().map(|index| batch.column(*index)).collect();
        for row in 0..batch.num_rows() {
            written.clear();
            arrays.iter().for_each(|array| write_value(&mut written, array, row));
            keys.push(xxh3_128(&written));
        }
    }
    keys.sort_unstable();
    let repeated = keys.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let key = contract.key.join(", ");
    checks.expect(&contract.name, format!("key is unique: {key}"), repeated, || {
        format!("`{}` holds {repeated} rows whose key ({key}) is there already", contract.name)
    });
}

fn write_value(written: &mut Vec<u8>, array: &ArrayRef, row: usize) {
    use arrow::datatypes::DataType;
    match array.data_type() {
        DataType::Int64 => {
            written.extend_from_slice(&array.as_primitive::<Int64Type>().value(row).to_le_bytes());
        }
        DataType::Utf8View => written.extend_from_slice(array.as_string_view().value(row).as_bytes()),
        _ => written
            .extend_from_slice(crate::answer::cell_text(array.as_ref(), row).unwrap_or_default().as_bytes()),
    }
    written.push(0xff);
}

/// The keys of a dimension, from its first key column.
pub(crate) fn keys_of(contract: &TableContract, batches: &[RecordBatch]) -> HashSet<i64> {
    let index =
        contract.key.first().and_then(|key| contract.columns.iter().position(|column| column.name == *key));
    let Some(index) = index else { return HashSet::new() };
    batches
        .iter()
        .filter_map(|batch| batch.column(index).as_primitive_opt::<Int64Type>())
        .flat_map(|keys| keys.iter().flatten().collect::<Vec<_>>())
        .collect()
}

#[cfg(test)]
mod tests {
    use arrow::array::{Decimal128Array, StringViewArray};
    use confect_domain::{ColumnContract, ColumnType, Layer, TableAccess};

    use super::*;
    use crate::storage::arrow_schema;

    #[test]
    fn other_values_than_the_accepted_ones_are_counted() {
        let column = |name: &str, column_type| ColumnContract {
            name: name.to_owned(),
            column_type,
            nullable: true,
            about: String::new(),
        };
        let accepted = |column: &str, values: &[&str], severity| AcceptedValues {
            column: column.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            severity,
        };
        let contract = TableContract {
            name: "fact_x".to_owned(),
            layer: Layer::Star,
            grain: String::new(),
            key: Vec::new(),
            order: Vec::new(),
            access: TableAccess::Private,
            columns: vec![column("kind", ColumnType::Text), column("left", ColumnType::Decimal)],
            foreign_keys: Vec::new(),
            accepted: vec![
                accepted("kind", &["sale", "count"], Severity::Critical),
                accepted("left", &["0"], Severity::Warning),
            ],
        };
        let kinds = StringViewArray::from(vec![Some("sale"), None, Some("gift"), Some("Sale")]);
        let left = Decimal128Array::from(vec![Some(0), None, Some(0), Some(-10_000)]);
        let left = left.with_precision_and_scale(18, 4).expect("a decimal");
        let batch = RecordBatch::try_new(arrow_schema(&contract), vec![Arc::new(kinds), Arc::new(left)])
            .expect("rows");
        let checks = check(&contract, &[batch], &DimensionKeys::new());
        let told: Vec<_> =
            checks.made.iter().map(|made| (made.name.as_str(), made.severity, made.failing_rows)).collect();
        assert_eq!(
            told,
            [
                ("accepted values: kind", Severity::Critical, 2),
                ("accepted values: left", Severity::Warning, 1)
            ]
        );
        let failures = checks.failures();
        assert_eq!(failures, ["`fact_x`.`kind` is `gift` or the like in 2 rows; accepted: sale, count"]);
    }
}
