//! Cohorts: who bought first together, and how much of them came back.

use confect_metrics::{Access, Argument};
use futures::try_join;
use serde_json::json;

use super::inquiry::{Inquiry, choice};
use super::{CustomersAnswer, Part, lists};
use crate::error::ServiceError;
use crate::shop::Shop;

const DEFINITIONS: [&str; 5] =
    ["first_purchase", "first_country", "first_channel", "first_article", "first_category"];
const GRAINS: [&str; 3] = ["month", "quarter", "week"];
const MEASURES: [&str; 6] =
    ["customers", "orders", "revenue", "margin", "cumulative_revenue", "cumulative_margin"];
const SHOWN: [&str; 3] = ["percent", "absolute", "per_customer"];
const RETENTIONS: [&str; 2] = ["classic", "rolling"];

/// What is asked of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CohortQuestion {
    definition: &'static str,
    grain: &'static str,
    measure: &'static str,
    shown: &'static str,
    retention: &'static str,
}

impl CohortQuestion {
    /// Reads `definition`, `grain`, `measure`, `shown` and `retention`; each has a default.
    ///
    /// # Errors
    /// A word that is not one of them.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, ServiceError> {
        let asked = Self {
            definition: choice(parameters, "definition", &DEFINITIONS)?,
            grain: choice(parameters, "grain", &GRAINS)?,
            measure: choice(parameters, "measure", &MEASURES)?,
            shown: choice(parameters, "shown", &SHOWN)?,
            retention: choice(parameters, "retention", &RETENTIONS)?,
        };
        let cumulative = asked.measure.starts_with("cumulative");
        // Shares of the first period say nothing about sums up to now; nor customers per customer about customers.
        let shown = match asked.shown {
            "percent" if cumulative => "per_customer",
            "per_customer" if asked.measure == "customers" => "percent",
            shown => shown,
        };
        Ok(Self { shown, ..asked })
    }

    fn table_definition(&self) -> &'static str {
        match (self.definition, self.grain) {
            ("first_purchase", "week") => "first_week",
            ("first_purchase", "quarter") => "first_quarter",
            ("first_purchase", _) => "first_month",
            (other, _) => other,
        }
    }

    fn numerator(&self) -> &'static str {
        match (self.measure, self.retention) {
            ("customers", "rolling") => "rolling",
            ("customers", _) => "active",
            (other, _) => other,
        }
    }

    /// The value of a cell, from `amount`, `observed`, `first_amount` and `first_observed`.
    fn value(&self) -> &'static str {
        match (self.shown, self.measure) {
            ("absolute", _) => "amount",
            ("per_customer", "orders") | ("percent", "customers") => {
                "cast(amount as double) / nullif(observed, 0)"
            }
            ("per_customer", _) => "amount / nullif(observed, 0)",
            _ => RELATIVE,
        }
    }

    /// The same over all cohorts: a mean, weighted by customers.
    fn mean(&self) -> &'static str {
        match (self.shown, self.measure) {
            ("absolute", "customers" | "orders") => "cast(amount as double) / nullif(cohorts, 0)",
            ("absolute", _) => "amount / nullif(cohorts, 0)",
            _ => self.value(),
        }
    }
}

/// Per customer, as a share of the same in the first period.
const RELATIVE: &str =
    "cast(amount as double) / nullif(observed, 0) * first_observed / nullif(cast(first_amount as double), 0)";

impl Shop {
    /// The page of cohorts for one viewer.
    ///
    /// # Errors
    /// Nothing published, or a failing query.
    pub async fn cohorts(
        &self,
        question: CohortQuestion,
        access: &Access,
    ) -> Result<CustomersAnswer, ServiceError> {
        let inquiry = Inquiry::new(self, access)?;
        let arguments = [
            ("definition", Argument::Text(question.table_definition())),
            ("numerator", Argument::Part(question.numerator())),
            ("value", Argument::Part(question.value())),
            ("mean", Argument::Part(question.mean())),
        ];
        // The curve of all is one of its own, not the sum of the countries.
        let scope = if inquiry.sees_everything() { "s.scope_key = -1" } else { "s.scope_key >= 0" };
        let scope = [("scope", Argument::Part(scope))];
        let (cells, means, second) = try_join!(
            inquiry.ask(&["cohort_retention"], include_str!("sql/cohort_cells.sql"), &arguments),
            inquiry.ask(&["cohort_retention"], include_str!("sql/cohort_means.sql"), &arguments),
            inquiry.ask(&["second_purchase", "dim_country"], include_str!("sql/second_purchase.sql"), &scope),
        )?;
        let asked = json!({
            "definition": question.definition, "grain": question.grain, "measure": question.measure,
            "shown": question.shown, "retention": question.retention,
        });
        let parts = vec![
            ("asked", Part::Facts(asked)),
            ("cells", cells),
            ("means", means),
            ("second_purchase", second),
            ("method", self.method_of("cohort_retention")),
        ];
        Ok(self.customers_answer(&inquiry, access, parts))
    }

    /// The cells of the page as a CSV file: its name and its text.
    ///
    /// # Errors
    /// As [`Shop::cohorts`].
    pub async fn cohorts_csv(
        &self,
        question: CohortQuestion,
        access: &Access,
    ) -> Result<(String, String), ServiceError> {
        let answer = self.cohorts(question, access).await?;
        let name =
            format!("cohorts-{}-{}-{}.csv", question.table_definition(), question.measure, question.shown);
        Ok((name, answer.part("cells").map(lists::csv).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&str, &str)]) -> Result<CohortQuestion, ServiceError> {
        let pairs: Vec<_> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        CohortQuestion::parse(&pairs)
    }

    #[test]
    fn choices_that_say_nothing_together_become_the_next_that_does() {
        let usual = asked(&[]).expect("defaults");
        assert_eq!(
            (usual.table_definition(), usual.numerator(), usual.shown),
            ("first_month", "active", "percent")
        );
        let sums = asked(&[("measure", "cumulative_revenue")]).expect("a measure");
        assert_eq!(sums.shown, "per_customer");
        let rolling =
            asked(&[("grain", "week"), ("retention", "rolling"), ("shown", "per_customer")]).expect("all");
        assert_eq!(
            (rolling.table_definition(), rolling.numerator(), rolling.shown),
            ("first_week", "rolling", "percent")
        );
        let label = asked(&[("definition", "first_article"), ("grain", "week")]).expect("a label");
        assert_eq!(label.table_definition(), "first_article");
    }

    #[test]
    fn other_words_are_refused_with_those_there_are() {
        let error = asked(&[("measure", "profit'--")]).expect_err("unknown");
        assert!(matches!(error, ServiceError::BadParameter { ref name, .. } if name == "measure"), "{error}");
    }
}
