//! SQL functions of the models: `surrogate_key`.
//!
//! A surrogate key is a hash of the natural key, so that it does not depend on the order in which
//! members arrive: ten increments give the same keys as one full build, and a fact needs no join
//! to find the key of its dimension row. 62 bits: with ten million members the chance of any two
//! meeting is about 1 in 90,000, and the contract's unique key would stop the refresh.
//! Only refreshes have this function; viewers' sessions do not.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use xxhash_rust::xxh3::Xxh3;

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
        let keys: Int64Array = (0..rows)
            .map(|row| {
                let mut hash = Xxh3::new();
                let mut known = false;
                for text in &texts {
                    if text.is_valid(row) {
                        known = true;
                        hash.update(text.value(row).as_bytes());
                    }
                    // A byte that no UTF-8 text holds keeps ('a', 'bc') apart from ('ab', 'c').
                    hash.update(&[0xff]);
                }
                if known { key_of(hash.digest()) } else { 0 }
            })
            .collect::<Vec<i64>>()
            .into();
        Ok(ColumnarValue::Array(Arc::new(keys)))
    }
}

/// 62 bits of the hash, and never 0, which is the unknown member.
fn key_of(hash: u64) -> i64 {
    ((hash >> 2) as i64).max(1)
}
