//! Rows as texts, ready for any surface, and their plain renderings.

use confect_warehouse::{QueryResult, write_field};

/// The answer to one question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Column names.
    pub columns: Vec<String>,
    /// Whether each column holds numbers.
    pub numeric: Vec<bool>,
    /// Rows, each as long as `columns`; null is `None`. Decimals are exact, dates ISO.
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether rows beyond the warehouse's limit were left out.
    pub truncated: bool,
}

impl From<QueryResult> for Answer {
    fn from(result: QueryResult) -> Self {
        let columns = result.columns();
        let numeric = (0..columns.len()).map(|column| result.is_numeric(column)).collect();
        Self { numeric, rows: result.to_rows(), truncated: result.truncated, columns }
    }
}

impl Answer {
    /// Place of the column called `name`.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// One cell; `None` for null and for a place outside.
    pub fn cell(&self, row: usize, column: usize) -> Option<&str> {
        self.rows.get(row)?.get(column)?.as_deref()
    }

    /// The cell of the first row in the column called `name`.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.cell(0, self.column(name)?)
    }

    /// Memory it takes, roughly.
    pub(crate) fn bytes(&self) -> usize {
        let cell = |cell: &Option<String>| 24 + cell.as_ref().map_or(0, String::len);
        64 + self.rows.iter().map(|row| 24 + row.iter().map(cell).sum::<usize>()).sum::<usize>()
    }

    /// RFC 4180 with a heading; null is the empty field, the empty text is `""`.
    pub fn to_csv(&self) -> String {
        let mut text = String::new();
        record(&mut text, self.columns.iter().map(|name| Some(name.as_str())));
        for row in &self.rows {
            record(&mut text, row.iter().map(Option::as_deref));
        }
        text
    }

    /// A list of objects; numbers as texts, so that none loses a digit.
    pub fn to_json(&self) -> serde_json::Value {
        let cell =
            |cell: &Option<String>| cell.clone().map_or(serde_json::Value::Null, serde_json::Value::String);
        let row = |row: &Vec<Option<String>>| {
            serde_json::Value::Object(self.columns.iter().cloned().zip(row.iter().map(cell)).collect())
        };
        serde_json::Value::Array(self.rows.iter().map(row).collect())
    }
}

/// Appends one CSV record with CR LF.
pub(crate) fn record<'a>(text: &mut String, fields: impl Iterator<Item = Option<&'a str>>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if let Some(field) = field {
            write_field(field, text);
        }
    }
    text.push_str("\r\n");
}

/// A text that no spreadsheet takes for a formula (S27).
pub(crate) fn formula_safe(text: &str) -> String {
    let risky = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];
    if text.starts_with(risky) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> Answer {
        let text = |text: &str| Some(text.to_owned());
        Answer {
            columns: vec!["name".into(), "amount".into()],
            numeric: vec![false, true],
            rows: vec![vec![text("a \"b\", c"), text("1.50")], vec![None, text("-2")], vec![text(""), None]],
            truncated: false,
        }
    }

    #[test]
    fn csv_keeps_null_and_empty_apart() {
        assert_eq!(answer().to_csv(), "name,amount\r\n\"a \"\"b\"\", c\",1.50\r\n,-2\r\n\"\",\r\n");
    }

    #[test]
    fn json_keeps_every_digit() {
        let text = answer().to_json().to_string();
        assert_eq!(
            text,
            r#"[{"name":"a \"b\", c","amount":"1.50"},{"name":null,"amount":"-2"},{"name":"","amount":null}]"#
        );
        assert_eq!(answer().first("amount"), Some("1.50"));
    }

    #[test]
    fn no_export_starts_a_formula() {
        for text in ["=1+1", "+1", "-1", "@sum", "\tx", "＝1"] {
            assert_eq!(formula_safe(text), format!("'{text}"));
        }
        assert_eq!(formula_safe("a=b"), "a=b");
    }
}
