//! Rows of `customer_orders` as the customer methods read them.
//!
//! Methods know customers by number: their place in the order of the ids, so that the order of keys is the order
//! of ids. A number means nothing beyond one run; what must outlive it (who is left alone) goes by [`Orders::lot`].

use hashbrown::HashMap;

use arrow::array::{Array, ArrayRef, StringViewArray, UInt32Array};
use arrow::compute::take;
use confect_analytics::caveat::Caveat;
use confect_analytics::orders::Order;
use confect_domain::{Date, Finding, Severity};
use xxhash_rust::xxh3::xxh3_64;

use super::{MethodError, Rows};

/// The orders, and what else is known of each customer.
pub(super) struct Orders {
    pub(super) list: Vec<Order>,
    /// The day that everything counts from: what happened before it is known. `None` without rows.
    pub(super) as_of: Option<Date>,
    /// A row of each customer, by number.
    row_of: Vec<u32>,
    ids: StringViewArray,
    countries: Vec<Option<i64>>,
}

impl Orders {
    /// Reads `customer_id`, `order_date`, `is_purchase`, `revenue`, `margin_amount` if it is there,
    /// `sole_country_key` and `as_of_date`. Rows without a customer or a day are left out.
    pub(super) fn read(rows: &Rows) -> Result<Self, MethodError> {
        let ids = rows.texts("customer_id")?;
        let (days, purchases) = (rows.days("order_date")?, rows.flags("is_purchase")?);
        let revenues = rows.amounts("revenue")?;
        let margins = if rows.has("margin_amount") { rows.amounts("margin_amount")? } else { Vec::new() };
        let (numbers, row_of) = numbered(&ids);
        let mut list = Vec::with_capacity(rows.count());
        for (row, ((day, purchase), revenue)) in days.iter().zip(&purchases).zip(&revenues).enumerate() {
            let number = numbers.get(row).copied().flatten();
            let (Some(customer), Some(day)) = (number, day) else { continue };
            list.push(Order {
                customer,
                day: Date::from_days(*day),
                revenue: revenue.unwrap_or_default(),
                margin: margins.get(row).copied().flatten(),
                is_purchase: purchase.unwrap_or_default(),
            });
        }
        let as_of = rows.days("as_of_date")?.into_iter().flatten().next().map(Date::from_days);
        Ok(Self { list, as_of, row_of, ids, countries: rows.integers("sole_country_key")? })
    }

    /// How many customers.
    pub(super) fn customers(&self) -> usize {
        self.row_of.len()
    }

    /// A row of the customer.
    pub(super) fn row(&self, customer: i64) -> usize {
        usize::try_from(customer)
            .ok()
            .and_then(|at| self.row_of.get(at))
            .map_or(usize::MAX, |row| *row as usize)
    }

    /// The ids of these customers.
    pub(super) fn ids(&self, customers: impl Iterator<Item = i64>) -> Result<ArrayRef, MethodError> {
        let rows: UInt32Array = customers.map(|customer| u32::try_from(self.row(customer)).ok()).collect();
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

/// The number of the customer of each row, by the order of ids, and one row of each number.
pub(super) fn numbered(ids: &StringViewArray) -> (Vec<Option<i64>>, Vec<u32>) {
    let mut numbers = Vec::with_capacity(ids.len());
    let mut row_of: Vec<u32> = Vec::new();
    let mut last: Option<&str> = None;
    // Stored rows come by customer; then a look at the row before is enough.
    for (row, id) in (0_u32..).zip(ids) {
        match (id, last) {
            (Some(id), Some(before)) if id < before => return looked_up(ids),
            (Some(id), before) => {
                if before != Some(id) {
                    row_of.push(row);
                    last = Some(id);
                }
                numbers.push(i64::try_from(row_of.len()).ok().map(|count| count - 1));
            }
            (None, _) => numbers.push(None),
        }
    }
    (numbers, row_of)
}

/// The same for rows in any order.
fn looked_up(ids: &StringViewArray) -> (Vec<Option<i64>>, Vec<u32>) {
    let mut first: HashMap<&str, u32> = HashMap::new();
    for (row, id) in (0_u32..).zip(ids) {
        if let Some(id) = id {
            first.entry(id).or_insert(row);
        }
    }
    let mut sorted: Vec<(&str, u32)> = first.into_iter().collect();
    sorted.sort_unstable();
    let number: HashMap<&str, i64> = sorted.iter().map(|(id, _)| *id).zip(0..).collect();
    let numbers = ids.iter().map(|id| id.and_then(|id| number.get(id).copied())).collect();
    (numbers, sorted.into_iter().map(|(_, row)| row).collect())
}

/// What a method has doubts about, as notes of a refresh.
pub(super) fn notes(caveats: &[Caveat], method: &str) -> Vec<Finding> {
    caveats.iter().map(|caveat| Finding { severity: Severity::Note, ..caveat.finding(method) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_are_numbered_by_their_ids_whatever_the_order_of_the_rows() {
        let sorted = StringViewArray::from(vec![Some("a"), Some("a"), None, Some("b"), Some("d")]);
        let (numbers, rows) = numbered(&sorted);
        assert_eq!(numbers, [Some(0), Some(0), None, Some(1), Some(2)]);
        assert_eq!(rows, [0, 3, 4]);
        let mixed = StringViewArray::from(vec![Some("d"), Some("a"), None, Some("b"), Some("a")]);
        let (numbers, rows) = numbered(&mixed);
        assert_eq!(numbers, [Some(2), Some(0), None, Some(1), Some(0)]);
        assert_eq!(rows, [1, 3, 0]);
    }
}
