//! `basket_rules`: what is bought together, as two tables of one search: itemsets and rules.
//!
//! Reads sold lines: `basket`, `day`, `revenue`, `margin`, one column for each level of item (`article`,
//! `category`, …) and, for articles, `article_name` and `article_on_hand`, the stock of the article, the same on
//! each of its lines. Lines are taken as they come. The search is `confect_analytics::basket::study`.
//! A shop without a receipt has empty tables; data that are too dense for the bounds are searched with a
//! higher support, which stands in every row.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use arrow::array::{Array, ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use confect_analytics::basket::{
    BasketError, Baskets, MinSupport, Rule, RuleOptions, Sales, SoldLines, Study, StudyOptions, Worth, study,
};
use confect_domain::{Finding, Parameters, Problem, Severity};
use hashbrown::HashMap;

use super::columns::{amounts, table};
use super::{Consumer, MethodError, MethodOutput, Rows};
use crate::baskets::take_lines;

pub(super) const PARTS: &[&str] = &["itemsets", "rules"];
const PARAMETERS: &[&str] = &[
    "levels",
    "min_support",
    "min_baskets",
    "min_confidence",
    "max_len",
    "max_itemsets",
    "max_rules",
    "max_basket_items",
    "keep_unproven",
];
/// What may be an item: columns of the SQL.
const LEVELS: [&str; 3] = ["article", "subcategory", "category"];

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(PARAMETERS)?;
    levels(parameters)?;
    options(parameters).map(|_| ())
}

fn levels(parameters: &Parameters) -> Result<Vec<String>, Problem> {
    let named = parameters.texts("levels")?;
    let levels = named.unwrap_or_else(|| vec!["article".to_owned(), "category".to_owned()]);
    match parameters.get("levels") {
        Some(given) if levels.iter().any(|level| !LEVELS.contains(&level.as_str())) => {
            Err(given.refused("levels", &format!("a list of {}", LEVELS.join(", "))))
        }
        _ => Ok(levels),
    }
}

/// The search that the parameters ask for; shared with `next_best`.
pub(super) fn options(parameters: &Parameters) -> Result<StudyOptions, Problem> {
    let count = |name: &str, default: i64, least: i64, most: i64| -> Result<usize, Problem> {
        Ok(usize::try_from(parameters.integer(name, default, least, most)?).unwrap_or(0))
    };
    let min_confidence = parameters.number("min_confidence", 0.2, 0.0, 1.0)?;
    let mut wish = StudyOptions::new(min_confidence);
    let support = parameters.number("min_support", 0.0, 0.0, 1.0)?;
    wish.min_support = (support > 0.0).then_some(MinSupport::Share(support));
    wish.min_baskets = u32::try_from(count("min_baskets", 20, 1, 1_000_000)?).unwrap_or(u32::MAX);
    wish.max_len = count("max_len", 4, 2, 10)?;
    wish.max_itemsets = count("max_itemsets", 5_000, 100, 1_000_000)?;
    wish.max_rules = count("max_rules", 2_000, 1, 100_000)?;
    wish.max_basket_items = Some(count("max_basket_items", 5_000, 2, 100_000)?);
    if parameters.flag("keep_unproven", false)? {
        wish.rules = RuleOptions::new(min_confidence);
    }
    Ok(wish)
}

/// Takes lines as they come.
pub(super) fn begin(parameters: &Parameters) -> Result<Box<dyn Consumer>, MethodError> {
    let levels = levels(parameters)?.into_iter().map(|level| (level, SoldLines::default())).collect();
    Ok(Box::new(Reading { wish: options(parameters)?, levels, articles: HashMap::new() }))
}

/// The lines so far.
struct Reading {
    wish: StudyOptions,
    levels: Vec<(String, SoldLines)>,
    /// By code.
    articles: HashMap<String, Article>,
}

/// What is known of an article: of several names the newest.
#[derive(Default)]
struct Article {
    name: Option<(i32, String)>,
    on_hand: Option<i128>,
}

impl Consumer for Reading {
    fn take(&mut self, rows: &Rows) -> Result<(), MethodError> {
        for (level, lines) in &mut self.levels {
            take_lines(rows, level, lines)?;
        }
        self.take_articles(rows)
    }

