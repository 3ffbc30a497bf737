//! Questions from the command line: SQL, metrics, one customer.

use std::sync::Arc;

use confect_domain::{Date, Period};
use confect_metrics::{Access, AuthorisedQuery, Filter, Grain, MetricQuery, OrderBy, authorise_sql};
use confect_warehouse::{Publication, WarehouseError};

use crate::answer::Answer;
use crate::error::ServiceError;
use crate::shop::Shop;

/// Metrics as the command line asks for them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MetricQuestion {
    /// Ids of metrics.
    pub metrics: Vec<String>,
    /// Ids of dimensions.
    pub by: Vec<String>,
    /// Steps of time.
    pub grain: Option<Grain>,
    /// First day; by default the first of the data.
    pub from: Option<Date>,
    /// First day after; by default the day after the last of the data.
    pub to: Option<Date>,
    /// Dimension ids with the values that pass.
    pub filters: Vec<(String, Vec<String>)>,
    /// Sorted by this first.
    pub order: Option<OrderBy>,
    /// At most that many rows.
    pub limit: Option<u32>,
}

impl Shop {
    /// Runs a viewer's own SQL. Blocks.
    ///
    /// # Errors
    /// Without the permission; text that is not one query; tables that the viewer does not have.
    pub fn sql(&self, text: &str, access: &Access) -> Result<Answer, ServiceError> {
        let query = authorise_sql(text, access)?;
        self.ask(&query)
    }

    /// Answers a question about metrics. Blocks.
    ///
    /// # Errors
    /// Unknown names, an empty period, or a failing query.
    pub fn metric(&self, question: &MetricQuestion, access: &Access) -> Result<Answer, ServiceError> {
        let publication = self.publication()?;
        let query = MetricQuery {
            metrics: question.metrics.clone(),
            by: question.by.clone(),
            grain: question.grain,
            period: period(question, &publication)?,
            filters: question
                .filters
                .iter()
                .map(|(dimension, values)| Filter { dimension: dimension.clone(), values: values.clone() })
                .collect(),
            order: question.order.clone(),
            limit: question.limit,
            offset: 0,
        };
        let query = self.project().catalogue.authorise(&query, access)?;
        Ok(self.warehouse.query(&publication, &query)?.into())
    }

    /// The single customer view of one customer. Blocks.
    ///
    /// # Errors
    /// The same for a customer that does not exist and for one that the viewer may not see.
    pub fn customer(&self, id: &str, access: &Access) -> Result<Answer, ServiceError> {
        let query = self.project().catalogue.authorise_customer(id, access)?;
        let none = || ServiceError::NoSuchCustomer(confect_domain::problem::printable(id));
        match self.ask(&query) {
            Ok(answer) if answer.rows.is_empty() => Err(none()),
            // The viewer has no such table: the same answer as for no such row.
            Err(ServiceError::Warehouse(error))
                if matches!(*error, WarehouseError::Plan { .. }) && !access.policy().is_everything() =>
            {
                Err(none())
            }
            other => other,
        }
    }

    fn ask(&self, query: &AuthorisedQuery) -> Result<Answer, ServiceError> {
        let publication = self.publication()?;
        Ok(self.warehouse.query(&publication, query)?.into())
    }
}

fn period(question: &MetricQuestion, publication: &Arc<Publication>) -> Result<Option<Period>, ServiceError> {
    if question.from.is_none() && question.to.is_none() {
        return Ok(None);
    }
    let first = question.from.or(publication.data_from);
    let end = question.to.or(publication.data_to.map(|day| day.plus_days(1)));
    let (Some(first), Some(end)) = (first, end) else { return Ok(None) };
    Period::new(first, end).map(Some).ok_or_else(|| ServiceError::BadParameter {
        name: "to".to_owned(),
        why: format!("does not lie after {first}"),
        hint: Some("`to` is the first day after the period".to_owned()),
    })
}
