//! Finding customers, and all about one.
//!
//! By id or by the number of an order: names, addresses and phone numbers are not in the star. A customer that
//! does not exist and one that the viewer may not see are answered alike.

use std::sync::Arc;

use confect_metrics::{Access, Argument};
use futures::try_join;

use super::CustomersAnswer;
use super::Part;
use super::inquiry::Inquiry;
use super::places::places;
use crate::error::ServiceError;
use crate::shop::Shop;

/// Customers that a search finds at most.
const FOUND: i64 = 20;
/// Latest orders that are shown.
const ORDERS: i64 = 200;
/// Fewer letters are no number of an order.
const SHORTEST_ORDER: usize = 3;
/// Longer texts are no id.
const LONGEST: usize = 100;

impl Shop {
    /// Customers whose id, or the number of one of whose orders, begins with `search`; without one those who
    /// brought most.
    ///
    /// # Errors
    /// Nothing published, or a failing query.
    pub async fn find_customers(
        &self,
        search: &str,
        access: &Access,
    ) -> Result<CustomersAnswer, ServiceError> {
        let inquiry = Inquiry::new(self, access)?;
        let wanted: String = search.trim().to_lowercase().chars().take(LONGEST).collect();
        let order =
            if wanted.is_empty() { "monetary desc, customer_id" } else { "length(customer_id), customer_id" };
        let arguments = [
            ("search", Argument::Text(&wanted)),
            ("order", Argument::Part(order)),
            ("limit", Argument::Number(FOUND)),
        ];
        let by_id =
            inquiry.ask(&["single_customer_view"], include_str!("sql/search_customers.sql"), &arguments);
        let mut parts = vec![("customers", by_id.await?)];
        if wanted.chars().count() >= SHORTEST_ORDER {
            let tables = ["customer_orders", "single_customer_view"];
            parts.push((
                "orders",
                inquiry.ask(&tables, include_str!("sql/search_orders.sql"), &arguments).await?,
            ));
        }
        Ok(self.customers_answer(&inquiry, access, parts))
    }

    /// All about one customer.
    ///
    /// # Errors
    /// The same for a customer that does not exist and for one that the viewer may not see.
    pub async fn customer_page(&self, id: &str, access: &Access) -> Result<CustomersAnswer, ServiceError> {
        let none =
            || ServiceError::NoSuchCustomer { id: confect_domain::problem::printable(id), near: Vec::new() };
        let inquiry = Inquiry::new(self, access)?;
        if id.contains('\0') {
            return Err(none());
        }
        let arguments = [("id", Argument::Text(id)), ("limit", Argument::Number(ORDERS))];
        let customer =
            inquiry.ask(&["single_customer_view"], include_str!("sql/customer.sql"), &arguments).await?;
        match &customer {
            Part::Rows(answer) if answer.rows.is_empty() => return Err(none()),
            Part::NotForYou => return Err(none()),
            _ => {}
        }
        let (steps, history, orders, articles, signals, value, next_best) = try_join!(
            inquiry.ask(&["single_customer_view"], include_str!("sql/customer_steps.sql"), &[]),
            inquiry.ask(&["customer_rfm"], include_str!("sql/customer_history.sql"), &arguments),
            inquiry.ask(&["customer_orders"], include_str!("sql/customer_orders.sql"), &arguments),
            inquiry.ask(&["customer_articles"], include_str!("sql/customer_articles.sql"), &arguments),
            inquiry.ask(&["customer_signals"], include_str!("sql/customer_signals.sql"), &arguments),
            inquiry.ask(&["customer_value"], include_str!("sql/customer_value.sql"), &arguments),
            inquiry.ask(
                &["customer_next_best", "dim_product"],
                include_str!("sql/next_best.sql"),
                &arguments
            ),
        )?;
        let places = match (&customer, steps) {
            (Part::Rows(customer), Part::Rows(steps)) => Part::Rows(Arc::new(places(customer, &steps))),
            (_, steps) => steps,
        };
        let parts = vec![
            ("customer", customer),
            ("places", places),
            ("history", history),
            ("orders", orders),
            ("articles", articles),
            ("signals", signals),
            ("value", value),
            ("next_best", next_best),
        ];
        Ok(self.customers_answer(&inquiry, access, parts))
    }
}