    fn finish(self: Box<Self>) -> Result<MethodOutput, MethodError> {
        let Self { wish, levels, articles } = *self;
        let (mut itemsets, mut rules, mut findings) =
            (ItemsetRows::default(), RuleRows::default(), Vec::new());
        for (level, lines) in levels {
            let sales = lines.finish().map_err(|error| MethodError::Input(error.to_string()))?;
            let Some(found) = searched(&sales.named.baskets, &wish, &level, &mut findings)? else { continue };
            let none = HashMap::new();
            let articles = if level == "article" { &articles } else { &none };
            let shown = Shown { level: &level, sales: &sales, articles, found: &found };
            itemsets.add(&shown);
            rules.add(&shown);
        }
        let parts = BTreeMap::from([("itemsets", itemsets.finish()?), ("rules", rules.finish()?)]);
        Ok(MethodOutput { parts, findings })
    }
}

impl Reading {
    /// What people call the articles, and what is on hand of them, where it is known.
    fn take_articles(&mut self, rows: &Rows) -> Result<(), MethodError> {
        let codes = rows.texts("article")?;
        let names = rows.has("article_name").then(|| rows.texts("article_name")).transpose()?;
        let pieces = if rows.has("article_on_hand") { rows.amounts("article_on_hand")? } else { Vec::new() };
        let days = rows.days("day")?;
        for (row, code) in codes.iter().enumerate() {
            let Some(code) = code else { continue };
            if !self.articles.contains_key(code) {
                self.articles.insert(code.to_owned(), Article::default());
            }
            let Some(article) = self.articles.get_mut(code) else { continue };
            article.on_hand = article.on_hand.or(pieces.get(row).copied().flatten());
            let Some(names) = names.as_ref().filter(|names| names.is_valid(row)) else { continue };
            let (day, name) = (days.get(row).copied().flatten().unwrap_or(i32::MIN), names.value(row));
            let known = article.name.as_ref().map(|(day, name)| (*day, name.as_str()));
            if known.is_none_or(|known| known < (day, name)) {
                match &mut article.name {
                    Some((known, same)) if same == name => *known = day,
                    other => *other = Some((day, name.to_owned())),
                }
            }
        }
        Ok(())
    }
}

/// The study; `None` without baskets. A support that was set too low gives way to one that fits.
pub(super) fn searched(
    baskets: &Baskets,
    options: &StudyOptions,
    level: &str,
    findings: &mut Vec<Finding>,
) -> Result<Option<Study>, MethodError> {
    let go_on = AtomicBool::new(false);
    let found = match study(baskets, options, &go_on) {
        Err(
            BasketError::TooManyItemsets { .. } | BasketError::TooManyRules { .. } | BasketError::TooDeep,
        ) => {
            findings.push(too_many(level));
            let mut wish = StudyOptions { min_support: None, ..options.clone() };
            wish.max_itemsets = wish.max_itemsets.min(5_000);
            study(baskets, &wish, &go_on)
        }
        other => other,
    };
    match found {
        Ok(found) => Ok(Some(found)),
        Err(BasketError::NoBaskets { .. }) => Ok(None),
        Err(error) => Err(MethodError::Input(error.to_string())),
    }
}

fn too_many(level: &str) -> Finding {
    Finding {
        code: "too-many-itemsets",
        severity: Severity::Warning,
        source: "basket_rules".to_owned(),
        file: None,
        line: None,
        column: None,
        value: None,
        message: format!("`min_support` gives too many itemsets of `{level}`; a higher one was used"),
        remedy: "raise `min_support` in `marts/basket_rules.toml`, or leave it to the data".to_owned(),
        rows: 0,
    }
}

/// One level's search with the words for its items and their stock.
struct Shown<'a> {
    level: &'a str,
    sales: &'a Sales,
    articles: &'a HashMap<String, Article>,
    found: &'a Study,
}

