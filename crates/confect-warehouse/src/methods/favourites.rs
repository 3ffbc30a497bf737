//! `favourites`: the articles that each customer buys most often, and the category.
//!
//! Reads one row per customer and article: `purchases` (sold lines), `units`, `revenue`, `last_purchase_date`,
//! `stock_code`, `description`, `category`. Most purchases first, then most revenue, then the code.

use std::cmp::Reverse;

use arrow::array::{Array, StringViewArray, UInt32Array};
use arrow::compute::take;
use confect_domain::{Parameters, Problem};

use super::orders::numbered;
use super::{MethodError, MethodOutput, Rows, columns};

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(&["articles"])?;
    parameters.integer("articles", 5, 1, 1_000).map(|_| ())
}

/// What articles are ranked by.
struct Bought {
    purchases: Vec<Option<i64>>,
    revenues: Vec<Option<i128>>,
    codes: StringViewArray,
    categories: StringViewArray,
}

impl Bought {
    /// Smallest for the most bought.
    fn rank(&self, row: u32) -> (Reverse<i64>, Reverse<i128>, &str) {
        let at = row as usize;
        let revenue = self.revenues.get(at).copied().flatten().unwrap_or_default();
        (Reverse(self.times(row)), Reverse(revenue), text(&self.codes, row).unwrap_or_default())
    }

    fn times(&self, row: u32) -> i64 {
        self.purchases.get(row as usize).copied().flatten().unwrap_or_default()
    }

    /// A row of the category that is bought most often, ties by name.
    fn favourite_category(&self, rows: &[u32]) -> Option<u32> {
        let mut named: Vec<(&str, u32)> =
            rows.iter().filter_map(|row| Some((text(&self.categories, *row)?, *row))).collect();
        named.sort_unstable();
        let times = |same: &[(&str, u32)]| same.iter().map(|(_, row)| self.times(*row)).sum::<i64>();
        let groups = named.chunk_by(|left, right| left.0 == right.0);
        let best = groups.min_by_key(|same| Reverse(times(same)))?;
        best.first().map(|(_, row)| *row)
    }
}

fn text(texts: &StringViewArray, row: u32) -> Option<&str> {
    let row = row as usize;
    (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
}

pub(super) fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let most = usize::try_from(parameters.integer("articles", 5, 1, 1_000)?).unwrap_or(5);
    let bought = Bought {
        purchases: rows.integers("purchases")?,
        revenues: rows.amounts("revenue")?,
        codes: rows.texts("stock_code")?,
        categories: rows.texts("category")?,
    };
    let (numbers, first) = numbered(&rows.texts("customer_id")?);
    let mut of_customer: Vec<Vec<u32>> = vec![Vec::new(); first.len()];
    for (row, number) in (0_u32..).zip(&numbers) {
        let slot =
            number.and_then(|number| usize::try_from(number).ok()).and_then(|at| of_customer.get_mut(at));
        if let Some(list) = slot {
            list.push(row);
        }
    }
    let (mut kept, mut places, mut favourites) = (Vec::new(), Vec::new(), Vec::new());
    for mut list in of_customer {
        let category = bought.favourite_category(&list);
        list.sort_unstable_by(|left, right| bought.rank(*left).cmp(&bought.rank(*right)));
        for (place, row) in (1_i64..).zip(list.into_iter().take(most)) {
            kept.push(row);
            places.push(Some(place));
            favourites.push(category);
        }
    }
    let (kept, favourites) = (UInt32Array::from(kept), UInt32Array::from(favourites));
    let taken = |name: &str, rows_taken: &UInt32Array| {
        let column = rows.column_as_it_is(name)?;
        take(column, rows_taken, None).map_err(|error| MethodError::Input(error.to_string()))
    };
    let mut table =
        vec![("place", columns::integers(places)), ("favourite_category", taken("category", &favourites)?)];
    for name in [
        "customer_id",
        "sole_country_key",
        "stock_code",
        "description",
        "category",
        "purchases",
        "units",
        "revenue",
        "last_purchase_date",
    ] {
        table.push((name, taken(name, &kept)?));
    }
    Ok(MethodOutput::single(columns::table(table)?))
}
