//! `bridge`: why net sales of a month differ from those of the month before and of the year before.
//!
//! Reads sums that SQL made, told apart by `kind`:
//!
//! | kind | per month, country and | columns |
//! |---|---|---|
//! | `sold` | article | `quantity`, `gross`, `discount` of known customers |
//! | `returned` | | `gross`: what known customers got back |
//! | `unknown` | | `gross`: net sales without a customer, `lines` |
//! | `buyers` | | `customers`, `orders` of known customers |
//! | `all_buyers` | (all countries) | the same, each counted once |
//!
//! One bridge for all countries and one for each: reasons of countries do not add up to those of the whole,
//! because a rate of the whole is no sum. The bridge of the whole is shown to those only who may see everything.

use std::collections::BTreeMap;

use arrow::array::Array;
use confect_analytics::bridge::{Bridge, Effect, PeriodSums, bridge_sums};
use confect_analytics::cohort::Grain;
use confect_domain::{Date, Parameters, Problem};

use super::{MethodError, MethodOutput, Rows, columns};

/// Key of the rows about all countries.
const ALL: i64 = -1;
/// Months that are looked back at most, so that a slip of the pen in a date does not make a table of centuries.
const MOST_MONTHS: i32 = 1_200;

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    parameters.only(&["comparisons"])?;
    comparisons(parameters).map(|_| ())
}

/// Word and months back.
fn comparisons(parameters: &Parameters) -> Result<Vec<(&'static str, i32)>, Problem> {
    const KNOWN: [(&str, i32); 2] = [("previous_month", 1), ("last_year", 12)];
    let Some(names) = parameters.texts("comparisons")? else { return Ok(KNOWN.to_vec()) };
    let known = |name: &String| KNOWN.iter().any(|comparison| comparison.0 == name);
    if let (Some(parameter), false) = (parameters.get("comparisons"), names.iter().all(known)) {
        return Err(parameter.refused("comparisons", "a list of previous_month, last_year"));
    }
    Ok(KNOWN.into_iter().filter(|comparison| names.iter().any(|name| name == comparison.0)).collect())
}

type Periods = BTreeMap<(i64, i32), PeriodSums>;

/// One bridge with what it is about.
struct Told {
    month: i32,
    base: i32,
    comparison: &'static str,
    scope: i64,
    complete: bool,
    bridge: Bridge,
}

pub(super) fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let periods = periods(rows)?;
    let day = |name: &str| -> Result<Option<Date>, MethodError> {
        Ok(rows.days(name)?.into_iter().flatten().next().map(Date::from_days))
    };
    let (from, to) = (day("data_from")?, day("data_to")?);
    let mut told = Vec::new();
    if let (Some(from), Some(to)) = (from, to) {
        let (first, last) = (Grain::Month.index(from), Grain::Month.index(to));
        let first = first.max(last.saturating_sub(MOST_MONTHS));
        let whole = |month: i32| {
            Grain::Month.start(month) >= from
                && Grain::Month.start(month.saturating_add(1)).plus_days(-1) <= to
        };
        let mut scopes: Vec<i64> = periods.keys().map(|key| key.0).collect();
        scopes.dedup();
        let nothing = PeriodSums::default();
        let sums = |scope: i64, month: i32| periods.get(&(scope, month)).unwrap_or(&nothing);
        for (comparison, back) in comparisons(parameters)? {
            for month in first.saturating_add(back)..=last {
                let base = month - back;
                for scope in &scopes {
                    let (old, new) = (sums(*scope, base), sums(*scope, month));
                    if *scope == ALL || old != &nothing || new != &nothing {
                        let (complete, bridge) = (whole(month) && whole(base), bridge_sums(old, new));
                        told.push(Told { month, base, comparison, scope: *scope, complete, bridge });
                    }
                }
            }
        }
    }
    table(&told)
}

