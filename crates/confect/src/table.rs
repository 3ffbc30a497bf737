//! Rows as people read them in a terminal.

use confect_domain::problem::printable;

/// Columns side by side, numbers to the right, null as nothing.
pub(crate) fn table(columns: &[String], numeric: &[bool], rows: &[Vec<Option<String>>]) -> String {
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| printable(cell.as_deref().unwrap_or(""))).collect())
        .collect();
    let width = |column: usize| {
        let longest = cells.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
        longest.unwrap_or(0).max(columns.get(column).map_or(0, |name| name.chars().count()))
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |row: &[String]| {
        let parts = row.iter().enumerate().map(|(index, cell)| {
            let width = widths.get(index).copied().unwrap_or(0);
            if numeric.get(index) == Some(&true) {
                format!("{cell:>width$}")
            } else {
                format!("{cell:<width$}")
            }
        });
        parts.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let mut lines = vec![line(columns), rule.join("  ")];
    lines.extend(cells.iter().map(|row| line(row)));
    lines.join("\n")
}

/// Digits in threes: `-1234567.5` → `-1,234,567.5`.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, places) =
        digits.split_once('.').map_or((digits, None), |(whole, places)| (whole, Some(places)));
    let length = whole.len();
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (length - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    places.map_or(text.clone(), |places| format!("{text}.{places}"))
}

/// An exact amount as money: two places at least, in threes.
pub(crate) fn money(amount: &str, currency: &str) -> String {
    let (whole, places) = amount.split_once('.').unwrap_or((amount, ""));
    format!("{}.{places:0<2} {currency}", grouped(whole))
}
