//! `cohorts`: what customers did in the periods after their first purchase, by several definitions of a cohort.
//!
//! Reads rows of `customer_orders` with the first country, channel, article and category of the customer.
//! Every count and sum is also split by `sole_country_key`: each customer is in exactly one of its groups, so
//! the groups of a viewer add up to what that viewer may see, and all of them to the whole shop. Nothing about one
//! group depends on the rows of another but the first and last day of the data, which the calendar tells anyway.
//! Shares are left to those who read, because shares do not add up.
//! Parts: the cells, and `second_purchase`, the time to the second purchase, for all and for each country.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arrow::array::{Array, RecordBatch, StringViewArray};
use confect_analytics::cohort::{
    Cell, Cohort, CohortOptions, Cohorts, Grain, Survival, build_cohorts_by, second_purchase,
};
use confect_analytics::orders::Order;
use confect_domain::{Date, Parameters, Problem};

use super::orders::{Orders, notes};
use super::{MethodError, MethodOutput, columns};

const PARAMETERS: [&str; 4] = ["definitions", "warm_up_periods", "most_ages", "most_labels"];

/// Who belongs together: a word, the length of an age, and the column of the label if it goes by one.
const DEFINITIONS: [(&str, Grain, Option<&str>); 7] = [
    ("first_week", Grain::Week, None),
    ("first_month", Grain::Month, None),
    ("first_quarter", Grain::Quarter, None),
    ("first_country", Grain::Month, Some("first_country")),
    ("first_channel", Grain::Month, Some("first_channel")),
    ("first_article", Grain::Month, Some("first_article")),
    ("first_category", Grain::Month, Some("first_category")),
];

/// Where a label is not known, and where it is one of many rare ones.
const UNKNOWN: &str = "(unknown)";
const OTHER: &str = "(other)";
/// Key of the rows about all customers in tables whose rows do not add up.
const ALL: i64 = -1;

struct Options {
    definitions: Vec<(&'static str, Grain, Option<&'static str>)>,
    warm_up: u32,
    most_ages: usize,
    most_labels: usize,
}

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    options(parameters).map(|_| ())
}

fn options(parameters: &Parameters) -> Result<Options, Problem> {
    parameters.only(&PARAMETERS)?;
    let mut definitions = DEFINITIONS.to_vec();
    if let Some(names) = parameters.texts("definitions")? {
        let known = |name: &String| DEFINITIONS.iter().any(|definition| definition.0 == name);
        if let (Some(parameter), false) = (parameters.get("definitions"), names.iter().all(known)) {
            let words = DEFINITIONS.map(|definition| definition.0).join(", ");
            return Err(parameter.refused("definitions", &format!("a list of {words}")));
        }
        definitions.retain(|definition| names.iter().any(|name| name == definition.0));
    }
    let count = |name: &str, default: i64, most: i64| -> Result<usize, Problem> {
        Ok(usize::try_from(parameters.integer(name, default, 1, most)?).unwrap_or(1))
    };
    Ok(Options {
        definitions,
        warm_up: u32::try_from(parameters.integer("warm_up_periods", 1, 0, 1_000)?).unwrap_or(0),
        most_ages: count("most_ages", 60, 5_200)?,
        most_labels: count("most_labels", 50, 10_000)?,
    })
}

/// The cohorts of one definition; labels are `country key` or `country key, label`.
struct Built {
    name: &'static str,
    grain: Grain,
    by_label: bool,
    cohorts: Vec<Cohort>,
}

pub(super) fn run(orders: &Orders, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let options = options(parameters)?;
    let (mut built, mut findings) = (Vec::new(), Vec::new());
    if let Some(as_of) = orders.as_of {
        let work = |definition: &(&'static str, Grain, Option<&'static str>)| {
            one_definition(orders, as_of, *definition, &options)
        };
        let made: Vec<Result<(Built, Cohorts), MethodError>> = std::thread::scope(|scope| {
            let halves = options.definitions.chunks(options.definitions.len().div_ceil(2).max(1));
            let workers: Vec<_> =
                halves.map(|half| scope.spawn(move || half.iter().map(work).collect::<Vec<_>>())).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
        });
        if made.len() != options.definitions.len() {
            return Err(MethodError::Input("building cohorts panicked".to_owned()));
        }
        for made in made {
            let (definition, cohorts) = made?;
            if findings.is_empty() {
                findings = notes(&cohorts.caveats, "cohorts");
            }
            built.push(definition);
        }
    }
    let known = orders.list.iter().filter(|order| order.margin.is_some());
    let has_margin: BTreeSet<i64> = known.map(|order| orders.country(order.customer)).collect();
    let parts = BTreeMap::from([
        ("", cells(&built, &has_margin, options.most_ages)?),
        ("second_purchase", waiting(orders)?),
    ]);
    Ok(MethodOutput { parts, findings })
}

