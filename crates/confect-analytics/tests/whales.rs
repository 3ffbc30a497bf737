//! Concentration of CDNOW, and a list of customers about to leave worked out by hand.

mod support;

use confect_analytics::clv::{ClvOptions, value_customers};
use confect_analytics::orders::Order;
use confect_analytics::whales::{
    ChurnOptions, Reason, Revenue, WhaleRule, concentration, find_whales, list_churn, revenue_by_customer,
};
use confect_domain::Date;
use support::{invented, shared};

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

/// methods.md 8.
#[test]
fn cdnow_is_as_concentrated_as_published() {
    let Some(orders) = shared::cdnow() else { return };
    let revenues = revenue_by_customer(&orders, None, date("1998-06-30"));
    let spread = concentration(&revenues);
    assert_eq!(spread.customers, 2_357);
    for (share, expected) in [(0.01, 0.145_540), (0.1, 0.508_070), (0.2, 0.674_550)] {
        let got = spread.top_share(share).expect("a share");
        assert!((got - expected).abs() < 5.1e-7, "{share} {got}");
    }
    assert!((spread.gini.expect("a gini") - 0.630_917_117_0).abs() < 1e-10);
    assert_eq!(spread.customers_of_80_percent, Some(777));
    let whales = find_whales(&revenues, WhaleRule::TopShare(0.01));
    assert_eq!(whales.len(), 24);
    assert!((whales[23].cumulative_share - 0.145_540).abs() < 5.1e-7);
    assert_eq!(find_whales(&revenues, WhaleRule::RevenueShare(0.8)).len(), 777);
}

/// By hand: 1, 2, 3, 4 have a Gini of 2(1+4+9+16)/(4×10) − 5/4 = 0.25.
#[test]
fn shares_by_hand() {
    let row = |(customer, revenue): (i64, i128)| Revenue { customer, revenue, last_purchase: None };
    let rows: Vec<Revenue> = [(1, 2), (2, 4), (3, 1), (4, 3), (5, -9)].map(row).to_vec();
    let four = concentration(&rows[..4]);
    assert!((four.gini.expect("a gini") - 0.25).abs() < 1e-12);
    assert_eq!((four.top_share(0.25), four.top_share(0.5)), (Some(0.4), Some(0.7)));
    assert_eq!(four.customers_of_80_percent, Some(3));
    let five = concentration(&rows);
    assert_eq!((five.nonpositive, five.revenue, five.top_share(0.2)), (1, 10, Some(0.4)));
    let keys = |rule| find_whales(&rows, rule).iter().map(|whale| whale.customer).collect::<Vec<_>>();
    assert_eq!(keys(WhaleRule::TopShare(0.4)), [2, 4]);
    assert_eq!(keys(WhaleRule::TopShare(1.0)), [2, 4, 1, 3]);
    assert_eq!(keys(WhaleRule::RevenueShare(0.7)), [2, 4]);
    assert!(keys(WhaleRule::Outlier).is_empty());
    let nothing = concentration(&[]);
    assert_eq!((nothing.gini, nothing.top_share(0.5), nothing.customers_of_80_percent), (None, None, None));
    assert_eq!(concentration(&rows[4..]).gini, None);
}

fn purchases(customer: i64, days: &[i32]) -> Vec<Order> {
    let order = |day: &i32| Order {
        customer,
        day: Date::from_days(*day),
        revenue: 100_000,
        margin: None,
        is_purchase: true,
    };
    days.iter().map(order).collect()
}

/// As of day 200: 1 bought weekly and is silent for 60 days; 2 is as slow as ever; 3 has too few gaps, so all gaps
/// count; 4 is lost; 5 bought once.
#[test]
fn broken_rhythms_are_told() {
    let weekly: Vec<i32> = (0..20).map(|week| week * 7 + 7).collect();
    let orders = [
        purchases(1, &weekly),
        purchases(2, &[0, 40, 80, 120, 160]),
        purchases(3, &[100, 110]),
        purchases(4, &[-300, -293, -286, -279, -272]),
        purchases(5, &[150]),
    ]
    .concat();
    let options = ChurnOptions::as_of(Date::from_days(200));
    let list = list_churn(&orders, &[], &options);
    assert_eq!(list.considered, 4);
    let told: Vec<_> = list.rows.iter().map(|row| (row.customer, row.days_silent, row.at_stake)).collect();
    assert_eq!(told, [(1, 60, 200.0), (3, 90, 20.0)]);
    assert_eq!(list.rows[0].reasons, [Reason::OwnRhythmBroken { usual_at_most: 7.0, gaps: 19 }]);
    assert_eq!(list.rows[0].usual_gap, Some(7.0));
    assert_eq!(
        list.rows[1].reasons,
        [Reason::SharedRhythmBroken { usual_at_most: list.shared_usual.expect("gaps") }]
    );
    let all = ChurnOptions { control_share: 1.0, ..options };
    assert!(list_churn(&orders, &[], &all).rows.iter().all(|row| row.control));
    let none = ChurnOptions { control_share: 0.0, ..options };
    assert!(list_churn(&orders, &[], &none).rows.iter().all(|row| !row.control));
}

#[test]
fn a_model_adds_its_reason_and_the_control_group_stays() {
    let (orders, to) = (invented::orders(), date("2025-03-31"));
    let values = value_customers(&orders, &ClvOptions::observed_to(to)).expect("options");
    let options = ChurnOptions { control_share: 0.3, ..ChurnOptions::as_of(to) };
    let list = list_churn(&orders, &values.rows, &options);
    assert!(list.rows.len() > 20, "{}", list.rows.len());
    assert!(list.rows.windows(2).all(|pair| pair[0].at_stake >= pair[1].at_stake));
    let gone = |row: &&confect_analytics::whales::AtRisk| {
        row.reasons.iter().any(|reason| matches!(reason, Reason::ProbablyGone { p_alive } if *p_alive < 0.5))
    };
    assert!(list.rows.iter().filter(gone).count() > 10);
    // Who is left alone does not depend on who else is listed.
    let later = ChurnOptions { min_at_stake: list.rows[5].at_stake, ..options };
    let shorter = list_churn(&orders, &values.rows, &later);
    assert_eq!(shorter.rows, list.rows[..shorter.rows.len()]);
    assert!(list.rows.iter().any(|row| row.control) && list.rows.iter().any(|row| !row.control));
    let other = ChurnOptions { seed: 2, ..options };
    assert_ne!(list_churn(&orders, &values.rows, &other).rows, list.rows);
}
