//! `signals`: who is a whale, who is about to leave and why, who is left alone as a control group.
//!
//! Reads rows of `customer_orders` with `p_alive` and `clv_12m` of the customer. One row for every customer with
//! a purchase. What a customer's share of all revenue is stays out, because it would tell a viewer of one country
//! what the others bring.

use std::collections::BTreeMap;

use confect_analytics::clv::CustomerValue;
use confect_analytics::whales::{
    AtRisk, ChurnOptions, Reason, WhaleRule, find_whales, list_churn_drawn, revenue_by_customer,
};
use confect_domain::{Date, Parameters, Problem};

use super::orders::{Orders, notes};
use super::{MethodError, MethodOutput, columns};

const PARAMETERS: [&str; 10] = [
    "whale_rule",
    "whale_share",
    "whale_days",
    "usual_share",
    "min_gaps",
    "p_alive_below",
    "lost_after_days",
    "min_at_stake",
    "control_share",
    "seed",
];

struct Options {
    churn: ChurnOptions,
    whales: WhaleRule,
    whale_days: i32,
}

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    options(parameters, Date::from_days(0)).map(|_| ())
}

fn options(parameters: &Parameters, as_of: Date) -> Result<Options, Problem> {
    parameters.only(&PARAMETERS)?;
    let usual = ChurnOptions::as_of(as_of);
    let share = parameters.number("whale_share", 0.01, 0.0, 1.0)?;
    let rules = ["top_share", "revenue_share", "outlier"];
    let whales = match parameters.word("whale_rule", "top_share", &rules)? {
        "revenue_share" => WhaleRule::RevenueShare(share),
        "outlier" => WhaleRule::Outlier,
        _ => WhaleRule::TopShare(share),
    };
    let days = |name: &str, default: i32| -> Result<i32, Problem> {
        let days = parameters.integer(name, default.into(), 0, 100_000)?;
        Ok(i32::try_from(days).unwrap_or(default))
    };
    let gaps = parameters.integer("min_gaps", 4, 1, 1_000)?;
    Ok(Options {
        churn: ChurnOptions {
            usual_share: parameters.number("usual_share", usual.usual_share, 0.5, 1.0)?,
            min_gaps: usize::try_from(gaps).unwrap_or(usual.min_gaps),
            p_alive_below: parameters.number("p_alive_below", usual.p_alive_below, 0.0, 1.0)?,
            lost_after: days("lost_after_days", usual.lost_after)?,
            min_at_stake: parameters.number("min_at_stake", usual.min_at_stake, 0.0, 1e12)?,
            control_share: parameters.number("control_share", usual.control_share, 0.0, 1.0)?,
            seed: parameters.integer("seed", 1, 0, i64::MAX)?.unsigned_abs(),
            ..usual
        },
        whales,
        whale_days: days("whale_days", 0)?,
    })
}

pub(super) fn run(orders: &Orders, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let as_of = orders.as_of.unwrap_or(Date::from_days(0));
    let options = options(parameters, as_of)?;
    let list =
        list_churn_drawn(&orders.list, &values(orders)?, &options.churn, |customer| orders.lot(customer));
    let mut at_risk: Vec<Option<&AtRisk>> = vec![None; orders.customers()];
    for row in &list.rows {
        if let Some(slot) = usize::try_from(row.customer).ok().and_then(|at| at_risk.get_mut(at)) {
            *slot = Some(row);
        }
    }
    let from = (options.whale_days > 0).then(|| as_of.plus_days(-options.whale_days));
    let revenues = revenue_by_customer(&orders.list, from, as_of.plus_days(-1));
    let mut whales: Vec<i64> =
        find_whales(&revenues, options.whales).into_iter().map(|whale| whale.customer).collect();
    whales.sort_unstable();
    let bought = buyers(orders, as_of);
    let risk =
        |customer: &i64| usize::try_from(*customer).ok().and_then(|at| at_risk.get(at).copied().flatten());
    let each = || bought.iter().map(|(customer, last)| (customer, *last, risk(customer)));
    let table = columns::table(vec![
        ("customer_id", orders.ids(bought.iter().map(|(customer, _)| *customer))?),
        ("sole_country_key", columns::integers(each().map(|row| Some(orders.country(*row.0))))),
        ("is_whale", columns::flags(each().map(|row| Some(whales.binary_search(row.0).is_ok())))),
        (
            "days_silent",
            columns::integers(each().map(|row| Some(i64::from(as_of.days()) - i64::from(row.1.days())))),
        ),
        ("usual_gap_days", columns::decimals(each().map(|row| row.2.and_then(|risk| risk.usual_gap)))?),
        ("is_at_risk", columns::flags(each().map(|row| Some(row.2.is_some())))),
        ("risk_reasons", columns::texts(each().map(|row| row.2.map(told)))),
        ("at_stake", columns::decimals(each().map(|row| row.2.map(|risk| risk.at_stake)))?),
        ("is_control", columns::flags(each().map(|row| row.2.map(|risk| risk.control)))),
    ])?;
    let parts = BTreeMap::from([("", table)]);
    Ok(MethodOutput { parts, findings: notes(&list.caveats, "signals") })
}

/// What a model thinks of each customer, by number.
fn values(orders: &Orders) -> Result<Vec<CustomerValue>, MethodError> {
    let (alive, worth) = (orders.about.numbers("p_alive")?, orders.about.numbers("clv_12m")?);
    let customers = (0_i64..).take(orders.customers());
    let value = |customer: i64| {
        let row = orders.row(customer);
        Some(CustomerValue {
            customer,
            repeats: 0,
            p_alive: alive.get(row).copied().flatten(),
            expected_orders: 0.0,
            order_value: 0.0,
            value: worth.get(row).copied().flatten()?,
            value_interval: None,
            historic_revenue: 0,
        })
    };
    Ok(customers.filter_map(value).collect())
}

/// Customers with a purchase before the day, by number, and the day of the last.
fn buyers(orders: &Orders, as_of: Date) -> Vec<(i64, Date)> {
    let mut last: Vec<Option<Date>> = vec![None; orders.customers()];
    for order in orders.list.iter().filter(|order| order.is_purchase && order.day < as_of) {
        if let Some(slot) = usize::try_from(order.customer).ok().and_then(|at| last.get_mut(at)) {
            *slot = (*slot).max(Some(order.day));
        }
    }
    (0_i64..).zip(last).filter_map(|(customer, last)| Some((customer, last?))).collect()
}

/// Why someone is on the list, in words.
fn told(risk: &AtRisk) -> String {
    let silent = risk.days_silent;
    let reason = |reason: &Reason| match reason {
        Reason::OwnRhythmBroken { usual_at_most, gaps } => format!(
            "silent for {silent} days; nearly all of its {gaps} gaps between purchases were at most {usual_at_most:.0}"
        ),
        Reason::SharedRhythmBroken { usual_at_most } => format!(
            "silent for {silent} days; nearly all gaps of all customers are at most {usual_at_most:.0}, its own are too few"
        ),
        Reason::ProbablyGone { p_alive } => {
            format!("the model gives {:.0} % that it is still a customer", p_alive * 100.0)
        }
    };
    risk.reasons.iter().map(reason).collect::<Vec<_>>().join("; ")
}
