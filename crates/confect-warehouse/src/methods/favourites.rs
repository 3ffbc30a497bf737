//! `favourites`: the articles that each customer buys most often, and the category.
//!
//! Reads sold lines of known customers: `customer_id`, `product_key`, `quantity`, `revenue`, `invoice_date`, and
//! what is known of the customer and the article: `sole_country_key`, `stock_code`, `description`, `category`.
//! Most lines first, then most revenue, then the code.
//!
//! The lines are added up here and not by SQL, as they come: that takes a quarter of the time of grouping by a
//! text and a key, and only the articles that are kept need their words.

use std::cmp::Reverse;

use arrow::array::{Array, StringViewArray};
use confect_domain::{Date, Parameters, Problem};
use hashbrown::HashMap;

use super::numbering::Numbering;
use super::{Consumer, MethodError, MethodOutput, Rows, columns};

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(&["articles"])?;
    parameters.integer("articles", 5, 1, 1_000).map(|_| ())
}

/// Takes lines as they come.
pub(super) fn begin(parameters: &Parameters) -> Result<Box<dyn Consumer>, MethodError> {
    let most = usize::try_from(parameters.integer("articles", 5, 1, 1_000)?).unwrap_or(5);
    Ok(Box::new(Favourites { most, ..Favourites::default() }))
}

/// All lines of a customer with one article.
#[derive(Clone, Copy, Debug, Default)]
struct Bought {
    purchases: i64,
    units: i128,
    revenue: i128,
    last_day: Option<i32>,
}

/// What an article is called.
#[derive(Clone, Debug, Default)]
struct Article {
    code: String,
    description: Option<String>,
    category: Option<String>,
}

/// The lines so far.
#[derive(Default)]
struct Favourites {
    most: usize,
    ids: Numbering,
    /// By number.
    homes: Vec<Option<i64>>,
    numbers: HashMap<i64, u32>,
    /// By number.
    articles: Vec<Article>,
    bought: HashMap<(u32, u32), Bought>,
}

impl Favourites {
    /// The number of the article in this row; `words` are its code, description and category.
    fn article(&mut self, key: i64, words: impl FnOnce() -> Article) -> u32 {
        let next = u32::try_from(self.articles.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.articles.push(words());
        }
        number
    }

    fn about(&self, number: u32) -> Option<&Article> {
        self.articles.get(number as usize)
    }

    /// Smallest for the most bought.
    fn rank(&self, (article, bought): &(u32, Bought)) -> (Reverse<i64>, Reverse<i128>, &str, u32) {
        let code = self.about(*article).map_or("", |about| about.code.as_str());
        (Reverse(bought.purchases), Reverse(bought.revenue), code, *article)
    }

    /// The category that is bought most often, ties by name.
    fn favourite_category(&self, bought: &[(u32, Bought)]) -> Option<&str> {
        let category = |article: u32| self.about(article)?.category.as_deref();
        let mut counted: Vec<(&str, i64)> = bought
            .iter()
            .filter_map(|(article, bought)| Some((category(*article)?, bought.purchases)))
            .collect();
        counted.sort_unstable();
        let groups = counted.chunk_by(|left, right| left.0 == right.0);
        let best = groups.min_by_key(|same| Reverse(same.iter().map(|(_, times)| times).sum::<i64>()))?;
        best.first().map(|(name, _)| *name)
    }
}