fn periods(rows: &Rows) -> Result<Periods, MethodError> {
    let (kinds, months) = (rows.texts("kind")?, rows.days("month")?);
    let (countries, articles) = (rows.integers("country_key")?, rows.integers("product_key")?);
    let (quantities, grosses) = (rows.amounts("quantity")?, rows.amounts("gross")?);
    let discounts = rows.amounts("discount")?;
    let (customers, orders) = (rows.integers("customers")?, rows.integers("orders")?);
    let lines = rows.integers("lines")?;
    let mut periods = Periods::new();
    for (row, month) in months.iter().enumerate() {
        let Some(month) = month.map(|day| Grain::Month.index(Date::from_days(day))) else { continue };
        let kind = if kinds.is_valid(row) { kinds.value(row) } else { "" };
        let amount = |column: &[Option<i128>]| column.get(row).copied().flatten().unwrap_or_default();
        let whole = |column: &[Option<i64>]| column.get(row).copied().flatten().unwrap_or_default();
        let count = |column: &[Option<i64>]| usize::try_from(whole(column)).unwrap_or_default();
        let scopes = match kind {
            "all_buyers" => [Some(ALL), None],
            "buyers" => [None, Some(whole(&countries))],
            _ => [Some(ALL), Some(whole(&countries))],
        };
        for scope in scopes.into_iter().flatten() {
            let sums = periods.entry((scope, month)).or_default();
            match kind {
                "sold" => {
                    sums.sell(whole(&articles), amount(&quantities), amount(&grosses), amount(&discounts));
                }
                "returned" => sums.returns = sums.returns.saturating_add(amount(&grosses)),
                "unknown" => {
                    sums.unknown = sums.unknown.saturating_add(amount(&grosses));
                    sums.unknown_lines += count(&lines);
                }
                _ => {
                    sums.customers += count(&customers);
                    sums.orders += count(&orders);
                }
            }
        }
    }
    Ok(periods)
}

fn table(told: &[Told]) -> Result<MethodOutput, MethodError> {
    // Lines without a quantity are in no net sales.
    let parts = |told: &Told| -> Vec<(i64, Effect, i128)> {
        let effects =
            (1_i64..).zip(&told.bridge.effects).map(|(at, (effect, amount))| (at, *effect, *amount));
        effects.filter(|(_, effect, amount)| *effect != Effect::Adjustments || *amount != 0).collect()
    };
    let rows: Vec<(&Told, (i64, Effect, i128))> =
        told.iter().flat_map(|told| parts(told).into_iter().map(move |part| (told, part))).collect();
    let month = |month: i32| Some(Grain::Month.start(month));
    let scope = |told: &Told| Some(if told.scope == ALL { "all" } else { "country" });
    let batch = columns::table(vec![
        ("month", columns::days(rows.iter().map(|row| month(row.0.month)))),
        ("comparison", columns::texts(rows.iter().map(|row| Some(row.0.comparison)))),
        ("base_month", columns::days(rows.iter().map(|row| month(row.0.base)))),
        ("scope_key", columns::integers(rows.iter().map(|row| Some(row.0.scope)))),
        ("scope", columns::texts(rows.iter().map(|row| scope(row.0)))),
        (
            "country_key",
            columns::integers(rows.iter().map(|row| Some(row.0.scope).filter(|key| *key != ALL))),
        ),
        ("component", columns::texts(rows.iter().map(|row| Some(row.1.1.word())))),
        ("position", columns::integers(rows.iter().map(|row| Some(row.1.0)))),
        ("amount", columns::amounts(rows.iter().map(|row| Some(row.1.2)))?),
        ("net_sales_before", columns::amounts(rows.iter().map(|row| Some(row.0.bridge.before)))?),
        ("net_sales_after", columns::amounts(rows.iter().map(|row| Some(row.0.bridge.after)))?),
        ("is_complete", columns::flags(rows.iter().map(|row| Some(row.0.complete)))),
    ])?;
    Ok(MethodOutput::single(batch))
}
