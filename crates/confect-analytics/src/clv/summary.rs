//! Orders → what the models read: how often after the first time, when last, for how long observed.
//!
//! Purchases of one day are one. A credit is taken off the purchase before it; one before the first purchase
//! of its customer belongs to nothing that is known and is left out.

use confect_domain::Date;

use crate::caveat::Caveat;
use crate::orders::{Order, by_customer, customers, units};

/// One customer, in units of time of [`Summaries::unit_days`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomerSummary {
    /// Key of the customer.
    pub customer: i64,
    /// Days with a purchase after the first one (`x`).
    pub repeats: u32,
    /// Time from the first to the last purchase (`t_x`); 0 without repeats.
    pub recency: f64,
    /// Time from the first purchase to the end of observation (`T`).
    pub age: f64,
    /// Mean revenue of the repeat days in units of money; 0 without repeats.
    pub mean_value: f64,
}

impl CustomerSummary {
    /// Whether the numbers can be those of a customer.
    pub(crate) fn is_valid(&self) -> bool {
        self.repeats <= MOST_REPEATS
            && self.recency >= 0.0
            && self.recency <= self.age
            && self.age < 1e9
            && (self.repeats == 0) == (self.recency == 0.0)
    }
}

/// More repeats than days in 270 years are no customer, and tables by repeats stay small.
const MOST_REPEATS: u32 = 100_000;

/// How orders are summarised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SummaryOptions {
    /// The last day of observation, itself observed; later orders are not seen.
    pub observed_to: Date,
    /// Customers whose first purchase lies before this day are left out, because earlier ones may be missing.
    pub first_from: Option<Date>,
    /// Days in one unit of time, 7 for weeks.
    pub unit_days: f64,
}

/// All customers, and what was left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Summaries {
    /// One row per customer, by key.
    pub customers: Vec<CustomerSummary>,
    /// Net revenue of each of them up to the end of observation, in ten-thousandths.
    pub historic: Vec<i128>,
    /// Days in one unit of time.
    pub unit_days: f64,
    /// The first day with a purchase; `None` without any.
    pub first_day: Option<Date>,
    /// Revenue and margin of the orders with a known margin, in ten-thousandths.
    pub margin_of: Option<(i128, i128)>,
    /// What was left out.
    pub caveats: Vec<Caveat>,
}

/// Summarises the orders of each customer.
pub fn summarise(orders: &[Order], options: &SummaryOptions) -> Summaries {
    let mut summaries = Summaries {
        customers: Vec::new(),
        historic: Vec::new(),
        unit_days: options.unit_days,
        first_day: None,
        margin_of: None,
        caveats: Vec::new(),
    };
    let (mut never_bought, mut before_start) = (0, 0);
    for orders in customers(&by_customer(orders)) {
        let seen = orders.partition_point(|order| order.day <= options.observed_to);
        let orders = orders.get(..seen).unwrap_or_default();
        let Some(first) = orders.iter().position(|order| order.is_purchase) else {
            never_bought += usize::from(!orders.is_empty());
            continue;
        };
        let from_first = orders.get(first..).unwrap_or_default();
        let Some((summary, first_day)) = of_customer(from_first, options) else { continue };
        if options.first_from.is_some_and(|from| first_day < from) {
            before_start += 1;
            continue;
        }
        for order in from_first {
            if let Some(margin) = order.margin {
                let (revenue, sum) = summaries.margin_of.unwrap_or_default();
                summaries.margin_of =
                    Some((revenue.saturating_add(order.revenue), sum.saturating_add(margin)));
            }
        }
        summaries.first_day = Some(summaries.first_day.map_or(first_day, |day| day.min(first_day)));
        let historic = from_first.iter().fold(0_i128, |sum, order| sum.saturating_add(order.revenue));
        summaries.customers.push(summary);
        summaries.historic.push(historic);
    }
    if never_bought > 0 {
        let message = format!("{never_bought} customers have credits but no purchase and are left out");
        let remedy = "load the time before, in which they bought";
        summaries.caveats.push(Caveat::new("clv-credits-only", never_bought, message, remedy));
    }
    if before_start > 0 {
        let message = format!("{before_start} customers were there before the data begin and are left out");
        let remedy = "load the time before, or leave `first_from` out";
        summaries.caveats.push(Caveat::new("clv-left-truncated", before_start, message, remedy));
    }
    summaries
}

/// From the orders of one customer, the first of which is a purchase.
fn of_customer(orders: &[Order], options: &SummaryOptions) -> Option<(CustomerSummary, Date)> {
    let first = orders.first()?;
    let (mut last, mut repeats, mut repeat_value) = (first.day, 0_u32, 0_i128);
    for order in orders {
        if order.is_purchase && order.day != last {
            repeats = repeats.saturating_add(1);
            last = order.day;
        }
        // A credit after a repeat purchase comes off the repeats, one after the first comes off the first.
        if repeats > 0 {
            repeat_value = repeat_value.saturating_add(order.revenue);
        }
    }
    let unit = |days: i32| f64::from(days) / options.unit_days;
    let between = |from: Date, to: Date| unit(to.days().saturating_sub(from.days()));
    let mean_value = if repeats == 0 { 0.0 } else { units(repeat_value) / f64::from(repeats) };
    let summary = CustomerSummary {
        customer: first.customer,
        repeats,
        recency: between(first.day, last),
        age: between(first.day, options.observed_to),
        mean_value,
    };
    Some((summary, first.day))
}
