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
        let Self { ids, mut list, firsts, as_of, .. } = self;
        let (_, places) = ids.ranked();
        let place = |number: i64| {
            let at = usize::try_from(number).unwrap_or(usize::MAX);
            places.get(at).map_or(number, |place| i64::from(*place))
        };
        for order in &mut list {
            order.customer = place(order.customer);
        }
        // In one order whichever batch came first; stable, because that is quick on what is nearly sorted.
        list.sort_by_key(|order| {
            (order.customer, order.day, !order.is_purchase, order.revenue, order.margin)
        });
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

impl Consumer for Reading {
    /// Reads `customer_id`, `order_date`, `is_purchase`, `revenue`, `margin_amount` if it is there,
    /// `sole_country_key` and `as_of_date`. Rows without a customer or a day are left out.
    fn take(&mut self, rows: &Rows) -> Result<(), MethodError> {
        let ids = rows.texts("customer_id")?;
        let (days, purchases) = (rows.days("order_date")?, rows.flags("is_purchase")?);
        let revenues = rows.amounts("revenue")?;
        let margins = if rows.has("margin_amount") { rows.amounts("margin_amount")? } else { Vec::new() };
        let mut new = Vec::new();
        for (row, id) in (0_u32..).zip(&ids) {
            let Some(id) = id else { continue };
            let number = self.ids.number(id) as usize;
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
