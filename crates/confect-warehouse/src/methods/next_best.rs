//! `next_best`: for each customer the articles that the rules say go with what the customer bought.
//!
//! Reads sold lines with `basket`, `article`, `country_key`, and, where the customer is known, `customer_id` and
//! `sole_country_key`.
//!
//! The rules for customers of one country are made of that country's receipts alone, because a viewer of that
//! country reads them; customers of several countries (key 0) get those of all receipts. So no suggestion tells
//! about receipts that its reader may not see, and a country with few receipts has few suggestions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, StringViewArray};
use confect_analytics::basket::{Baskets, Sales, SoldLine, SoldLines, next_best};
use confect_domain::{Parameters, Problem};

use super::basket_rules::{options, searched};
use super::columns::table;
use super::{MethodError, MethodOutput, Rows};

const PARAMETERS: &[&str] = &[
    "most",
    "min_support",
    "min_baskets",
    "min_confidence",
    "max_len",
    "max_itemsets",
    "max_rules",
    "max_basket_items",
    "keep_unproven",
];

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(PARAMETERS)?;
    most(parameters)?;
    options(parameters).map(|_| ())
}

fn most(parameters: &Parameters) -> Result<usize, Problem> {
    Ok(usize::try_from(parameters.integer("most", 3, 1, 50)?).unwrap_or(1))
}

pub(super) fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let (wish, most) = (options(parameters)?, most(parameters)?);
    let lines = Lines::of(rows)?;
    let mut found = Found::default();
    let mut findings = Vec::new();
    for country in lines.homes.iter().flatten().copied().collect::<BTreeSet<i64>>() {
        let sales = lines.sales(country)?;
        let Some(study) = searched(&sales, &wish, "article", &mut findings)? else { continue };
        let (ids, customers) = lines.customers(country, &sales)?;
        let failed = |error: confect_analytics::basket::BasketError| MethodError::Input(error.to_string());
        let rules = &study.rules.rules;
        let offers = next_best(&customers, rules, most, &AtomicBool::new(false)).map_err(failed)?;
        for (id, offers) in ids.iter().zip(offers) {
            for (rank, offer) in (1..).zip(offers) {
                let because = rules.get(offer.rule).map(|rule| {
                    let codes: Vec<String> =
                        rule.antecedent.iter().map(|item| sales.named.name(*item)).collect();
                    codes.join(" + ")
                });
                let because = because.unwrap_or_default();
                let percent = (offer.confidence * 100.0).round();
                found.reasons.push(format!("{percent} % of the receipts with {because} have it too"));
                found.ids.push(id.clone());
                found.countries.push(country);
                found.ranks.push(rank);
                found.codes.push(sales.named.name(offer.item));
                found.scores.push(offer.confidence);
                found.because.push(because);
            }
        }
    }
    let batch = found.finish()?;
    Ok(MethodOutput { findings, ..MethodOutput::single(batch) })
}

#[derive(Default)]
struct Found {
    ids: Vec<String>,
    countries: Vec<i64>,
    ranks: Vec<i64>,
    codes: Vec<String>,
    scores: Vec<f64>,
    because: Vec<String>,
    reasons: Vec<String>,
}

impl Found {
    fn finish(self) -> Result<arrow::array::RecordBatch, MethodError> {
        let text = |values: Vec<String>| Arc::new(StringArray::from(values)) as ArrayRef;
        table(vec![
            ("customer_id", text(self.ids)),
            ("sole_country_key", Arc::new(Int64Array::from(self.countries))),
            ("rank", Arc::new(Int64Array::from(self.ranks))),
            ("stock_code", text(self.codes)),
            ("score", Arc::new(Float64Array::from(self.scores))),
            ("because", text(self.because)),
            ("reason", text(self.reasons)),
        ])
    }
}

/// The columns of the rows.
struct Lines {
    baskets: StringViewArray,
    articles: StringViewArray,
    customers: StringViewArray,
    /// Country of the line.
    countries: Vec<Option<i64>>,
    /// The only country of the line's customer, 0 if there are several; null without a customer.
    homes: Vec<Option<i64>>,
}

impl Lines {
    fn of(rows: &Rows) -> Result<Self, MethodError> {
        Ok(Self {
            baskets: rows.texts("basket")?,
            articles: rows.texts("article")?,
            customers: rows.texts("customer_id")?,
            countries: rows.integers("country_key")?,
            homes: rows.integers("sole_country_key")?,
        })
    }

    /// The receipts that count for customers of a country; 0 is all.
    fn sales(&self, country: i64) -> Result<Sales, MethodError> {
        let mut lines = SoldLines::default();
        for (row, (basket, item)) in self.baskets.iter().zip(self.articles.iter()).enumerate() {
            let (Some(basket), Some(item)) = (basket, item) else { continue };
            if country == 0 || self.countries.get(row).copied().flatten() == Some(country) {
                lines.push(SoldLine { basket, item, ..SoldLine::default() });
            }
        }
        lines.finish().map_err(|error| MethodError::Input(error.to_string()))
    }

    /// The customers of a country in order, and all that each one bought.
    fn customers(&self, country: i64, sales: &Sales) -> Result<(Vec<String>, Baskets), MethodError> {
        let mut bought: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (row, (customer, item)) in self.customers.iter().zip(self.articles.iter()).enumerate() {
            let (Some(customer), Some(item)) = (customer, item) else { continue };
            if self.homes.get(row).copied().flatten() == Some(country) {
                bought.entry(customer).or_default().extend(sales.item(item));
            }
        }
        let mut baskets = Baskets::new(u32::try_from(sales.named.items.len()).unwrap_or(u32::MAX));
        let mut ids = Vec::with_capacity(bought.len());
        for (id, mut items) in bought {
            items.sort_unstable();
            items.dedup();
            baskets.push(&items).map_err(|error| MethodError::Input(error.to_string()))?;
            ids.push(id.to_owned());
        }
        Ok((ids, baskets))
    }
}