impl Shown<'_> {
    fn codes(&self, items: &[u32]) -> Vec<String> {
        items.iter().map(|item| self.sales.named.name(*item)).collect()
    }

    /// Codes and names, readable.
    fn words(&self, items: &[u32]) -> (String, String) {
        let codes = self.codes(items);
        let names: Vec<&str> = codes.iter().map(|code| self.name_of(code).unwrap_or(code)).collect();
        (codes.join(" + "), names.join(" + "))
    }

    /// What people call an item; empty if it has no name of its own.
    fn name(&self, item: u32) -> &str {
        let code = self.sales.named.items.get(item as usize);
        code.and_then(|code| self.name_of(code)).unwrap_or_default()
    }

    fn name_of(&self, code: &str) -> Option<&str> {
        self.articles.get(code)?.name.as_ref().map(|(_, name)| name.as_str())
    }

    /// What is on hand of all items together: of the scarcest of them; empty if one is not known.
    fn on_hand(&self, items: &[u32]) -> Option<i128> {
        let pieces = items.iter().map(|item| self.articles.get(&self.sales.named.name(*item))?.on_hand);
        pieces.collect::<Option<Vec<i128>>>()?.into_iter().min()
    }

    fn min_support(&self) -> f64 {
        f64::from(self.found.itemsets.min_count) / self.found.itemsets.baskets.max(1) as f64
    }
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn text(values: Vec<String>) -> ArrayRef {
    Arc::new(StringArray::from(values))
}

fn integers(values: Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::from(values))
}

/// A list as JSON, for programs: names may hold anything.
fn json(items: &[String]) -> String {
    serde_json::Value::from(items.to_vec()).to_string()
}

#[derive(Default)]
struct ItemsetRows {
    texts: [Vec<String>; 4],
    integers: [Vec<i64>; 5],
    numbers: [Vec<f64>; 2],
}

impl ItemsetRows {
    fn add(&mut self, shown: &Shown<'_>) {
        let sets = &shown.found.itemsets;
        let mut sorted = sets.sorted();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (number, (items, count)) in sorted.iter().enumerate() {
            let (codes, names) = shown.words(items);
            let list = json(&shown.codes(items));
            for (column, value) in self.texts.iter_mut().zip([shown.level.to_owned(), codes, names, list]) {
                column.push(value);
            }
            let left_out = whole(sets.giants.baskets);
            let values =
                [whole(number + 1), whole(items.len()), i64::from(*count), whole(sets.baskets), left_out];
            for (column, value) in self.integers.iter_mut().zip(values) {
                column.push(value);
            }
            let support = f64::from(*count) / sets.baskets.max(1) as f64;
            for (column, value) in self.numbers.iter_mut().zip([support, shown.min_support()]) {
                column.push(value);
            }
        }
    }

    fn finish(self) -> Result<RecordBatch, MethodError> {
        let names = ["level", "items", "item_names", "item_list"];
        let mut columns: Vec<(&str, ArrayRef)> = names.into_iter().zip(self.texts.map(text)).collect();
        let names = ["itemset_no", "size", "itemset_baskets", "baskets", "baskets_left_out"];
        columns.extend(names.into_iter().zip(self.integers.map(integers)));
        let numbers = self.numbers.map(|values| Arc::new(Float64Array::from(values)) as ArrayRef);
        columns.extend(["support", "min_support"].into_iter().zip(numbers));
        table(columns)
    }
}

/// Names of the columns that are numbers, in the order of [`measures`].
const MEASURES: [&str; 16] = [
    "support",
    "confidence",
    "lift",
    "leverage",
    "conviction",
    "zhang",
    "jaccard",
    "kulczynski",
    "cosine",
    "imbalance",
    "chi_squared",
    "p_value",
    "q_value",
    "improvement",
    "productive_p",
    "min_support",
];

fn measures(rule: &Rule, min_support: f64) -> [Option<f64>; 16] {
    let counts = rule.counts;
    [
        Some(counts.support()),
        Some(counts.confidence()),
        Some(counts.lift()),
        Some(counts.leverage()),
        counts.conviction().filter(|value| value.is_finite()),
        Some(counts.zhang()),
        Some(counts.jaccard()),
        Some(counts.kulczynski()),
        Some(counts.cosine()),
        Some(counts.imbalance()),
        Some(counts.chi_squared()).filter(|value| value.is_finite()),
        Some(rule.p_value),
        Some(rule.q_value),
        Some(rule.improvement()),
        Some(rule.productive_p),
        Some(min_support),
    ]
}