fn one_definition(
    orders: &Orders,
    as_of: Date,
    (name, grain, column): (&'static str, Grain, Option<&'static str>),
    options: &Options,
) -> Result<(Built, Cohorts), MethodError> {
    let labels = Labels::new(orders, column, options.most_labels)?;
    let cohort_options = CohortOptions { grain, observed_to: as_of.plus_days(-1), warm_up: options.warm_up };
    let mut cohorts = build_cohorts_by(&orders.list, &cohort_options, |customer| labels.of(customer));
    let by_label = column.is_some();
    let kept = std::mem::take(if by_label { &mut cohorts.cohorts } else { &mut cohorts.parts });
    Ok((Built { name, grain, by_label, cohorts: kept }, cohorts))
}

/// The label of each customer, beginning with the key of its country.
struct Labels {
    names: Vec<String>,
    of_customer: Vec<u32>,
}

impl Labels {
    fn new(orders: &Orders, column: Option<&str>, most: usize) -> Result<Self, MethodError> {
        let texts = column.map(|column| orders.about.texts(column)).transpose()?;
        let customers = || (0_i64..).take(orders.customers());
        // Of each country by itself: which labels of one are common must not depend on the others.
        let common = texts
            .as_ref()
            .map(|texts| common(texts, customers().map(|at| (orders.country(at), orders.row(at))), most));
        let mut numbers: HashMap<(i64, Option<&str>), u32> = HashMap::new();
        let (mut names, mut of_customer) = (Vec::new(), Vec::new());
        for customer in customers() {
            let label = texts.as_ref().map(|texts| text(texts, orders.row(customer)).unwrap_or(UNKNOWN));
            let label = label.map(|label| match &common {
                Some(common) if label != UNKNOWN && !common.contains(&(orders.country(customer), label)) => {
                    OTHER
                }
                _ => label,
            });
            let key = (orders.country(customer), label);
            let next = u32::try_from(names.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(key).or_insert(next);
            if number == next {
                names.push(label.map_or_else(|| key.0.to_string(), |label| format!("{}\u{1}{label}", key.0)));
            }
            of_customer.push(number);
        }
        Ok(Self { names, of_customer })
    }

    fn of(&self, customer: i64) -> Option<&str> {
        let number = usize::try_from(customer).ok().and_then(|at| self.of_customer.get(at))?;
        self.names.get(*number as usize).map(String::as_str)
    }
}

fn text(texts: &StringViewArray, row: usize) -> Option<&str> {
    (row < texts.len() && texts.is_valid(row)).then(|| texts.value(row))
}

/// The labels that most customers of each country have, ties by name.
fn common(
    texts: &StringViewArray,
    rows: impl Iterator<Item = (i64, usize)>,
    most: usize,
) -> BTreeSet<(i64, &str)> {
    let mut counts: BTreeMap<i64, HashMap<&str, usize>> = BTreeMap::new();
    for (country, row) in rows {
        if let Some(label) = text(texts, row) {
            *counts.entry(country).or_default().entry(label).or_default() += 1;
        }
    }
    let mut kept = BTreeSet::new();
    for (country, counts) in counts {
        let mut ranked: Vec<(std::cmp::Reverse<usize>, &str)> =
            counts.into_iter().map(|(label, count)| (std::cmp::Reverse(count), label)).collect();
        ranked.sort_unstable();
        kept.extend(ranked.into_iter().take(most).map(|(_, label)| (country, label)));
    }
    kept
}

/// One row of the table.
struct Row<'a> {
    built: &'a Built,
    cohort: &'a Cohort,
    country: i64,
    name: String,
    age: usize,
    cell: Option<Cell>,
}

