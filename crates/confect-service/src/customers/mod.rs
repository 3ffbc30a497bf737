//! The pages about customers: segments, cohorts, value and churn, and one customer.
//!
//! Each answer is a set of named parts; each part is the rows of one statement of the program's own, run as the
//! viewer, so that hidden customers are in no row and in no count. A part may be absent: its table is not built
//! in this shop, or it tells of all customers and the viewer may not see all. What is shown is worked out in SQL;
//! the page only lays it out. Reads: the marts. Deliberately absent: wire names, rounding, words.

mod cohorts;
mod customer;
mod inquiry;
mod lists;
mod places;
mod segments;
mod value;

use std::sync::Arc;

use confect_metrics::Access;
use serde_json::{Map, Value, json};

use crate::answer::Answer;
use crate::page::{AccessInfo, PublicationInfo};
use crate::shop::Shop;

pub use cohorts::CohortQuestion;
pub use segments::SegmentQuestion;

/// One named part of an answer.
#[derive(Clone, Debug)]
pub enum Part {
    /// Rows of one statement.
    Rows(Arc<Answer>),
    /// This shop has no such table.
    NotBuilt(&'static str),
    /// The table tells of all customers, and the viewer may not see all.
    NotForYou,
    /// What the project chose, such as a method's parameters.
    Facts(Value),
}

impl Part {
    /// `{"rows": […]}`, `{"missing": table}`, `{"hidden": true}`, or the facts themselves.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Rows(answer) => json!({ "rows": answer.to_json() }),
            Self::NotBuilt(table) => json!({ "missing": table }),
            Self::NotForYou => json!({ "hidden": true }),
            Self::Facts(facts) => facts.clone(),
        }
    }

    /// The rows, if there are any to be had.
    pub(crate) fn answer(&self) -> Option<&Answer> {
        if let Self::Rows(answer) = self { Some(answer) } else { None }
    }
}

/// The answer to a page about customers.
#[derive(Clone, Debug)]
pub struct CustomersAnswer {
    /// The tables it was made from.
    pub publication: PublicationInfo,
    /// What the viewer may see.
    pub access: AccessInfo,
    /// ISO 4217.
    pub currency: String,
    /// Parts by name.
    pub parts: Vec<(&'static str, Part)>,
}

impl CustomersAnswer {
    /// The part of that name.
    pub fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.0 == name).map(|part| &part.1)
    }

    /// All parts as one object.
    pub fn parts_json(&self) -> Map<String, Value> {
        self.parts.iter().map(|(name, part)| ((*name).to_owned(), part.to_json())).collect()
    }
}

/// Which of the pages about customers a shop has: the tables that each needs are built in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CustomerPage {
    /// One customer.
    Customer,
    /// Segments.
    Segments,
    /// Cohorts.
    Cohorts,
    /// Value and churn.
    Value,
}

impl Shop {
    /// The pages about customers that the project's tables can fill, in the order of the navigation.
    pub fn customer_pages(&self) -> Vec<CustomerPage> {
        let needs = [
            (CustomerPage::Customer, "single_customer_view"),
            (CustomerPage::Segments, "customer_rfm"),
            (CustomerPage::Cohorts, "cohort_retention"),
            (CustomerPage::Value, "customer_value"),
        ];
        let has = |table: &str| self.project().models.iter().any(|model| model.contract.name == table);
        // The single customer view alone was there before the tables that the page of one customer reads.
        let shown = |page: CustomerPage, table: &str| {
            has(table) && (page != CustomerPage::Customer || has("customer_orders"))
        };
        needs.into_iter().filter(|(page, table)| shown(*page, table)).map(|(page, _)| page).collect()
    }

    /// What the project sets for the method of a table.
    fn method_of(&self, table: &str) -> Part {
        let model = self.project().models.iter().find(|model| model.contract.name == table);
        let call = model.and_then(|model| model.method.as_ref());
        let parameters = call.map(|call| {
            call.parameters.values().map(|(name, value)| (name.to_owned(), inquiry::shown(value))).collect()
        });
        Part::Facts(Value::Object(parameters.unwrap_or_default()))
    }

    fn customers_answer(
        &self,
        inquiry: &inquiry::Inquiry<'_>,
        access: &Access,
        parts: Vec<(&'static str, Part)>,
    ) -> CustomersAnswer {
        CustomersAnswer {
            publication: PublicationInfo::of(&inquiry.publication, !access.policy().is_everything()),
            access: AccessInfo::of(access),
            currency: self.info().currency,
            parts,
        }
    }
}
