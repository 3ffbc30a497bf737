//! The table of cohorts and ages, its averages, and the roll-up by a label of the caller.

use std::collections::BTreeMap;

use confect_domain::Date;

use crate::caveat::Caveat;
use crate::orders::{Order, by_customer, customers, units};

use super::grain::Grain;

/// What one cohort did at one age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Customers whose period of this age has begun; the base of every share.
    pub observed: usize,
    /// Of these, customers with a purchase in it.
    pub active: usize,
    /// Of these, customers with a purchase in it or later.
    pub returning: usize,
    /// Purchases in it.
    pub orders: u64,
    /// Net revenue in it, in ten-thousandths.
    pub revenue: i128,
    /// Margin in it where it is known, in ten-thousandths.
    pub margin: i128,
    /// Net revenue of the observed customers from their first purchase to its end, in ten-thousandths.
    pub cumulative_revenue: i128,
    /// Margin of the observed customers up to its end where it is known, in ten-thousandths.
    pub cumulative_margin: i128,
    /// Whether it has ended for all of them.
    pub complete: bool,
}

impl Cell {
    /// The share of customers with a purchase in the period.
    pub fn retention(&self) -> Option<f64> {
        (self.observed > 0).then(|| self.active as f64 / self.observed as f64)
    }

    /// The share of customers with a purchase in the period or later; never rises with age.
    pub fn rolling_retention(&self) -> Option<f64> {
        (self.observed > 0).then(|| self.returning as f64 / self.observed as f64)
    }

    /// Revenue up to the end of the period per customer, in units of money.
    pub fn value_per_customer(&self) -> Option<f64> {
        (self.observed > 0).then(|| units(self.cumulative_revenue) / self.observed as f64)
    }

    /// Wilson's interval of the retention at 95 %.
    pub fn retention_interval(&self) -> Option<(f64, f64)> {
        let (share, count) = (self.retention()?, self.observed as f64);
        let square = 1.959_963_984_540_054_f64.powi(2);
        let middle = share + square / (2.0 * count);
        let half = (square * (share * (1.0 - share) / count + square / (4.0 * count * count))).sqrt();
        let below = 1.0 + square / count;
        Some((((middle - half) / below).max(0.0), ((middle + half) / below).min(1.0)))
    }

    fn add(&mut self, other: &Self) {
        self.observed += other.observed;
        self.active += other.active;
        self.returning += other.returning;
        self.orders += other.orders;
        self.revenue = self.revenue.saturating_add(other.revenue);
        self.margin = self.margin.saturating_add(other.margin);
        self.cumulative_revenue = self.cumulative_revenue.saturating_add(other.cumulative_revenue);
        self.cumulative_margin = self.cumulative_margin.saturating_add(other.cumulative_margin);
        self.complete &= other.complete;
    }
}

/// Customers who belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// The label of the caller; `None` where cohorts are by first purchase only, or a customer has no label.
    pub label: Option<String>,
    /// The first day of the period of the first purchase; `None` for a label over all periods.
    pub start: Option<Date>,
    /// How many customers.
    pub customers: usize,
    /// Whether it began so early that some of its customers may have bought before the data begin.
    pub warming_up: bool,
    /// By age from 0; `None` where that age has not begun for anyone.
    pub cells: Vec<Option<Cell>>,
}

/// What is decided about cohorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CohortOptions {
    /// The length of a period.
    pub grain: Grain,
    /// The last day of observation, itself observed; later orders are not seen.
    pub observed_to: Date,
    /// Cohorts of the first so many periods of the data are marked.
    pub warm_up: u32,
}

/// The table: as many cells in each cohort as there are ages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohorts {
    /// By label, then start.
    pub cohorts: Vec<Cohort>,
    /// What was left out or is odd.
    pub caveats: Vec<Caveat>,
    /// The same by label and start, which averages are made of.
    pub parts: Vec<Cohort>,
}

impl Cohorts {
    /// The retention of an age over all cohorts, weighted by customers; without cells that have not ended unless
    /// `unfinished`.
    pub fn mean_retention(&self, age: usize, unfinished: bool) -> Option<f64> {
        self.total(age, unfinished)?.retention()
    }

    /// All cohorts at one age as one cell; `None` where nobody was observed.
    pub fn total(&self, age: usize, unfinished: bool) -> Option<Cell> {
        let cells = self.parts.iter().filter_map(|cohort| cohort.cells.get(age).copied().flatten());
        cells.filter(|cell| unfinished || cell.complete).reduce(|mut sum, cell| {
            sum.add(&cell);
            sum
        })
    }
}

/// Cohorts by the period of the first purchase.
pub fn build_cohorts(orders: &[Order], options: &CohortOptions) -> Cohorts {
    build(orders, options, None)
}

/// Cohorts by a label of each customer, over all periods of first purchase; customers without a label are one.
///
/// A cell counts the customers for whom that age has begun, so that late customers never look lost.
pub fn build_cohorts_by<'a>(
    orders: &[Order],
    options: &CohortOptions,
    label: impl Fn(i64) -> Option<&'a str>,
) -> Cohorts {
    build(orders, options, Some(&label))
}

/// A century of weeks: earlier days are slips of the pen, and a table with a column for each would not end.
const MOST_AGES: i64 = 5_200;

type Label<'f, 'a> = &'f dyn Fn(i64) -> Option<&'a str>;

/// Sums by age of one cohort while customers are added.
#[derive(Default)]
struct Sums {
    customers: usize,
    cells: Vec<Cell>,
}

