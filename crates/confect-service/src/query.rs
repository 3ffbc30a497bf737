//! Questions from the command line: SQL, metrics, one customer.

use std::sync::Arc;

use confect_domain::problem::printable;
use confect_domain::{Date, Period};
use confect_metrics::{
    Access, AuthorisedQuery, CustomerOrder, Filter, Grain, MetricError, MetricQuery, OrderBy, authorise_sql,
};
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

/// Orders of one customer that are shown, and articles.
const LAST_ORDERS: u32 = 10;
const ARTICLES: u32 = 5;
/// Articles to offer next.
const OFFERS: u32 = 3;

/// Everything about one customer that the viewer may see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerView {
    /// The row of `single_customer_view`.
    pub summary: Answer,
    /// The latest row of `customer_rfm`; like the next two not there for viewers who do not see everything.
    pub scores: Answer,
    /// The row of `customer_value`.
    pub value: Answer,
    /// The row of `customer_signals`: why it is at risk.
    pub signals: Answer,
    /// The last rows of `customer_orders`, latest first.
    pub orders: Answer,
    /// Rows of `customer_articles`, the favourite first.
    pub articles: Answer,
    /// Rows of `customer_next_best`, the surest first.
    pub next_best: Answer,
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

    /// Writes all rows of a viewer's own SQL as CSV while they come, without the limit of [`Self::sql`]. Blocks.
    ///
    /// # Errors
    /// As [`Self::sql`], and what `write` says; what was written before stays written.
    pub fn sql_csv(
        &self,
        text: &str,
        access: &Access,
        write: impl FnMut(&[u8]) -> std::io::Result<()> + Send + 'static,
    ) -> Result<usize, ServiceError> {
        let query = authorise_sql(text, access)?;
        let publication = self.publication()?;
        Ok(self.warehouse.write_csv(&publication, &query, write)?)
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

    /// Everything about one customer. Blocks.
    ///
    /// # Errors
    /// The same for a customer that does not exist and for one that the viewer may not see.
    pub fn customer(&self, id: &str, access: &Access) -> Result<CustomerView, ServiceError> {
        let query = self.project().catalogue.authorise_customer(id, access)?;
        let summary = self.ask_what_is_seen(&query, access)?;
        if summary.rows.is_empty() {
            let near = self.near_customers(id, access);
            return Err(ServiceError::NoSuchCustomer { id: printable(id), near });
        }
        let rows = |table, order, limit| self.customer_rows(table, id, order, limit, access);
        Ok(CustomerView {
            summary,
            scores: rows("customer_rfm", CustomerOrder::Latest(["as_of_month", "customer_id"]), 1)?,
            value: rows("customer_value", CustomerOrder::First("customer_id"), 1)?,
            signals: rows("customer_signals", CustomerOrder::First("customer_id"), 1)?,
            orders: rows("customer_orders", CustomerOrder::Latest(["order_date", "order_no"]), LAST_ORDERS)?,
            articles: rows("customer_articles", CustomerOrder::First("place"), ARTICLES)?,
            next_best: rows("customer_next_best", CustomerOrder::First("rank"), OFFERS)?,
        })
    }

    /// Rows of a table that a project may do without.
    fn customer_rows(
        &self,
        table: &'static str,
        id: &str,
        order: CustomerOrder,
        limit: u32,
        access: &Access,
    ) -> Result<Answer, ServiceError> {
        match self.project().catalogue.authorise_customer_rows(table, id, order, limit, access) {
            Err(MetricError::TableMissing { .. }) => Ok(Answer::default()),
            query => self.ask_what_is_seen(&query?, access),
        }
    }

    /// Ids that may have been meant; none if it cannot be told.
    fn near_customers(&self, id: &str, access: &Access) -> Vec<String> {
        let query = self.project().catalogue.authorise_near_customers(id, access);
        let found = query.ok().and_then(|query| self.ask(&query).ok()).unwrap_or_default();
        found.rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
    }

    /// A limited viewer who has no such table sees no rows of it.
    fn ask_what_is_seen(&self, query: &AuthorisedQuery, access: &Access) -> Result<Answer, ServiceError> {
        match self.ask(query) {
            Err(ServiceError::Warehouse(error))
                if matches!(*error, WarehouseError::Plan { .. }) && !access.policy().is_everything() =>
            {
                Ok(Answer::default())
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