impl Consumer for Favourites {
    fn take(&mut self, rows: &Rows) -> Result<(), MethodError> {
        let (customers, keys) = (rows.texts("customer_id")?, rows.integers("product_key")?);
        let (homes, days) = (rows.integers("sole_country_key")?, rows.days("invoice_date")?);
        let (quantities, revenues) = (rows.amounts("quantity")?, rows.amounts("revenue")?);
        let (codes, categories) = (rows.texts("stock_code")?, rows.texts("category")?);
        let descriptions = rows.texts("description")?;
        let text =
            |texts: &StringViewArray, row: usize| texts.is_valid(row).then(|| texts.value(row).to_owned());
        for (row, customer) in customers.iter().enumerate() {
            let (Some(customer), Some(key)) = (customer, keys.get(row).copied().flatten()) else { continue };
            let customer = self.ids.number(customer);
            if customer as usize == self.homes.len() {
                self.homes.push(homes.get(row).copied().flatten());
            }
            let article = self.article(key, || Article {
                code: text(&codes, row).unwrap_or_default(),
                description: text(&descriptions, row),
                category: text(&categories, row),
            });
            let amount = |column: &[Option<i128>]| column.get(row).copied().flatten().unwrap_or_default();
            let bought = self.bought.entry((customer, article)).or_default();
            bought.purchases += 1;
            bought.units = bought.units.saturating_add(amount(&quantities));
            bought.revenue = bought.revenue.saturating_add(amount(&revenues));
            bought.last_day = bought.last_day.max(days.get(row).copied().flatten());
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<MethodOutput, MethodError> {
        let (ids, places) = std::mem::take(&mut self.ids).ranked();
        let place = |number: u32| places.get(number as usize).copied().unwrap_or_default();
        let mut homes = vec![None; ids.len()];
        for (number, home) in (0_u32..).zip(&self.homes) {
            if let Some(slot) = homes.get_mut(place(number) as usize) {
                *slot = *home;
            }
        }
        let bought = std::mem::take(&mut self.bought);
        let mut all: Vec<(u32, (u32, Bought))> =
            bought.into_iter().map(|((customer, article), sum)| (place(customer), (article, sum))).collect();
        all.sort_unstable_by_key(|(customer, (article, _))| (*customer, *article));
        let mut kept: Vec<Kept<'_>> = Vec::new();
        for of_one in all.chunk_by(|left, right| left.0 == right.0) {
            let mut articles: Vec<(u32, Bought)> = of_one.iter().map(|(_, article)| *article).collect();
            let category = self.favourite_category(&articles);
            articles.sort_unstable_by(|left, right| self.rank(left).cmp(&self.rank(right)));
            let customer = of_one.first().map_or(0, |(customer, _)| *customer);
            for (place, (article, bought)) in (1_i64..).zip(articles.into_iter().take(self.most)) {
                kept.push(Kept { customer, place, article: self.about(article), bought, category });
            }
        }
        table(&kept, &ids, &homes)
    }
}

/// A row of the answer.
struct Kept<'a> {
    customer: u32,
    place: i64,
    article: Option<&'a Article>,
    bought: Bought,
    category: Option<&'a str>,
}

fn table(kept: &[Kept<'_>], ids: &[String], homes: &[Option<i64>]) -> Result<MethodOutput, MethodError> {
    let words = |of: fn(&Article) -> Option<&str>| columns::texts(kept.iter().map(|row| of(row.article?)));
    let id = |row: &Kept<'_>| ids.get(row.customer as usize);
    let home = |row: &Kept<'_>| homes.get(row.customer as usize).copied().flatten();
    let batch = columns::table(vec![
        ("customer_id", columns::texts(kept.iter().map(id))),
        ("sole_country_key", columns::integers(kept.iter().map(home))),
        ("place", columns::integers(kept.iter().map(|row| Some(row.place)))),
        ("stock_code", words(|article| Some(&article.code))),
        ("description", words(|article| article.description.as_deref())),
        ("category", words(|article| article.category.as_deref())),
        ("purchases", columns::integers(kept.iter().map(|row| Some(row.bought.purchases)))),
        ("units", columns::amounts(kept.iter().map(|row| Some(row.bought.units)))?),
        ("revenue", columns::amounts(kept.iter().map(|row| Some(row.bought.revenue)))?),
        (
            "last_purchase_date",
            columns::days(kept.iter().map(|row| row.bought.last_day.map(Date::from_days))),
        ),
        ("favourite_category", columns::texts(kept.iter().map(|row| row.category))),
    ])?;
    Ok(MethodOutput::single(batch))
}
