//! Where one customer stands among those that the viewer sees: the share of them who lie below, measure by measure.
//!
//! The steps of all customers (`customer_steps.sql`) are asked for once per publication and policy, so that the page of
//! one customer does not read the others. Shares are exact up to a thousand customers, and within a thousandth
//! beyond. Deliberately absent: the steps themselves.

use std::collections::BTreeMap;

use crate::answer::Answer;

/// Column of the view, measure of the steps, column of the answer.
const MEASURES: [(&str, &str, &str); 5] = [
    ("monetary", "monetary", "monetary_below"),
    ("margin_amount", "margin", "margin_below"),
    ("frequency", "frequency", "frequency_below"),
    ("average_order_value", "average_order_value", "average_order_value_below"),
    ("recency_days", "recency", "recency_below"),
];

/// Steps of one measure, upwards: their largest value, and how many customers each holds.
type Steps<'a> = BTreeMap<&'a str, Vec<(f64, f64)>>;

/// One row: the number of `customers` and the share of them below `customer`'s first row; empty where the customer
/// has no such value.
pub(super) fn places(customer: &Answer, steps: &Answer) -> Answer {
    let steps = by_measure(steps);
    // Every customer has a rate of returns, so its steps count everybody.
    let customers: f64 = steps.get("return_rate").into_iter().flatten().map(|step| step.1).sum();
    let below = |measure: &str, value: Option<f64>| {
        let steps = steps.get(measure).map(Vec::as_slice).unwrap_or_default();
        let value = value.filter(|_| customers > 0.0)?;
        let lower = steps.partition_point(|step| step.0 < value);
        Some(steps[..lower].iter().map(|step| step.1).sum::<f64>() / customers)
    };
    let number = |column: &str| customer.first(column).and_then(|text| text.parse::<f64>().ok());
    let rate = match (number("returns_amount"), number("sales_amount")) {
        (Some(returned), Some(sold)) if sold != 0.0 => Some(returned / sold),
        _ => None,
    };
    let mut row = vec![("customers", Some(customers.to_string())), ("return_rate", text(rate))];
    row.extend(MEASURES.iter().map(|(column, measure, name)| (*name, text(below(measure, number(column))))));
    row.push(("return_rate_below", text(below("return_rate", rate))));
    let (names, cells): (Vec<_>, Vec<_>) = row.into_iter().unzip();
    Answer {
        numeric: vec![true; names.len()],
        columns: names.into_iter().map(str::to_owned).collect(),
        rows: vec![cells],
        truncated: false,
    }
}

fn text(number: Option<f64>) -> Option<String> {
    number.map(|number| number.to_string())
}

fn by_measure(answer: &Answer) -> Steps<'_> {
    let mut steps = Steps::new();
    for row in &answer.rows {
        if let [Some(measure), _, Some(most), Some(customers)] = row.as_slice()
            && let (Ok(most), Ok(customers)) = (most.parse(), customers.parse())
        {
            steps.entry(measure.as_str()).or_default().push((most, customers));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(columns: &[&str], rows: &[&[&str]]) -> Answer {
        let cell = |cell: &&str| (!cell.is_empty()).then(|| (*cell).to_owned());
        Answer {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
            ..Answer::default()
        }
    }

    #[test]
    fn equal_values_are_not_below_and_missing_ones_have_no_place() {
        let steps = answer(
            &["measure", "step", "most", "customers"],
            &[
                &["monetary", "1", "-5", "1"],
                &["monetary", "2", "10", "1"],
                &["monetary", "3", "10", "1"],
                &["monetary", "4", "30", "1"],
                &["return_rate", "1", "0", "2"],
                &["return_rate", "2", "0.5", "2"],
            ],
        );
        let one = |monetary: &str| {
            let customer = answer(
                &["monetary", "margin_amount", "returns_amount", "sales_amount"],
                &[&[monetary, "", "5", "10"]],
            );
            places(&customer, &steps)
        };
        assert_eq!(one("10").first("monetary_below"), Some("0.25"));
        assert_eq!(one("30").first("monetary_below"), Some("0.75"));
        assert_eq!(one("30").first("customers"), Some("4"));
        assert_eq!(one("30").first("return_rate_below"), Some("0.5"));
        assert_eq!(one("30").first("margin_below"), None);
        assert_eq!(one("").first("monetary_below"), None);
    }

    #[test]
    fn without_customers_there_is_no_share() {
        let empty = answer(&["measure", "step", "most", "customers"], &[]);
        let customer = answer(&["monetary"], &[&["10"]]);
        assert_eq!(places(&customer, &empty).first("monetary_below"), None);
    }
}
