//! What the customer methods read: one row per order of a known customer, money in ten-thousandths.
//!
//! An order is an invoice, or a credit note. Whether a credit belongs to an earlier invoice is decided before
//! this: a linked credit is netted into its invoice, an unlinked one is a row of its own that is no purchase.
//! Orders without a customer stay out; how much they are is for [`bridge`](crate::bridge) to tell.

use std::borrow::Cow;

use confect_domain::Date;

/// One order, or one credit note, of a known customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Key of the customer.
    pub customer: i64,
    /// The day it was made.
    pub day: Date,
    /// Revenue net of discount in ten-thousandths; negative for a credit note. Sums beyond `i128` stop at its ends;
    /// amounts of 18 digits never come near.
    pub revenue: i128,
    /// Margin in ten-thousandths, if the cost is known.
    pub margin: Option<i128>,
    /// Whether something was bought: a net quantity above 0. A purchase for nothing is one.
    pub is_purchase: bool,
}

/// Orders by customer, then day; the order of the rows never matters to a method, but sorted rows are quicker.
pub(crate) fn by_customer(orders: &[Order]) -> Cow<'_, [Order]> {
    // On one day a purchase comes before a credit, because that is what the credit is for.
    // What else they differ in is only ever added up.
    let key = |order: &Order| (order.customer, order.day, !order.is_purchase);
    if orders.is_sorted_by_key(key) {
        return Cow::Borrowed(orders);
    }
    let mut sorted = orders.to_vec();
    sorted.sort_unstable_by_key(key);
    Cow::Owned(sorted)
}

/// The orders of each customer, from [`by_customer`].
pub(crate) fn customers(sorted: &[Order]) -> impl Iterator<Item = &[Order]> {
    sorted.chunk_by(|left, right| left.customer == right.customer)
}

/// The day so many days later, at the end of the calendar if that is nearer.
pub(crate) fn days_later(day: Date, days: i32) -> Date {
    Date::from_days(day.days().saturating_add(days))
}

/// A share or a mean of money that is read, not added up: ten-thousandths → units.
pub(crate) fn units(scaled: i128) -> f64 {
    scaled as f64 / 10_000.0
}
