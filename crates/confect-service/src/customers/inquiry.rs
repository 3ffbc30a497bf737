//! One viewer's questions about one publication: the one way by which these pages ask.

use std::sync::Arc;

use confect_domain::ParameterValue;
use confect_metrics::{Access, Argument, authorise_statement};
use confect_warehouse::{Publication, WarehouseError};
use serde_json::Value;
use tokio::sync::Semaphore;

use super::Part;
use crate::answer::Answer;
use crate::error::ServiceError;
use crate::shop::Shop;

/// Questions of one page at a time.
const AT_ONCE: usize = 4;

/// Who asks, and about which tables.
pub(super) struct Inquiry<'a> {
    shop: &'a Shop,
    pub(super) publication: Arc<Publication>,
    access: &'a Access,
    permits: Semaphore,
}

impl<'a> Inquiry<'a> {
    /// Pins the newest publication.
    pub(super) fn new(shop: &'a Shop, access: &'a Access) -> Result<Self, ServiceError> {
        Ok(Self { shop, publication: shop.publication()?, access, permits: Semaphore::new(AT_ONCE) })
    }

    /// Whether the viewer may see every row.
    pub(super) fn sees_everything(&self) -> bool {
        self.access.policy().is_everything()
    }

    /// The rows of a statement over `tables`.
    pub(super) async fn ask(
        &self,
        tables: &[&'static str],
        statement: &'static str,
        arguments: &[(&str, Argument<'_>)],
    ) -> Result<Part, ServiceError> {
        if let Some(missing) = tables.iter().find(|table| self.publication.table(table).is_none()) {
            return Ok(Part::NotBuilt(missing));
        }
        let query = authorise_statement(statement, arguments, self.access)?;
        let (id, policy) = (self.publication.id, query.policy().canonical());
        if let Some(answer) = self.shop.cache.get(id, &policy, query.sql()) {
            return Ok(Part::Rows(answer));
        }
        let _permit =
            self.permits.acquire().await.map_err(|error| ServiceError::Internal(error.to_string()))?;
        let sql = query.sql().to_owned();
        match self.shop.warehouse.query_async(Arc::clone(&self.publication), query).await {
            Ok(result) => {
                let answer = Arc::new(Answer::from(result));
                self.shop.cache.put(id, &policy, &sql, &answer);
                Ok(Part::Rows(answer))
            }
            // A table without the key of the viewer's rule is not in the viewer's catalogue.
            Err(WarehouseError::Plan { .. }) if !self.sees_everything() => Ok(Part::NotForYou),
            Err(error) => Err(error.into()),
        }
    }
}

/// A parameter as JSON.
pub(super) fn shown(value: &ParameterValue) -> Value {
    match value {
        ParameterValue::Flag(flag) => Value::from(*flag),
        ParameterValue::Integer(number) => Value::from(*number),
        ParameterValue::Number(number) => Value::from(*number),
        ParameterValue::Text(text) => Value::from(text.as_str()),
        ParameterValue::List(values) => Value::Array(values.iter().map(shown).collect()),
        ParameterValue::Table(values) => {
            Value::Object(values.iter().map(|(name, value)| (name.clone(), shown(value))).collect())
        }
    }
}

/// The value of a parameter of the address; an empty one counts as none.
pub(super) fn parameter<'p>(parameters: &'p [(String, String)], name: &str) -> Option<&'p str> {
    parameters
        .iter()
        .find(|parameter| parameter.0 == name)
        .map(|parameter| parameter.1.as_str())
        .filter(|value| !value.is_empty())
}

/// One of a few words, the first of them by default.
///
/// # Errors
/// Another word.
pub(super) fn choice(
    parameters: &[(String, String)],
    name: &str,
    known: &[&'static str],
) -> Result<&'static str, ServiceError> {
    let default = known.first().copied().unwrap_or_default();
    let Some(wanted) = parameter(parameters, name) else { return Ok(default) };
    known.iter().copied().find(|word| *word == wanted).ok_or_else(|| ServiceError::BadParameter {
        name: name.to_owned(),
        why: format!("is `{}`", confect_domain::problem::printable(wanted)),
        hint: Some(format!("one of {}", known.join(", "))),
    })
}