/// `has_margin`: countries in which a cost is known.
fn cells(built: &[Built], has_margin: &BTreeSet<i64>, most_ages: usize) -> Result<RecordBatch, MethodError> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for built in built {
        for cohort in &built.cohorts {
            let label = cohort.label.as_deref().unwrap_or_default();
            let (country, name) = label.split_once('\u{1}').unwrap_or((label, ""));
            let name = match cohort.start {
                Some(start) if !built.by_label => start.to_string(),
                _ => name.to_owned(),
            };
            let country = country.parse().unwrap_or_default();
            for (age, cell) in cohort.cells.iter().take(most_ages).enumerate() {
                rows.push(Row { built, cohort, country, name: name.clone(), age, cell: *cell });
            }
        }
    }
    let count = |count: usize| i64::try_from(count).ok();
    let counted = |value: fn(&Cell) -> usize| {
        columns::integers(rows.iter().map(|row| row.cell.as_ref().and_then(|cell| count(value(cell)))))
    };
    let summed =
        |value: fn(&Cell) -> i128| columns::amounts(rows.iter().map(|row| row.cell.as_ref().map(value)));
    let margin = |value: fn(&Cell) -> i128| {
        columns::amounts(
            rows.iter().map(|row| row.cell.as_ref().filter(|_| has_margin.contains(&row.country)).map(value)),
        )
    };
    let start = |row: &Row<'_>| row.cohort.start.filter(|_| !row.built.by_label);
    let period = |row: &Row<'_>| {
        let age = i32::try_from(row.age).ok()?;
        Some(row.built.grain.start(row.built.grain.index(start(row)?).saturating_add(age)))
    };
    columns::table(vec![
        ("definition", columns::texts(rows.iter().map(|row| Some(row.built.name)))),
        ("grain", columns::texts(rows.iter().map(|row| Some(grain_word(row.built.grain))))),
        ("cohort", columns::texts(rows.iter().map(|row| Some(&row.name)))),
        ("cohort_start", columns::days(rows.iter().map(start))),
        ("sole_country_key", columns::integers(rows.iter().map(|row| Some(row.country)))),
        ("age", columns::integers(rows.iter().map(|row| count(row.age)))),
        ("period_start", columns::days(rows.iter().map(period))),
        ("customers", columns::integers(rows.iter().map(|row| count(row.cohort.customers)))),
        ("observed_customers", counted(|cell| cell.observed)),
        ("active_customers", counted(|cell| cell.active)),
        ("returning_customers", counted(|cell| cell.returning)),
        ("orders", counted(|cell| usize::try_from(cell.orders).unwrap_or(usize::MAX))),
        ("revenue", summed(|cell| cell.revenue)?),
        ("margin_amount", margin(|cell| cell.margin)?),
        ("cumulative_revenue", summed(|cell| cell.cumulative_revenue)?),
        ("cumulative_margin", margin(|cell| cell.cumulative_margin)?),
        ("is_complete", columns::flags(rows.iter().map(|row| row.cell.map(|cell| cell.complete)))),
        ("is_warm_up", columns::flags(rows.iter().map(|row| Some(row.cohort.warming_up)))),
    ])
}

fn grain_word(grain: Grain) -> &'static str {
    match grain {
        Grain::Week => "week",
        Grain::Month => "month",
        Grain::Quarter => "quarter",
    }
}

/// Curves of the time to the second purchase: for all, and for each country.
fn waiting(orders: &Orders) -> Result<RecordBatch, MethodError> {
    let mut curves: Vec<(i64, Survival)> = Vec::new();
    if let Some(as_of) = orders.as_of {
        let observed_to = as_of.plus_days(-1);
        curves.push((ALL, second_purchase(&orders.list, observed_to)));
        let mut by_country: BTreeMap<i64, Vec<Order>> = BTreeMap::new();
        for order in &orders.list {
            by_country.entry(orders.country(order.customer)).or_default().push(*order);
        }
        for (country, list) in by_country {
            curves.push((country, second_purchase(&list, observed_to)));
        }
    }
    let rows: Vec<_> = curves
        .iter()
        .flat_map(|(scope, curve)| curve.steps.iter().map(move |step| (*scope, curve, step)))
        .collect();
    let count = |count: usize| i64::try_from(count).ok();
    columns::table(vec![
        ("scope_key", columns::integers(rows.iter().map(|row| Some(row.0)))),
        ("sole_country_key", columns::integers(rows.iter().map(|row| Some(row.0).filter(|key| *key != ALL)))),
        ("days", columns::integers(rows.iter().map(|row| Some(row.2.days.into())))),
        ("customers", columns::integers(rows.iter().map(|row| count(row.1.customers)))),
        ("at_risk", columns::integers(rows.iter().map(|row| count(row.2.at_risk)))),
        ("second_purchases", columns::integers(rows.iter().map(|row| count(row.2.events)))),
        ("repeated_share", columns::decimals(rows.iter().map(|row| Some(1.0 - row.2.waiting)))?),
        ("repeated_low", columns::decimals(rows.iter().map(|row| row.2.interval.map(|ends| 1.0 - ends.1)))?),
        ("repeated_high", columns::decimals(rows.iter().map(|row| row.2.interval.map(|ends| 1.0 - ends.0)))?),
    ])
}
