//! Shops that no method likes: each has an answer with a caveat. `tests/golden/methods/bad_input.txt` holds them;
//! `CONFECT_BLESS=1 cargo test -p confect-analytics --test bad_input` writes them anew, the diff is the review.
//! Below it, what must hold for any orders.

use std::fmt::Write as _;

use confect_analytics::caveat::Caveat;
use confect_analytics::clv::{
    ClvOptions, CustomerSummary, PurchaseKind, PurchaseModel, SpendModel, fit_purchases, fit_spend,
    value_customers,
};
use confect_analytics::cohort::{CohortOptions, Grain, build_cohorts, second_purchase};
use confect_analytics::orders::Order;
use confect_analytics::proof::{BootstrapOptions, ProofOptions, prove_segments};
use confect_analytics::rfm::{Binning, Frequency, RfmOptions, migration, score_rfm};
use confect_analytics::whales::{
    ChurnOptions, WhaleRule, concentration, find_whales, list_churn, revenue_by_customer,
};
use confect_domain::Date;
use proptest::prelude::*;

const UNIT: i128 = 10_000;
/// 2024-10-01.
const TODAY: i32 = 19_997;

fn order(customer: i64, day: i32, revenue: i128, margin: i128) -> Order {
    let day = Date::from_days(day);
    Order { customer, day, revenue: revenue * UNIT, margin: Some(margin * UNIT), is_purchase: revenue >= 0 }
}

/// So many customers with the same rhythm, a week apart in when they came.
fn alike(customers: i64, times: i32, gap: i32, revenue: i128, margin: i128) -> Vec<Order> {
    let one = |customer: i64| {
        let start = TODAY - 500 + (customer % 40) as i32 * 7;
        (0..times).map(move |time| order(customer, start + time * gap, revenue, margin))
    };
    (0..customers).flat_map(one).collect()
}

/// Rhythms that differ, so that models can be fitted.
fn mixed(customers: i64, margin: i128) -> Vec<Order> {
    let one = |customer: i64| {
        let (times, gap) = (1 + customer * 7 % 9, 5 + (customer * 13 % 60) as i32);
        let start = TODAY - 600 + (customer * 31 % 150) as i32;
        (0..times).map(move |time| {
            let revenue = i128::from(10 + customer * 17 % 90 + time * 5 % 11);
            order(customer, start + time as i32 * gap, revenue, margin * revenue / 10)
        })
    };
    (0..customers).flat_map(one).filter(|order| order.day.days() <= TODAY).collect()
}

fn shops() -> Vec<(&'static str, Vec<Order>)> {
    vec![
        ("nobody", Vec::new()),
        ("a single customer with one purchase", vec![order(1, TODAY - 30, 20, 8)]),
        (
            "a single customer with three purchases",
            (0..3).map(|at| order(1, TODAY - 90 + at * 30, 20, 8)).collect(),
        ),
        ("one-time buyers only", alike(80, 1, 1, 20, 8)),
        ("everyone alike", alike(80, 6, 30, 20, 8)),
        ("margin of zero", mixed(200, 0)),
        ("margin below zero", mixed(200, -3)),
        ("everything free", alike(80, 4, 20, 0, 0)),
        ("a history of three days", (0..240).map(|at| order(at / 3, TODAY - at as i32 % 3, 20, 8)).collect()),
        ("customers who only returned", (0..30).map(|at| order(at, TODAY - 40, -15, -6)).collect()),
        (
            "more returned than bought",
            mixed(60, 3)
                .into_iter()
                .flat_map(|buy| {
                    let back = Order { revenue: -2 * buy.revenue, margin: None, is_purchase: false, ..buy };
                    [buy, back]
                })
                .collect(),
        ),
        ("all on the last day", (0..80).map(|at| order(at, TODAY, 20 + i128::from(at), 8)).collect()),
        ("one customer as large as all money", {
            let mut orders = mixed(120, 3);
            orders.push(Order {
                revenue: i128::MAX / 4,
                margin: Some(i128::MAX / 8),
                ..order(5, TODAY - 3, 1, 1)
            });
            orders
        }),
    ]
}

fn tell(text: &mut String, caveats: &[Caveat]) {
    for caveat in caveats {
        let _ = writeln!(text, "    ! {}: {} ({})", caveat.code, caveat.message, caveat.rows);
    }
}

