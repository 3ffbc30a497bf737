//! Rows of `customer_orders` as the customer methods read them: as they come, and of each no more than a method needs.
//!
//! Methods know customers by number: their place in the order of the ids, so that the order of keys is the order
//! of ids. A number means nothing beyond one run; what must outlive it (who is left alone) goes by [`Orders::lot`].

use arrow::array::{Array, ArrayRef, RecordBatch, StringViewArray, UInt32Array};
use arrow::compute::take;
use confect_analytics::caveat::Caveat;
use confect_analytics::orders::Order;
use confect_domain::{Date, Finding, Parameters, Severity};
use xxhash_rust::xxh3::xxh3_64;

use super::numbering::Numbering;
use super::{Consumer, MethodError, MethodOutput, Rows};

/// The orders, and what else is known of each customer.
pub(super) struct Orders {
    /// By customer and day.
    pub(super) list: Vec<Order>,
    /// The day that everything counts from: what happened before it is known. `None` without rows.
    pub(super) as_of: Option<Date>,
    /// One row of each customer, by number; which one is a matter of chance.
    pub(super) about: Rows,
    ids: StringViewArray,
    countries: Vec<Option<i64>>,
}

/// A method that works on orders.
pub(super) type OnOrders = fn(&Orders, &Parameters) -> Result<MethodOutput, MethodError>;

/// Orders read so far, and who waits for them.
pub(super) struct Reading {
    method: OnOrders,
    parameters: Parameters,
    ids: Numbering,
    customers: usize,
    list: Vec<Order>,
    /// The row in which each customer was first met, by the numbers of `ids`.
    firsts: Vec<RecordBatch>,
    as_of: Option<Date>,
}

impl Reading {
    pub(super) fn begin(method: OnOrders, parameters: &Parameters) -> Box<dyn Consumer> {
        let parameters = parameters.clone();
        let (ids, customers, list, firsts) = (Numbering::default(), 0, Vec::new(), Vec::new());
        Box::new(Self { method, parameters, ids, customers, list, firsts, as_of: None })
    }

    /// All rows as orders.
    fn orders(self) -> Result<Orders, MethodError> {
        let Self { ids, list, firsts, as_of, .. } = self;
        let (_, places) = ids.ranked();
        let place = |number: i64| {
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            places.get(at).map_or(number, |place| i64::from(*place))
        };
        let list = by_customer(list, places.len(), place);
        let mut row_of = vec![0_u32; places.len()];
        for (row, place) in (0_u32..).zip(&places) {
            if let Some(slot) = row_of.get_mut(*place as usize) {
                *slot = row;
            }
        }
        let schema = firsts.first().map(RecordBatch::schema);
        let schema = schema.ok_or_else(|| MethodError::Input("the SQL delivers no columns".to_owned()))?;
        let met = Rows::new(&schema, &firsts)?;
        let about = Rows::new(&schema, &[met.some(&row_of)?])?;
        let (ids, countries) = (about.texts("customer_id")?, about.integers("sole_country_key")?);
        Ok(Orders { list, as_of, about, ids, countries })
    }
}

/// Orders by customer and day, in one order whichever batch came first: dealt out by customer, of whom each has few.
fn by_customer(list: Vec<Order>, customers: usize, place: impl Fn(i64) -> i64) -> Vec<Order> {
    let at = |order: &Order| usize::try_from(place(order.customer)).unwrap_or(usize::MAX);
    let mut next = vec![0_usize; customers];
    for order in &list {
        if let Some(count) = next.get_mut(at(order)) {
            *count += 1;
        }
    }
    let mut start = 0;
    for slot in &mut next {
        start += std::mem::replace(slot, start);
    }
    let Some(any) = list.first().copied() else { return list };
    let mut dealt = vec![any; list.len()];
    for order in list {
        let Some(slot) = next.get_mut(at(&order)) else { continue };
        if let Some(free) = dealt.get_mut(*slot) {
            *free = Order { customer: place(order.customer), ..order };
        }
        *slot += 1;
    }
    for own in dealt.chunk_by_mut(|left, right| left.customer == right.customer) {
        own.sort_unstable_by_key(|order| (order.day, !order.is_purchase, order.revenue, order.margin));
    }
    dealt
}

