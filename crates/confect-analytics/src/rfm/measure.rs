//! Orders → recency, frequency and monetary value of each customer, as of a day.

use crate::orders::{Order, by_customer, customers};

use super::options::{Frequency, RfmOptions};
use super::scored::RfmRow;

/// Those who bought, by key and not yet scored, and how many have credits only.
pub(super) struct Measures {
    pub(super) rows: Vec<RfmRow>,
    pub(super) never_bought: usize,
}

pub(super) fn measure(orders: &[Order], options: &RfmOptions) -> Measures {
    let mut measures = Measures { rows: Vec::new(), never_bought: 0 };
    for orders in customers(&by_customer(orders)) {
        let seen = |order: &&Order| {
            order.day <= options.seen_to && options.from.is_none_or(|from| order.day >= from)
        };
        let (mut last, mut frequency, mut monetary, mut any) = (None, 0_u32, 0_i128, None);
        for order in orders.iter().filter(seen) {
            any = Some(order.customer);
            monetary = monetary.saturating_add(order.revenue);
            if order.is_purchase {
                // Sorted by day: a day is new if it is not the last one.
                if options.frequency_counts == Frequency::Orders || last != Some(order.day) {
                    frequency = frequency.saturating_add(1);
                }
                last = Some(order.day);
            }
        }
        match (any, last) {
            (Some(customer), Some(last)) => measures.rows.push(RfmRow {
                customer,
                recency_days: options.as_of.days().saturating_sub(last.days()),
                frequency,
                monetary,
                r: 0,
                f: 0,
                m: 0,
                weighted: 0.0,
                segment: 0,
            }),
            (Some(_), None) => measures.never_bought += 1,
            (None, _) => {}
        }
    }
    measures
}
