//! Lists of customers to write to, for the page and as CSV.

use confect_metrics::{Access, Argument};

use super::Part;
use super::inquiry::Inquiry;
use crate::answer::{Answer, formula_safe, record};
use crate::error::ServiceError;
use crate::shop::Shop;

/// Rows of a list on the page of segments.
const FIRST: i64 = 8;
/// Rows of the list on the page of churn.
pub(super) const MORE: i64 = 60;
/// Rows of a file.
const ALL: i64 = 1_000_000;
/// What the lists are made of.
pub(super) const TABLES: [&str; 4] =
    ["single_customer_view", "customer_rfm", "customer_value", "customer_signals"];

/// One list: who is on it, and who comes first.
#[derive(Clone, Copy)]
pub(super) struct List {
    pub(super) id: &'static str,
    condition: &'static str,
    order: &'static str,
}

/// All lists. Who is won back was worth much and is gone, but not lately enough to be at risk.
pub(super) const LISTS: [List; 4] = [
    List { id: "champions", condition: "r.segment_position = 1", order: "v.monetary" },
    List { id: "whales", condition: "s.is_whale", order: "v.monetary" },
    List { id: "at_risk", condition: "s.is_at_risk", order: "s.at_stake" },
    List {
        id: "win_back",
        condition: "r.m_score >= 4 and r.r_score <= 2 and not coalesce(s.is_at_risk, false)",
        order: "v.monetary",
    },
];

/// The first rows of a list.
pub(super) async fn first_rows(inquiry: &Inquiry<'_>, list: List) -> Result<Part, ServiceError> {
    rows(inquiry, list, FIRST).await
}

/// At most `limit` rows of a list.
pub(super) async fn rows(inquiry: &Inquiry<'_>, list: List, limit: i64) -> Result<Part, ServiceError> {
    let arguments = [
        ("condition", Argument::Part(list.condition)),
        ("order", Argument::Part(list.order)),
        ("limit", Argument::Number(limit)),
    ];
    inquiry.ask(&TABLES, include_str!("sql/list.sql"), &arguments).await
}

/// The list of that name.
pub(super) fn named(id: &str) -> Option<List> {
    LISTS.into_iter().find(|list| list.id == id)
}

impl Shop {
    /// A list as a CSV file: its name and its text.
    ///
    /// # Errors
    /// An unknown list, nothing published, or a failing query.
    pub async fn customer_list_csv(
        &self,
        id: &str,
        access: &Access,
    ) -> Result<(String, String), ServiceError> {
        let list =
            named(id).ok_or_else(|| ServiceError::NoSuchPage(confect_domain::problem::printable(id)))?;
        let inquiry = Inquiry::new(self, access)?;
        let part = rows(&inquiry, list, ALL).await?;
        Ok((format!("{id}.csv"), csv(&part)))
    }
}

/// The rows of a part as CSV, with texts that no spreadsheet takes for a formula; no rows, no heading.
pub(super) fn csv(part: &Part) -> String {
    let mut text = String::new();
    if let Some(answer) = part.answer() {
        record(&mut text, answer.columns.iter().map(|name| Some(name.as_str())));
        for row in &answer.rows {
            let safe: Vec<Option<String>> =
                row.iter().enumerate().map(|(at, cell)| safe(answer, at, cell)).collect();
            record(&mut text, safe.iter().map(Option::as_deref));
        }
    }
    text
}

fn safe(answer: &Answer, column: usize, cell: &Option<String>) -> Option<String> {
    let is_number = answer.numeric.get(column).copied().unwrap_or(false);
    cell.as_deref().map(|text| if is_number { text.to_owned() } else { formula_safe(text) })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_file_has_numbers_as_they_are_and_no_formulas() {
        let text = |text: &str| Some(text.to_owned());
        let answer = Answer {
            columns: vec!["customer_id".into(), "monetary".into()],
            numeric: vec![false, true],
            rows: vec![vec![text("=1+1"), text("-2.50")], vec![text("12583"), None]],
            truncated: false,
        };
        let part = Part::Rows(Arc::new(answer));
        assert_eq!(csv(&part), "customer_id,monetary\r\n'=1+1,-2.50\r\n12583,\r\n");
        assert_eq!(csv(&Part::NotForYou), "");
    }

    #[test]
    fn every_list_is_found_by_its_name() {
        assert!(LISTS.iter().all(|list| named(list.id).is_some()));
        assert!(named("everybody").is_none());
    }
}