impl Consumer for Reading {
    /// Reads `customer_id`, `order_date`, `is_purchase`, `revenue`, `margin_amount` if it is there,
    /// `sole_country_key` and `as_of_date`. Rows without a customer or a day are left out.
    fn take(&mut self, rows: &Rows) -> Result<(), MethodError> {
        let ids = rows.texts("customer_id")?;
        let (days, purchases) = (rows.days("order_date")?, rows.flags("is_purchase")?);
        let revenues = rows.amounts("revenue")?;
        let margins = if rows.has("margin_amount") { rows.amounts("margin_amount")? } else { Vec::new() };
        let mut new = Vec::new();
        // Stored rows come by customer as a rule.
        let mut last: Option<(&str, u32)> = None;
        for (row, id) in (0_u32..).zip(&ids) {
            let Some(id) = id else { continue };
            let known = last.filter(|(before, _)| *before == id).map(|(_, number)| number);
            let number = known.unwrap_or_else(|| self.ids.number(id));
            last = Some((id, number));
            let number = number as usize;
            if number == self.customers {
                self.customers += 1;
                new.push(row);
            }
            let at = row as usize;
            let Some(day) = days.get(at).copied().flatten() else { continue };
            self.list.push(Order {
                customer: i64::try_from(number).unwrap_or(i64::MAX),
                day: Date::from_days(day),
                revenue: revenues.get(at).copied().flatten().unwrap_or_default(),
                margin: margins.get(at).copied().flatten(),
                is_purchase: purchases.get(at).copied().flatten().unwrap_or_default(),
            });
        }
        if self.as_of.is_none() {
            self.as_of = rows.days("as_of_date")?.into_iter().flatten().next().map(Date::from_days);
        }
        if !new.is_empty() || self.firsts.is_empty() {
            self.firsts.push(rows.some(&new)?);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<MethodOutput, MethodError> {
        let (method, parameters) = (self.method, self.parameters.clone());
        method(&self.orders()?, &parameters)
    }
}

impl Orders {
    /// How many customers.
    pub(super) fn customers(&self) -> usize {
        self.ids.len()
    }

    /// The row of the customer in what is known of all.
    pub(super) fn row(&self, customer: i64) -> usize {
        usize::try_from(customer).unwrap_or(usize::MAX)
    }

    /// The ids of these customers.
    pub(super) fn ids(&self, customers: impl Iterator<Item = i64>) -> Result<ArrayRef, MethodError> {
        let rows: UInt32Array = customers.map(|customer| u32::try_from(customer).ok()).collect();
        take(&self.ids, &rows, None).map_err(|error| MethodError::Input(error.to_string()))
    }

    /// The country of all lines of a customer; 0 if there are several or none is known.
    pub(super) fn country(&self, customer: i64) -> i64 {
        self.countries.get(self.row(customer)).copied().flatten().unwrap_or_default()
    }

    /// The same for the same customer in every run.
    pub(super) fn lot(&self, customer: i64) -> u64 {
        let row = self.row(customer);
        if row < self.ids.len() { xxh3_64(self.ids.value(row).as_bytes()) } else { 0 }
    }
}

/// What a method has doubts about, as notes of a refresh.
pub(super) fn notes(caveats: &[Caveat], method: &str) -> Vec<Finding> {
    caveats.iter().map(|caveat| Finding { severity: Severity::Note, ..caveat.finding(method) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_dealt_out_by_customer_and_day() {
        let order = |customer: i64, day: i32, revenue: i128| Order {
            customer,
            day: Date::from_days(day),
            revenue,
            margin: None,
            is_purchase: revenue >= 0,
        };
        // Numbers by first sight, places the other way round.
        let list = vec![order(0, 5, 1), order(1, 9, 2), order(0, 5, -1), order(0, 2, 3), order(2, 1, 4)];
        let sorted = by_customer(list, 3, |number| 2 - number);
        let told: Vec<_> =
            sorted.iter().map(|order| (order.customer, order.day.days(), order.revenue)).collect();
        assert_eq!(told, [(0, 1, 4), (1, 9, 2), (2, 2, 3), (2, 5, 1), (2, 5, -1)]);
        assert!(by_customer(Vec::new(), 0, |number| number).is_empty());
    }
}