const COUNTS: [&str; 9] = [
    "rule_no",
    "size",
    "baskets",
    "antecedent_baskets",
    "consequent_baskets",
    "both_baskets",
    "months_held",
    "months_total",
    "baskets_left_out",
];

#[derive(Default)]
struct RuleRows {
    texts: [Vec<String>; 7],
    counts: [Vec<i64>; 9],
    measures: [Vec<Option<f64>>; 16],
    flags: [Vec<bool>; 3],
    amounts: [Vec<Option<i128>>; 4],
}

impl RuleRows {
    fn add(&mut self, shown: &Shown<'_>) {
        let min_support = shown.min_support();
        let (standings, places) = shown.found.ranked(shown.sales, |item| shown.name(item));
        for (number, place) in (1..).zip(places) {
            let (Some(rule), Some(standing)) = (shown.found.rules.rules.get(place), standings.get(place))
            else {
                continue;
            };
            let (left, left_names) = shown.words(&rule.antecedent);
            let (right, right_names) = shown.words(&rule.consequent);
            let (left_list, right_list) =
                (json(&shown.codes(&rule.antecedent)), json(&shown.codes(&rule.consequent)));
            let texts = [shown.level.to_owned(), left, left_names, left_list, right, right_names, right_list];
            for (column, value) in self.texts.iter_mut().zip(texts) {
                column.push(value);
            }
            let (held, total) = shown.found.periods(place);
            let counts = rule.counts;
            let values = [
                number,
                whole(rule.antecedent.len() + rule.consequent.len()),
                counts.baskets.into(),
                counts.antecedent.into(),
                counts.consequent.into(),
                counts.both.into(),
                whole(held),
                whole(total),
                whole(shown.found.itemsets.giants.baskets),
            ];
            for (column, value) in self.counts.iter_mut().zip(values) {
                column.push(value);
            }
            for (column, value) in self.measures.iter_mut().zip(measures(rule, min_support)) {
                column.push(value);
            }
            let is_productive = rule.improvement() > 0.0 && rule.productive_p < 0.05;
            let flags = [standing.is_stable, is_productive, standing.is_variant];
            for (column, value) in self.flags.iter_mut().zip(flags) {
                column.push(value);
            }
            let worth = shown.sales.worth_of(&rule.consequent);
            let amounts = [
                Some(Worth::added(worth.revenue, counts)),
                worth.margin.map(|margin| Worth::added(margin, counts)),
                Some(standing.monthly),
                shown.on_hand(&rule.consequent),
            ];
            for (column, value) in self.amounts.iter_mut().zip(amounts) {
                column.push(value);
            }
        }
    }

    fn finish(self) -> Result<RecordBatch, MethodError> {
        let names = [
            "level",
            "antecedent",
            "antecedent_name",
            "antecedent_list",
            "consequent",
            "consequent_name",
            "consequent_list",
        ];
        let mut columns: Vec<(&str, ArrayRef)> = names.into_iter().zip(self.texts.map(text)).collect();
        columns.extend(COUNTS.into_iter().zip(self.counts.map(integers)));
        let numbers = self.measures.map(|values| Arc::new(Float64Array::from(values)) as ArrayRef);
        columns.extend(MEASURES.into_iter().zip(numbers));
        let flags = self.flags.map(|values| Arc::new(BooleanArray::from(values)) as ArrayRef);
        columns.extend(["is_stable", "is_productive", "is_variant"].into_iter().zip(flags));
        let names =
            ["added_revenue_amount", "added_margin_amount", "monthly_added_amount", "consequent_on_hand_qty"];
        for (name, values) in names.into_iter().zip(self.amounts) {
            columns.push((name, amounts(values)?));
        }
        table(columns)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Date32Array};
    use arrow::datatypes::{Float64Type, Int64Type};

    use super::*;

    fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
        let mut method = begin(parameters)?;
        method.take(rows)?;
        method.finish()
    }

    /// 40 receipts: tea and jam together in 20, each alone in 5, buns in 10; two months; jam costs half.
    fn lines(receipts: u32) -> Rows {
        let mut columns: [Vec<String>; 3] = Default::default();
        let (mut days, mut revenue, mut margin) = (Vec::new(), Vec::new(), Vec::new());
        let mut sell = |receipt: u32, article: &str| {
            let (first, second) = (format!("r{receipt}"), article.to_owned());
            for (column, value) in columns.iter_mut().zip([first, second, "sweets".to_owned()]) {
                column.push(value);
            }
            days.push(if receipt % 2 == 0 { 0 } else { 40 });
            revenue.push(Some(20_000));
            margin.push((article != "bun").then_some(10_000));
        };
        for receipt in 0..receipts {
            match receipt {
                0..20 => ["tea", "jam"].iter().for_each(|article| sell(receipt, article)),
                20..25 => sell(receipt, "tea"),
                25..30 => sell(receipt, "jam"),
                _ => sell(receipt, "bun"),
            }
        }
        let [baskets, articles, categories] = columns;
        let names = articles.iter().map(|code| code.to_uppercase()).collect();
        // 7 pieces of tea; nobody counts jam.
        let on_hand = articles.iter().map(|code| (code == "tea").then_some(70_000)).collect::<Vec<_>>();
        let batch = table(vec![
            ("article_on_hand", amounts(on_hand).expect("amounts")),
            ("basket", text(baskets)),
            ("article", text(articles)),
            ("article_name", text(names)),
            ("category", text(categories)),
            ("day", Arc::new(Date32Array::from(days)) as ArrayRef),
            ("revenue", amounts(revenue).expect("amounts")),
            ("margin", amounts(margin).expect("amounts")),
        ])
        .expect("a table");
        Rows::new(&batch.schema(), &[batch]).expect("rows")
    }

    #[test]
    fn one_search_fills_two_tables() {
        let made = run(&lines(40), &Parameters::default()).expect("tables");
        let rules = &made.parts["rules"];
        let column = |name: &str| rules.column_by_name(name).expect("a column");
        // tea -> jam and jam -> tea: 20 of 25 baskets, lift 20 * 40 / 25^2 = 1.28.
        assert_eq!(rules.num_rows(), 2);
        assert_eq!(column("confidence").as_primitive::<Float64Type>().values(), &[0.8, 0.8]);
        assert!((column("lift").as_primitive::<Float64Type>().value(0) - 1.28).abs() < 1e-12);
        assert_eq!(column("both_baskets").as_primitive::<Int64Type>().values(), &[20, 20]);
        assert_eq!(column("months_total").as_primitive::<Int64Type>().values(), &[2, 2]);
        assert_eq!(column("antecedent_name").as_string::<i32>().value(0), "JAM");
        assert_eq!(column("consequent_list").as_string::<i32>().value(0), "[\"tea\"]");
        let pieces = column("consequent_on_hand_qty").as_primitive::<arrow::datatypes::Decimal128Type>();
        assert_eq!(pieces.iter().collect::<Vec<_>>(), [Some(70_000), None]);
        // 20 receipts with both, 15.625 by chance, 1.00 each, in two months: 2.1875.
        let monthly = column("monthly_added_amount").as_primitive::<arrow::datatypes::Decimal128Type>();
        assert_eq!(monthly.values(), &[21_875, 21_875]);
        // A mean of 1.00 margin in a basket with tea, times (0.8 - 25/40) = 0.175.
        let added = column("added_margin_amount").as_primitive::<arrow::datatypes::Decimal128Type>();
        assert_eq!(added.value(0), 1_750);
        let itemsets = &made.parts["itemsets"];
        let levels = itemsets.column_by_name("level").expect("a column").as_string::<i32>();
        assert_eq!(
            levels.iter().flatten().collect::<Vec<_>>(),
            ["article", "article", "article", "category"]
        );
    }

    #[test]
    fn without_a_line_the_tables_are_empty() {
        let made = run(&lines(0), &Parameters::default()).expect("tables");
        assert_eq!((made.parts["rules"].num_rows(), made.parts["itemsets"].num_rows()), (0, 0));
    }
}
