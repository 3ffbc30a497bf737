//! The wire form of the pages about customers: parts as lists of objects, numbers as texts.

use confect_service::customers::{CustomerPage, CustomersAnswer};
use serde_json::{Value, json};

use super::PageRef;

/// The whole answer. Names of parts are those of the service; nothing else has them.
pub(crate) fn body(answer: CustomersAnswer) -> Value {
    let mut body = answer.parts_json();
    body.insert("publication".to_owned(), json!(super::Publication::from(answer.publication)));
    body.insert("access".to_owned(), json!(super::Access::from(answer.access)));
    body.insert("currency".to_owned(), json!(answer.currency));
    Value::Object(body)
}

/// How the navigation names a page.
pub(crate) fn page_ref(page: CustomerPage) -> PageRef {
    const GROUP: &str = "Customers";
    match page {
        CustomerPage::Customer => PageRef::own("customers", "Customer 360", GROUP, "user"),
        CustomerPage::Segments => PageRef::own("segments", "Segments", GROUP, "grid"),
        CustomerPage::Cohorts => PageRef::own("cohorts", "Cohort retention", GROUP, "bars"),
        CustomerPage::Value => PageRef::own("value", "CLV & churn", GROUP, "heart"),
    }
}
