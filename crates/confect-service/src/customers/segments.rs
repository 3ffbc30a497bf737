//! Segments as of one month, what became of customers since an earlier one, and the proof.

use confect_domain::Date;
use confect_metrics::{Access, Argument};
use futures::future::try_join_all;
use futures::try_join;

use super::inquiry::{Inquiry, parameter};
use super::{CustomersAnswer, Part, lists};
use crate::error::ServiceError;
use crate::shop::Shop;

/// Months between the two that a migration compares, unless asked otherwise: a quarter.
const USUAL_DISTANCE: usize = 3;

/// What is asked of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentQuestion {
    /// First day of the month at whose end customers are looked at; by default the last one.
    pub as_of: Option<Date>,
    /// First day of the month that the migration starts from; by default three months before.
    pub before: Option<Date>,
}

impl SegmentQuestion {
    /// Reads `as_of` and `before`, both `YYYY-MM`.
    ///
    /// # Errors
    /// A text that is no month.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, ServiceError> {
        Ok(Self { as_of: month(parameters, "as_of")?, before: month(parameters, "before")? })
    }
}

fn month(parameters: &[(String, String)], name: &str) -> Result<Option<Date>, ServiceError> {
    let Some(text) = parameter(parameters, name) else { return Ok(None) };
    let bad = || ServiceError::BadParameter {
        name: name.to_owned(),
        why: "is not a month".to_owned(),
        hint: Some("months are written like `2011-11`".to_owned()),
    };
    Date::parse(&format!("{text}-01")).map(Some).ok_or_else(bad)
}

/// The two months that are shown.
struct Months {
    chosen: Date,
    is_latest: bool,
    before: Option<Date>,
}

impl Shop {
    /// The page of segments for one viewer. A month without rows gives empty parts.
    ///
    /// # Errors
    /// Nothing published, or a failing query.
    pub async fn segments(
        &self,
        question: SegmentQuestion,
        access: &Access,
    ) -> Result<CustomersAnswer, ServiceError> {
        let inquiry = Inquiry::new(self, access)?;
        let months = inquiry.ask(&["customer_rfm"], include_str!("sql/months.sql"), &[]).await?;
        let mut parts = vec![("method", self.method_of("customer_rfm"))];
        if let Some(shown) = shown_months(&months, question) {
            let text = |day: Option<Date>| day.map_or(serde_json::Value::Null, |day| day.to_string().into());
            parts.push(("month", Part::Facts(text(Some(shown.chosen)))));
            parts.push(("before", Part::Facts(text(shown.before))));
            parts.extend(of_month(&inquiry, &shown).await?);
        }
        parts.push(("months", months));
        Ok(self.customers_answer(&inquiry, access, parts))
    }
}

fn shown_months(months: &Part, question: SegmentQuestion) -> Option<Months> {
    let answer = months.answer()?;
    let days: Vec<Date> =
        (0..answer.rows.len()).filter_map(|row| Date::parse(answer.cell(row, 0)?)).collect();
    let latest = *days.first()?;
    let chosen = question.as_of.unwrap_or(latest);
    // The list runs from the last month back.
    let earlier: Vec<Date> = days.iter().copied().filter(|day| *day < chosen).collect();
    let usual = earlier.get(USUAL_DISTANCE - 1).or(earlier.last()).copied();
    Some(Months {
        chosen,
        is_latest: chosen == latest,
        before: question.before.filter(|day| *day < chosen).or(usual),
    })
}

async fn of_month(inquiry: &Inquiry<'_>, months: &Months) -> Result<Vec<(&'static str, Part)>, ServiceError> {
    let month = ("month", Argument::Day(months.chosen));
    let latest = Argument::Part(if months.is_latest { "true" } else { "false" });
    let before = months.before.unwrap_or(months.chosen);
    let own = [month];
    let with_latest = [month, ("is_latest", latest)];
    let both = [month, ("before", Argument::Day(before))];
    let (grid, segments, migration, bins, proof, counts, lists) = try_join!(
        inquiry.ask(&["customer_rfm"], include_str!("sql/grid.sql"), &own),
        inquiry.ask(
            &["customer_rfm", "single_customer_view", "customer_value"],
            include_str!("sql/segments.sql"),
            &with_latest
        ),
        inquiry.ask(&["customer_rfm"], include_str!("sql/migration.sql"), &both),
        inquiry.ask(&["rfm_bins"], include_str!("sql/bins.sql"), &own),
        inquiry.ask(&["segment_proof"], include_str!("sql/proof.sql"), &[]),
        inquiry.ask(&lists::TABLES, include_str!("sql/list_count.sql"), &[]),
        try_join_all(lists::LISTS.map(|list| lists::first_rows(inquiry, list))),
    )?;
    let mut parts =
        vec![("grid", grid), ("segments", segments), ("bins", bins), ("proof", proof), ("counts", counts)];
    if months.before.is_some() {
        parts.push(("migration", migration));
    }
    parts.extend(lists::LISTS.iter().map(|list| list.id).zip(lists));
    Ok(parts)
}
