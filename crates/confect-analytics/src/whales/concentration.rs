//! Shares of the largest customers.

use std::cmp::Reverse;

use confect_domain::Date;

use crate::numeric::quantile::quantile;
use crate::orders::{Order, by_customer, customers, units};

/// One customer's net revenue, in ten-thousandths, and last purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revenue {
    /// Key of the customer.
    pub customer: i64,
    /// Net revenue; may be 0 or below.
    pub revenue: i128,
    /// The last day with a purchase; `None` with credits only.
    pub last_purchase: Option<Date>,
}

/// How revenue spreads over customers.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    /// Customers.
    pub customers: usize,
    /// Of these, customers who brought nothing or less; they count with 0.
    pub nonpositive: usize,
    /// The sum over the others, in ten-thousandths.
    pub revenue: i128,
    /// 0 if all bring the same, towards 1 if one brings all; `None` without revenue.
    pub gini: Option<f64>,
    /// How many of the largest make 80 % of revenue; `None` without revenue.
    pub customers_of_80_percent: Option<usize>,
    /// Revenue of the largest customers, added up from the largest, in ten-thousandths.
    cumulative: Vec<i128>,
}

impl Concentration {
    /// The share of revenue of the largest `share` of customers, rounded up to a whole one; `None` without revenue.
    pub fn top_share(&self, share: f64) -> Option<f64> {
        let count = top(self.customers, share);
        let sum = count.checked_sub(1).map_or(Some(0), |at| self.cumulative.get(at).copied())?;
        (self.revenue > 0).then(|| sum as f64 / self.revenue as f64)
    }
}

/// How many customers the largest `share` is.
fn top(customers: usize, share: f64) -> usize {
    ((customers as f64 * share.clamp(0.0, 1.0) - 1e-9).ceil().max(0.0) as usize).min(customers)
}

/// Net revenue of each customer from one day to another, both seen; by key.
pub fn revenue_by_customer(orders: &[Order], from: Option<Date>, to: Date) -> Vec<Revenue> {
    let seen = |order: &&Order| order.day <= to && from.is_none_or(|from| order.day >= from);
    let sorted = by_customer(orders);
    let revenue = |orders: &[Order]| {
        let customer = orders.iter().find(seen)?.customer;
        let seen = orders.iter().filter(seen);
        let revenue = seen.clone().fold(0_i128, |sum, order| sum.saturating_add(order.revenue));
        let last_purchase = seen.filter(|order| order.is_purchase).map(|order| order.day).max();
        Some(Revenue { customer, revenue, last_purchase })
    };
    customers(&sorted).filter_map(revenue).collect()
}

/// How concentrated revenue is.
pub fn concentration(revenues: &[Revenue]) -> Concentration {
    let mut amounts: Vec<i128> = revenues.iter().map(|row| row.revenue.max(0)).collect();
    amounts.sort_unstable_by_key(|amount| Reverse(*amount));
    let mut sum = 0_i128;
    let cumulative: Vec<i128> = amounts
        .iter()
        .map(|amount| {
            sum = sum.saturating_add(*amount);
            sum
        })
        .collect();
    let count = amounts.len() as f64;
    // Gini from the largest down: rank n − place counts from the smallest.
    let weighted: f64 =
        amounts.iter().enumerate().map(|(place, amount)| (count - place as f64) * units(*amount)).sum();
    let gini =
        (sum > 0).then(|| (2.0 * weighted / (count * units(sum)) - (count + 1.0) / count).clamp(0.0, 1.0));
    let customers_of_80_percent = (sum > 0)
        .then(|| cumulative.partition_point(|part| part.saturating_mul(5) < sum.saturating_mul(4)) + 1);
    Concentration {
        customers: amounts.len(),
        nonpositive: revenues.iter().filter(|row| row.revenue <= 0).count(),
        revenue: sum,
        gini,
        customers_of_80_percent,
        cumulative,
    }
}

/// Who counts as a whale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WhaleRule {
    /// The largest share of customers, such as 0.01, rounded up.
    TopShare(f64),
    /// The fewest customers who make this share of revenue together.
    RevenueShare(f64),
    /// More than three interquartile ranges above the upper quartile, on the logarithm: none, if nobody stands out.
    Outlier,
}

/// One of the largest customers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whale {
    /// Key of the customer.
    pub customer: i64,
    /// Net revenue, in ten-thousandths.
    pub revenue: i128,
    /// Its share of the revenue of all.
    pub share: f64,
    /// The share of all whales down to this one.
    pub cumulative_share: f64,
    /// The last day with a purchase.
    pub last_purchase: Option<Date>,
}

/// The whales, largest first, equal ones by key; never someone who brought nothing.
pub fn find_whales(revenues: &[Revenue], rule: WhaleRule) -> Vec<Whale> {
    let mut rows: Vec<&Revenue> = revenues.iter().filter(|row| row.revenue > 0).collect();
    rows.sort_unstable_by_key(|row| (Reverse(row.revenue), row.customer));
    let total = rows.iter().fold(0_i128, |sum, row| sum.saturating_add(row.revenue));
    let mut sum = 0_i128;
    let all: Vec<Whale> = rows
        .iter()
        .map(|row| {
            sum = sum.saturating_add(row.revenue);
            Whale {
                customer: row.customer,
                revenue: row.revenue,
                share: row.revenue as f64 / total as f64,
                cumulative_share: sum as f64 / total as f64,
                last_purchase: row.last_purchase,
            }
        })
        .collect();
    let count = match rule {
        WhaleRule::TopShare(share) => top(revenues.len(), share).min(all.len()),
        WhaleRule::RevenueShare(share) => {
            let share = share.clamp(0.0, 1.0);
            if share <= 0.0 {
                0
            } else {
                (all.partition_point(|whale| whale.cumulative_share < share - 1e-12) + 1).min(all.len())
            }
        }
        WhaleRule::Outlier => {
            let logs: Vec<f64> = all.iter().rev().map(|whale| units(whale.revenue).ln_1p()).collect();
            let edge = quantile(&logs, 0.25).zip(quantile(&logs, 0.75));
            edge.map_or(0, |(low, high)| {
                let edge = high + 3.0 * (high - low);
                all.partition_point(|whale| units(whale.revenue).ln_1p() > edge)
            })
        }
    };
    all.into_iter().take(count).collect()
}
