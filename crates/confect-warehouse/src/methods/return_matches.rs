//! `return_matches`: sold and returned lines → which sale each return takes back.
//!
//! Reads `match_key`, `customer_id`, `is_return`, `at` (a number that grows with time), `invoice_no`, `line_no`,
//! `quantity` and `date_key`. Makes one row per matched return: `customer_id`, `invoice_no`,
//! `line_no`, `original_invoice_no`, `original_line_no`, `original_date_key`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, StringViewArray};
use confect_analytics::returns::{GoodsLine, match_returns};
use confect_domain::{Parameters, Problem};

use super::columns::table;
use super::{Method, MethodError, MethodOutput, Rows, Run};

pub(super) const METHOD: Method =
    Method { name: "return_matches", parts: &[""], check, run: Run::Whole(run) };

fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(&[])
}

fn run(rows: &Rows, _parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let invoices = rows.texts("invoice_no")?;
    let (keys, moments, numbers) =
        (rows.integers("match_key")?, rows.integers("at")?, rows.integers("line_no")?);
    let (returned, quantities) = (rows.flags("is_return")?, rows.amounts("quantity")?);
    let line = |row: usize| GoodsLine {
        key: whole(&keys, row),
        is_return: returned.get(row).copied().flatten().unwrap_or(false),
        at: whole(&moments, row),
        invoice_no: if invoices.is_valid(row) { invoices.value(row) } else { "" },
        line_no: whole(&numbers, row),
        quantity: quantities.get(row).copied().flatten().unwrap_or_default(),
    };
    let lines: Vec<GoodsLine<'_>> = (0..rows.count()).map(line).collect();
    let matched = match_returns(&lines);
    let days = rows.integers("date_key")?;
    let text = |place: fn(&(usize, usize)) -> usize| -> ArrayRef {
        let texts = matched.iter().map(|pair| lines.get(place(pair)).map(|line| line.invoice_no));
        Arc::new(texts.collect::<StringViewArray>())
    };
    let number = |place: fn(&(usize, usize)) -> usize, values: &[Option<i64>]| -> ArrayRef {
        let numbers = matched.iter().map(|pair| values.get(place(pair)).copied().flatten());
        Arc::new(numbers.collect::<Int64Array>())
    };
    let customers = rows.texts("customer_id")?;
    let customer = |pair: &(usize, usize)| customers.is_valid(pair.0).then(|| customers.value(pair.0));
    Ok(MethodOutput::single(table(vec![
        ("customer_id", Arc::new(matched.iter().map(customer).collect::<StringViewArray>())),
        ("invoice_no", text(|pair| pair.0)),
        ("line_no", number(|pair| pair.0, &numbers)),
        ("original_invoice_no", text(|pair| pair.1)),
        ("original_line_no", number(|pair| pair.1, &numbers)),
        ("original_date_key", number(|pair| pair.1, &days)),
    ])?))
}

fn whole(values: &[Option<i64>], row: usize) -> i64 {
    values.get(row).copied().flatten().unwrap_or_default()
}