fn build<'a>(orders: &[Order], options: &CohortOptions, label: Option<Label<'_, 'a>>) -> Cohorts {
    let mut sums: BTreeMap<(Option<&'a str>, i32), Sums> = BTreeMap::new();
    let last = options.grain.index(options.observed_to);
    let (mut never_bought, mut early_credits, mut too_old) = (0, 0, 0);
    for orders in customers(&by_customer(orders)) {
        let seen = orders.partition_point(|order| order.day <= options.observed_to);
        let orders = orders.get(..seen).unwrap_or_default();
        let Some(at) = orders.iter().position(|order| order.is_purchase) else {
            never_bought += usize::from(!orders.is_empty());
            continue;
        };
        early_credits += at;
        let orders = orders.get(at..).unwrap_or_default();
        let Some(first) = orders.first() else { continue };
        let start = options.grain.index(first.day);
        if i64::from(last) - i64::from(start) >= MOST_AGES {
            too_old += 1;
            continue;
        }
        let name = label.and_then(|label| label(first.customer));
        let cohort = sums.entry((name, start)).or_default();
        cohort.customers += 1;
        let ages = last.saturating_sub(start).max(0) as usize + 1;
        cohort.cells.resize(ages, Cell::default());
        add_customer(&mut cohort.cells, orders, start, options.grain);
    }
    let data_start = sums.keys().map(|(_, start)| *start).min().unwrap_or(last);
    let ages = last.saturating_sub(data_start).max(0) as usize + 1;
    let ended =
        options.grain.start(last.saturating_add(1)).days() == options.observed_to.days().saturating_add(1);
    let parts: Vec<Cohort> = sums
        .into_iter()
        .map(|((label, start), sums)| Cohort {
            label: label.map(str::to_owned),
            start: Some(options.grain.start(start)),
            customers: sums.customers,
            warming_up: i64::from(start) - i64::from(data_start) < i64::from(options.warm_up),
            cells: finish(sums, ages, ended),
        })
        .collect();
    let cohorts = if label.is_some() { by_label(&parts, ages) } else { parts.clone() };
    Cohorts { cohorts, caveats: caveats(never_bought, early_credits, too_old, &parts), parts }
}

/// Adds what one customer did at each age; the first order is the first purchase.
fn add_customer(cells: &mut [Cell], orders: &[Order], start: i32, grain: Grain) {
    let age = |order: &Order| grain.index(order.day).saturating_sub(start).max(0) as usize;
    let mut last_active = None;
    for order in orders {
        let Some(cell) = cells.get_mut(age(order)) else { continue };
        cell.revenue = cell.revenue.saturating_add(order.revenue);
        cell.margin = cell.margin.saturating_add(order.margin.unwrap_or_default());
        if order.is_purchase {
            cell.orders += 1;
            // By day: the first of an age is the one that differs from the last.
            if last_active != Some(age(order)) {
                cell.active += 1;
                last_active = Some(age(order));
            }
        }
    }
    for cell in cells.iter_mut().take(last_active.map_or(0, |age| age + 1)) {
        cell.returning += 1;
    }
}

fn finish(sums: Sums, ages: usize, ended: bool) -> Vec<Option<Cell>> {
    let (mut revenue, mut margin) = (0_i128, 0_i128);
    let own = sums.cells.len();
    let mut cells: Vec<Option<Cell>> = Vec::with_capacity(ages);
    for (age, mut cell) in sums.cells.into_iter().enumerate() {
        revenue = revenue.saturating_add(cell.revenue);
        margin = margin.saturating_add(cell.margin);
        cell.observed = sums.customers;
        cell.cumulative_revenue = revenue;
        cell.cumulative_margin = margin;
        cell.complete = ended || age + 1 < own;
        cells.push(Some(cell));
    }
    cells.resize(ages, None);
    cells
}

fn by_label(parts: &[Cohort], ages: usize) -> Vec<Cohort> {
    let same = |left: &Cohort, right: &Cohort| left.label == right.label;
    let merged = parts.chunk_by(same).filter_map(|group| {
        let first = group.first()?;
        let cell = |age: usize| {
            group.iter().filter_map(|part| part.cells.get(age).copied().flatten()).reduce(|mut sum, cell| {
                sum.add(&cell);
                sum
            })
        };
        Some(Cohort {
            label: first.label.clone(),
            start: None,
            customers: group.iter().map(|part| part.customers).sum(),
            warming_up: group.iter().any(|part| part.warming_up),
            cells: (0..ages).map(cell).collect(),
        })
    });
    merged.collect()
}

fn caveats(never_bought: usize, early_credits: usize, too_old: usize, parts: &[Cohort]) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let remedy = "load the time before, in which they bought";
    if never_bought > 0 {
        let message = format!("{never_bought} customers have credits but no purchase and are in no cohort");
        caveats.push(Caveat::new("cohort-credits-only", never_bought, message, remedy));
    }
    if early_credits > 0 {
        let message = format!("{early_credits} credits lie before the first purchase and are left out");
        caveats.push(Caveat::new("cohort-early-credit", early_credits, message, remedy));
    }
    if too_old > 0 {
        let message =
            format!("{too_old} customers first bought {MOST_AGES} periods ago or more and are left out");
        caveats.push(Caveat::new("cohort-too-old", too_old, message, "check the dates of their orders"));
    }
    let warming: usize = parts.iter().filter(|part| part.warming_up).map(|part| part.customers).sum();
    if warming > 0 {
        let message = format!("{warming} customers are in cohorts of the first periods of the data");
        let remedy = "some of them may have bought before; do not compare these cohorts with later ones";
        caveats.push(Caveat::new("cohort-warm-up", warming, message, remedy));
    }
    caveats
}