fn outcome(orders: &[Order]) -> String {
    let mut text = String::new();
    let today = Date::from_days(TODAY);
    let rfm = score_rfm(orders, &RfmOptions::as_of(today)).expect("options");
    let filled: Vec<String> = rfm
        .segments
        .iter()
        .filter(|segment| segment.customers > 0)
        .map(|segment| format!("{} {}", segment.name, segment.customers))
        .collect();
    let _ = writeln!(text, "  rfm: {} customers; {}", rfm.rows.len(), filled.join(", "));
    tell(&mut text, &rfm.caveats);
    let values = value_customers(orders, &ClvOptions::observed_to(today)).expect("options");
    let card = &values.card;
    let _ = writeln!(text, "  clv: {}; {}", card.model, card.why);
    let _ = writeln!(text, "    {:.2} orders, value {:.1}", card.expected_orders, card.value);
    tell(&mut text, &card.caveats);
    let early = score_rfm(orders, &RfmOptions::as_of(Date::from_days(TODAY - 120))).expect("options");
    let options = ProofOptions {
        bootstrap: BootstrapOptions { replicates: 200, ..BootstrapOptions::default() },
        ..ProofOptions::default()
    };
    let proof = prove_segments(orders, &early, "Champions", 120, &options).expect("a segment");
    let _ = writeln!(text, "  proof: {}", proof.words);
    tell(&mut text, &proof.caveats);
    let options = CohortOptions { grain: Grain::Month, observed_to: today, warm_up: 0 };
    let cohorts = build_cohorts(orders, &options);
    let mean = cohorts.mean_retention(1, true);
    let _ = writeln!(text, "  cohorts: {}; retention after a month {mean:.3?}", cohorts.cohorts.len());
    tell(&mut text, &cohorts.caveats);
    let survival = second_purchase(orders, today);
    let _ = writeln!(
        text,
        "  second purchase: {} of {}, median {:?}",
        survival.events, survival.customers, survival.median_days
    );
    let list = list_churn(orders, &values.rows, &ChurnOptions::as_of(today));
    let _ = writeln!(text, "  churn: {} of {} at risk", list.rows.len(), list.considered);
    tell(&mut text, &list.caveats);
    let revenues = revenue_by_customer(orders, None, today);
    let spread = concentration(&revenues);
    let top = spread.top_share(0.1);
    let _ = writeln!(
        text,
        "  concentration: gini {:.3?}, top tenth {top:.3?}, {} outliers",
        spread.gini,
        find_whales(&revenues, WhaleRule::Outlier).len()
    );
    text
}

#[test]
fn every_shop_has_an_answer() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/methods/bad_input.txt");
    let mut got =
        String::from("# Shops that no method likes, as of 2024-10-01, and what each method answers.\n");
    for (name, orders) in shops() {
        let _ = write!(got, "\n## {name}\n{}", outcome(&orders));
    }
    assert!(!got.contains("NaN") && !got.contains("inf "), "{got}");
    if std::env::var_os("CONFECT_BLESS").is_some() {
        std::fs::write(path, got).expect("the table is written");
    } else {
        let expected = std::fs::read_to_string(path).expect("the table");
        assert!(expected == got, "expected:\n{expected}\ngot:\n{got}");
    }
}

/// Few customers and days, so that most collide; money from nothing to the limits of a decimal, or of `i128`, where
/// sums stop at its ends and so depend on their order.
fn orders(absurd: bool) -> impl Strategy<Value = Vec<Order>> {
    let largest = if absurd { i128::MAX } else { 999_999_999_999_999_999 };
    let money = prop_oneof![
        6 => -300_000_i128..900_000,
        2 => Just(0_i128),
        2 => Just(200_000_i128),
        1 => prop_oneof![Just(largest), Just(-largest)],
    ];
    let day = prop_oneof![
        20 => TODAY - 400..TODAY + 5,
        4 => TODAY - 2..TODAY + 1,
        1 => prop_oneof![Just(i32::MIN), Just(i32::MAX), Just(-800_000), Just(0)],
    ];
    let order =
        (0_i64..90, day, money, proptest::option::of(-400_000_i128..500_000), prop::bool::weighted(0.85));
    let order = order.prop_map(|(customer, day, revenue, margin, is_purchase)| Order {
        customer: if customer == 89 { i64::MIN } else { customer },
        day: Date::from_days(day),
        revenue,
        margin,
        is_purchase,
    });
    proptest::collection::vec(order, 0..500)
}

