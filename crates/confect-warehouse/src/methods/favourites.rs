//! `favourites`: the articles that each customer buys most often, and the category.
//!
//! Reads sold lines of known customers: `customer_id`, `product_key`, `quantity`, `revenue`, `invoice_date`, and
//! what is known of the customer and the article: `sole_country_key`, `stock_code`, `description`, `category`.
//! Most lines first, then most revenue, then the code.
//!
//! The lines are added up here and not by SQL: sorting one number for each line takes a quarter of the time of
//! grouping by a text and a key, and only the articles that are kept need their words.

use std::cmp::Reverse;

use arrow::array::{Array, StringViewArray, UInt32Array};
use arrow::compute::take;
use confect_domain::{Date, Parameters, Problem};
use hashbrown::HashMap;

use super::orders::numbered;
use super::{MethodError, MethodOutput, Rows, columns};

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(&["articles"])?;
    parameters.integer("articles", 5, 1, 1_000).map(|_| ())
}

/// All lines of a customer with one article.
struct Bought {
    customer: u32,
    /// A line of it.
    row: u32,
    purchases: i64,
    units: i128,
    revenue: i128,
    last_day: Option<i32>,
}

/// The sold lines.
struct Lines {
    quantities: Vec<Option<i128>>,
    revenues: Vec<Option<i128>>,
    days: Vec<Option<i32>>,
    codes: StringViewArray,
    /// Category of each line as its place in the alphabet.
    categories: Vec<Option<u32>>,
}

impl Lines {
    /// Adds up the lines of one customer and article.
    fn bought(&self, customer: u32, lines: &[(u64, u32)]) -> Option<Bought> {
        let (_, row) = *lines.first()?;
        let mut sum = Bought { customer, row, purchases: 0, units: 0, revenue: 0, last_day: None };
        for (_, row) in lines {
            let at = *row as usize;
            let amount = |column: &[Option<i128>]| column.get(at).copied().flatten().unwrap_or_default();
            sum.purchases += 1;
            sum.units = sum.units.saturating_add(amount(&self.quantities));
            sum.revenue = sum.revenue.saturating_add(amount(&self.revenues));
            sum.last_day = sum.last_day.max(self.days.get(at).copied().flatten());
        }
        Some(sum)
    }

    /// Smallest for the most bought.
    fn rank(&self, bought: &Bought) -> (Reverse<i64>, Reverse<i128>, &str) {
        let row = bought.row as usize;
        let known = row < self.codes.len() && self.codes.is_valid(row);
        let code = if known { self.codes.value(row) } else { "" };
        (Reverse(bought.purchases), Reverse(bought.revenue), code)
    }

    /// A line of the category that is bought most often, ties by name.
    fn favourite_category(&self, bought: &[Bought]) -> Option<u32> {
        let category = |bought: &Bought| self.categories.get(bought.row as usize).copied().flatten();
        let mut counted: Vec<(u32, i64, u32)> = bought
            .iter()
            .filter_map(|bought| Some((category(bought)?, bought.purchases, bought.row)))
            .collect();
        counted.sort_unstable();
        let groups = counted.chunk_by(|left, right| left.0 == right.0);
        let best = groups.min_by_key(|same| Reverse(same.iter().map(|(_, times, _)| times).sum::<i64>()))?;
        best.first().map(|(_, _, row)| *row)
    }
}

/// For each row the place of its text among all in order of the alphabet.
fn places(texts: &StringViewArray) -> Vec<Option<u32>> {
    let mut places: HashMap<&str, u32> = texts.iter().flatten().map(|text| (text, 0)).collect();
    let mut names: Vec<&str> = places.keys().copied().collect();
    names.sort_unstable();
    for (place, name) in (0_u32..).zip(names) {
        places.insert(name, place);
    }
    texts.iter().map(|text| places.get(text?).copied()).collect()
}

/// Sums by customer, in the order of their ids, and article.
fn added_up(rows: &Rows, lines: &Lines) -> Result<Vec<Bought>, MethodError> {
    let (customers, _) = numbered(&rows.texts("customer_id")?);
    let mut articles: HashMap<i64, u32> = HashMap::new();
    let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(rows.count());
    for ((row, customer), article) in (0_u32..).zip(&customers).zip(rows.integers("product_key")?) {
        let customer = customer.and_then(|number| u32::try_from(number).ok());
        let (Some(customer), Some(article)) = (customer, article) else { continue };
        let next = u32::try_from(articles.len()).unwrap_or(u32::MAX);
        let article = *articles.entry(article).or_insert(next);
        keyed.push((u64::from(customer) << 32 | u64::from(article), row));
    }
    keyed.sort_unstable();
    let groups = keyed.chunk_by(|left, right| left.0 == right.0);
    let customer = |group: &[(u64, u32)]| group.first().map(|(key, _)| (key >> 32) as u32);
    Ok(groups.filter_map(|group| lines.bought(customer(group)?, group)).collect())
}

pub(super) fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let most = usize::try_from(parameters.integer("articles", 5, 1, 1_000)?).unwrap_or(5);
    let lines = Lines {
        quantities: rows.amounts("quantity")?,
        revenues: rows.amounts("revenue")?,
        days: rows.days("invoice_date")?,
        codes: rows.texts("stock_code")?,
        categories: places(&rows.texts("category")?),
    };
    let mut bought = added_up(rows, &lines)?;
    let (mut kept, mut ranks, mut favourites): (Vec<&Bought>, _, _) = (Vec::new(), Vec::new(), Vec::new());
    for of_one in bought.chunk_by_mut(|left, right| left.customer == right.customer) {
        let category = lines.favourite_category(of_one);
        of_one.sort_unstable_by(|left, right| lines.rank(left).cmp(&lines.rank(right)));
        for (place, article) in (1_i64..).zip(of_one.iter().take(most)) {
            kept.push(article);
            ranks.push(Some(place));
            favourites.push(category);
        }
    }
    let favourites = UInt32Array::from(favourites);
    let rows_kept: UInt32Array = kept.iter().map(|bought| Some(bought.row)).collect();
    let taken = |name: &str, rows_taken: &UInt32Array| {
        let column = rows.column_as_it_is(name)?;
        take(column, rows_taken, None).map_err(|error| MethodError::Input(error.to_string()))
    };
    let mut table = vec![
        ("place", columns::integers(ranks)),
        ("favourite_category", taken("category", &favourites)?),
        ("purchases", columns::integers(kept.iter().map(|bought| Some(bought.purchases)))),
        ("units", columns::amounts(kept.iter().map(|bought| Some(bought.units)))?),
        ("revenue", columns::amounts(kept.iter().map(|bought| Some(bought.revenue)))?),
        ("last_purchase_date", columns::days(kept.iter().map(|bought| bought.last_day.map(Date::from_days)))),
    ];
    for name in ["customer_id", "sole_country_key", "stock_code", "description", "category"] {
        table.push((name, taken(name, &rows_kept)?));
    }
    Ok(MethodOutput::single(columns::table(table)?))
}