fn finite(values: &[f64]) -> bool {
    values.iter().all(|value| value.is_finite())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn scores_hold_for_any_orders(orders in orders(false), shuffled in any::<u64>(), binning in 0_usize..5) {
        let binning = [Binning::TiesTogether, Binning::Ntile, Binning::Quantiles, Binning::RankQuantiles, Binning::Thresholds(vec![1, 2, 30, 400])][binning].clone();
        let options = RfmOptions {
            recency: binning.clone(),
            frequency: binning.clone(),
            monetary: binning.clone(),
            frequency_counts: if shuffled % 2 == 0 { Frequency::Days } else { Frequency::Orders },
            ..RfmOptions::as_of(Date::from_days(TODAY))
        };
        let rfm = score_rfm(&orders, &options).expect("options");
        let mut rotated = orders.clone();
        rotated.rotate_left((shuffled % 97) as usize % orders.len().max(1));
        let again = score_rfm(&rotated, &options).expect("options");
        prop_assert_eq!(&rfm, &again);
        for row in &rfm.rows {
            prop_assert!([row.r, row.f, row.m].iter().all(|score| (1..=5).contains(score)));
            prop_assert!(row.frequency > 0 && row.recency_days >= 0 && row.weighted.is_finite());
        }
        prop_assert_eq!(rfm.segments.iter().map(|segment| segment.customers).sum::<usize>(), rfm.rows.len());
        if binning == Binning::TiesTogether {
            for pair in rfm.rows.windows(2) {
                let (left, right) = (pair[0], pair[1]);
                prop_assert!(left.frequency != right.frequency || left.f == right.f);
                prop_assert!(left.recency_days >= right.recency_days || left.r >= right.r);
            }
        }
        let early = score_rfm(&orders, &RfmOptions { as_of: Date::from_days(TODAY - 50), ..options }).expect("options");
        let moves = migration(&early, &rfm);
        prop_assert_eq!(moves.moves.iter().map(|cell| cell.customers).sum::<usize>(), rfm.rows.len());
    }

    #[test]
    fn values_hold_for_any_orders(orders in any::<bool>().prop_flat_map(orders), least in 1_usize..60, prior in any::<bool>()) {
        let options = ClvOptions {
            min_repeat_customers: least,
            prior_sd: prior.then_some(2.0),
            ..ClvOptions::observed_to(Date::from_days(TODAY))
        };
        let values = value_customers(&orders, &options).expect("options");
        for row in &values.rows {
            prop_assert!(finite(&[row.expected_orders, row.order_value, row.value]), "{row:?} {:?}", values.card);
            prop_assert!(row.expected_orders >= 0.0 && row.p_alive.is_none_or(|p| (0.0..=1.0).contains(&p)));
            if let Some((low, high)) = row.value_interval {
                prop_assert!(finite(&[low, high]) && low <= row.value && row.value <= high, "{row:?}");
            }
        }
        prop_assert!(finite(&[values.card.value, values.card.expected_orders, values.card.margin_rate]));
        let list = list_churn(&orders, &values.rows, &ChurnOptions::as_of(Date::from_days(TODAY)));
        prop_assert!(list.rows.iter().all(|row| row.at_stake.is_finite() && !row.reasons.is_empty()));
    }

    #[test]
    fn cohorts_hold_for_any_orders(orders in orders(false), grain in 0_usize..3) {
        let grain = [Grain::Week, Grain::Month, Grain::Quarter][grain];
        let options = CohortOptions { grain, observed_to: Date::from_days(TODAY), warm_up: 1 };
        let table = build_cohorts(&orders, &options);
        for cohort in &table.cohorts {
            let first = cohort.cells[0].expect("age 0");
            prop_assert_eq!((first.active, first.returning), (cohort.customers, cohort.customers));
            let observed = cohort.cells.iter().take_while(|cell| cell.is_some()).count();
            prop_assert!(cohort.cells[observed..].iter().all(Option::is_none));
            for cell in cohort.cells.iter().flatten() {
                let (share, rolling) = (cell.retention().expect("a share"), cell.rolling_retention().expect("a share"));
                prop_assert!((0.0..=1.0).contains(&share) && share <= rolling && rolling <= 1.0);
                let (low, high) = cell.retention_interval().expect("an interval");
                prop_assert!(low <= share + 1e-12 && share <= high + 1e-12);
            }
        }
        let survival = second_purchase(&orders, Date::from_days(TODAY));
        prop_assert!(survival.steps.windows(2).all(|pair| pair[1].waiting <= pair[0].waiting));
        for step in &survival.steps {
            prop_assert!((0.0..=1.0).contains(&step.waiting));
            let ordered = |(low, high): (f64, f64)| low <= step.waiting && step.waiting <= high;
            prop_assert!(step.interval.is_none_or(ordered), "{:?}", step);
        }
        let revenues = revenue_by_customer(&orders, None, Date::from_days(TODAY));
        let spread = concentration(&revenues);
        prop_assert!(spread.gini.is_none_or(|gini| (0.0..=1.0).contains(&gini)), "{:?}", spread.gini);
        for rule in [WhaleRule::TopShare(0.1), WhaleRule::RevenueShare(0.5), WhaleRule::Outlier] {
            let whales = find_whales(&revenues, rule);
            prop_assert!(whales.iter().all(|whale| finite(&[whale.share, whale.cumulative_share])));
        }
    }

    #[test]
    fn proofs_hold_for_any_orders(orders in any::<bool>().prop_flat_map(orders), days in 1_i32..400) {
        let snapshot = score_rfm(&orders, &RfmOptions::as_of(Date::from_days(TODAY - 200))).expect("options");
        let bootstrap = BootstrapOptions { replicates: 99, ..BootstrapOptions::default() };
        let options = ProofOptions { min_customers: 2, bootstrap, ..ProofOptions::default() };
        for claimed in ["Champions", "Lost", "New Customers"] {
            let proof = prove_segments(&orders, &snapshot, claimed, days, &options).expect("a segment");
            prop_assert!(!proof.words.contains("NaN"), "{}", proof.words);
            prop_assert!((0.0..=1.0).contains(&proof.p_highest) && (0.0..=1.0).contains(&proof.overall.p));
            for comparison in &proof.comparisons {
                let test = comparison.test;
                prop_assert!(finite(&[test.u, test.p_greater, test.p_two_sided, test.cliffs_delta, comparison.p_holm]));
                prop_assert!(comparison.p_holm >= test.p_greater);
                if let Some(interval) = comparison.difference {
                    prop_assert!(finite(&[interval.low, interval.high]) && interval.low <= interval.high);
                }
            }
            prop_assert!(proof.pairs.iter().all(|pair| finite(&[pair.z, pair.p, pair.p_holm])));
        }
    }

    /// Any histories, the parameters from anywhere in the box: expectations are numbers, and no fit is NaN.
    #[test]
    fn models_hold_for_any_history(
        logs in [-11.0_f64..11.0, -11.0_f64..11.0, -11.0_f64..11.0, -11.0_f64..11.0],
        rows in proptest::collection::vec((0_u32..40, 0.0_f64..1.0, 0.0_f64..300.0, 0.0_f64..1e6), 1..120),
        time in 0.0_f64..600.0,
    ) {
        let rows: Vec<CustomerSummary> = rows.into_iter().zip(0..).map(|((x, share, age, mean_value), customer)| CustomerSummary {
            customer,
            repeats: x,
            recency: if x == 0 { 0.0 } else { age * (0.01 + 0.99 * share) },
            age,
            mean_value: if x == 0 { 0.0 } else { mean_value },
        }).collect();
        for kind in [PurchaseKind::Mbg, PurchaseKind::Bg, PurchaseKind::Pareto] {
            let model = PurchaseModel::with_parameters(kind, logs.map(f64::exp));
            for row in &rows {
                let p = model.p_alive(row.repeats, row.recency, row.age);
                prop_assert!((0.0..=1.0).contains(&p), "{kind:?} {row:?} {p}");
                let orders = model.expected_orders(time, row.repeats, row.recency, row.age);
                prop_assert!(orders.is_finite() && orders >= -1e-9, "{kind:?} {row:?} {orders}");
            }
            if let Ok(fitted) = fit_purchases(kind, &rows, None) {
                prop_assert!(finite(&fitted.fitted.parameters) && fitted.fitted.log_likelihood.is_finite());
            }
        }
        if let Ok(SpendModel { fitted, .. }) = fit_spend(&rows, None) {
            prop_assert!(finite(&fitted.parameters));
        }
    }
}
