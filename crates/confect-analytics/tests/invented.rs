//! Every method on an invented shop that lies in the repository, against other programs: lifetimes 0.11.3 (its
//! optimum polished by Nelder-Mead to 1e-11), pandas, scipy 1.17, lifelines.

mod support;

use std::collections::BTreeMap;

use confect_analytics::clv::{
    ClvOptions, CustomerSummary, PurchaseKind, SummaryOptions, fit_purchases, fit_spend, summarise,
    value_customers,
};
use confect_analytics::cohort::{CohortOptions, Grain, build_cohorts, build_cohorts_by, second_purchase};
use confect_analytics::proof::{ProofOptions, Verdict, prove_segments};
use confect_analytics::rfm::{RfmOptions, score_rfm};
use confect_domain::Date;
use support::invented::orders;

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn near(got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs(), "got {got}, expected {expected}");
}

/// pandas: ranks by method `min`, cut as methods.md 1.2 says.
#[test]
fn scores_are_those_of_pandas() {
    let rfm = score_rfm(&orders(), &RfmOptions::as_of(date("2025-04-01"))).expect("options");
    assert_eq!(rfm.bins[0].sizes, [61, 59, 60, 62, 58]);
    assert_eq!(rfm.bins[1].sizes, [89, 62, 34, 58, 57]);
    assert_eq!(rfm.bins[2].sizes, [60, 60, 60, 60, 60]);
    let sizes: BTreeMap<&str, usize> =
        rfm.segments.iter().map(|segment| (segment.name.as_str(), segment.customers)).collect();
    let expected = [
        ("Champions", 64),
        ("Hibernating", 60),
        ("Lost", 30),
        ("Loyal", 26),
        ("New Customers", 26),
        ("At Risk", 21),
        ("Potential Loyalist", 19),
        ("Need Attention", 17),
        ("Promising", 13),
        ("About To Sleep", 12),
        ("Can't Lose Them", 12),
    ];
    assert_eq!(sizes, BTreeMap::from(expected));
}

#[test]
fn models_are_those_of_lifetimes() {
    let options = SummaryOptions { observed_to: date("2025-03-31"), first_from: None, unit_days: 7.0 };
    let rows = summarise(&orders(), &options).customers;
    let sum = |value: &dyn Fn(&CustomerSummary) -> f64| rows.iter().map(value).sum::<f64>();
    assert_eq!((rows.len(), sum(&|row| f64::from(row.repeats))), (300, 989.0));
    near(sum(&|row| row.recency), 4_537.142_857_142_857, 1e-12);
    near(sum(&|row| row.age), 13_190.285_714_285_714, 1e-12);
    near(sum(&|row| row.mean_value), 7_575.828_329_921_393, 1e-12);
    let cases = [
        (
            PurchaseKind::Bg,
            [0.434_627_953_7, 2.529_600_914_3, 0.895_428_357_3, 4.076_291_672_8],
            (309.678_013_910_9, 186.201_146_512_2),
            1e-6,
        ),
        (
            PurchaseKind::Mbg,
            [1.011_225_422_2, 4.564_705_024_9, 0.933_720_495_4, 2.955_534_805_9],
            (297.945_322_573_6, 107.818_282_521_9),
            1e-6,
        ),
        // Its Pareto/NBD cannot be polished: the likelihood is -inf for one heavy buyer, and it stops early.
        (
            PurchaseKind::Pareto,
            [0.970_262_5, 6.345_678_2, 0.852_304_8, 17.309_277_9],
            (304.751_450_7, 105.941_540_4),
            2e-3,
        ),
    ];
    for (kind, parameters, (orders, alive), tolerance) in cases {
        let model = fit_purchases(kind, &rows, None).expect("a fit");
        for (got, expected) in model.fitted.parameters.iter().zip(parameters) {
            near(*got, expected, tolerance);
        }
        near(sum(&|row| model.expected_orders(26.0, row.repeats, row.recency, row.age)), orders, tolerance);
        near(sum(&|row| model.p_alive(row.repeats, row.recency, row.age)), alive, tolerance);
    }
    let bg = fit_purchases(PurchaseKind::Bg, &rows, None).expect("a fit");
    near(bg.fitted.log_likelihood, -2_912.526_620_970_1, 1e-10);
    let mbg = fit_purchases(PurchaseKind::Mbg, &rows, None).expect("a fit");
    near(mbg.fitted.log_likelihood, -2_907.656_569_394_5, 1e-10);
    let spend = fit_spend(&rows, None).expect("a fit");
    for (got, expected) in spend.fitted.parameters.iter().zip([5.639_239_025, 4.369_890_257, 22.443_917_391])
    {
        near(*got, expected, 1e-6);
    }
    near(spend.fitted.log_likelihood, -894.830_885_136_4, 1e-10);
}

/// The whole valuation hangs together: the margin is two fifths, the parts add up, the check is there.
#[test]
fn a_valuation_has_a_card() {
    let values = value_customers(&orders(), &ClvOptions::observed_to(date("2025-03-31"))).expect("options");
    let card = &values.card;
    assert_eq!((card.model, card.customers, card.repeat_customers), ("MBG/NBD", 300, 208));
    near(card.margin_rate, 0.4, 1e-4);
    near(values.rows.iter().map(|row| row.value).sum(), card.value, 1e-12);
    near(values.rows.iter().map(|row| row.expected_orders).sum(), card.expected_orders, 1e-12);
    let (low, high) = card.value_interval.expect("an interval");
    assert!(low < card.value && card.value < high, "{low} {high}");
    let holdout = card.holdout.as_ref().expect("a check");
    assert_eq!(holdout.checked_to, date("2025-03-31"));
    assert_eq!(holdout.customers, 300);
    assert!(holdout.actual > 100 && holdout.bias().expect("a bias").abs() < 0.35, "{holdout:?}");
}

/// The delta method against a bootstrap of the customers: the same spread of the expected orders in a year.
#[test]
fn intervals_are_those_of_a_bootstrap() {
    let to = date("2025-03-31");
    let options = SummaryOptions { observed_to: to, first_from: None, unit_days: 7.0 };
    let rows = summarise(&orders(), &options).customers;
    let year = 365.25 / 7.0;
    let mut state = 7_u64;
    let mut logs: Vec<f64> = (0..300)
        .filter_map(|_| {
            let drawn: Vec<CustomerSummary> = (0..rows.len())
                .map(|_| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    rows[(state >> 33) as usize % rows.len()]
                })
                .collect();
            let model = fit_purchases(PurchaseKind::Mbg, &drawn, None).ok()?;
            let orders =
                rows.iter().map(|row| model.expected_orders(year, row.repeats, row.recency, row.age));
            Some(orders.sum::<f64>().ln())
        })
        .collect();
    logs.sort_by(f64::total_cmp);
    let spread = logs[logs.len() * 841 / 1000] - logs[logs.len() * 159 / 1000];
    // Without held-out days the interval is that of the parameters alone.
    let options = ClvOptions { holdout_days: None, ..ClvOptions::observed_to(to) };
    let card = value_customers(&orders(), &options).expect("options").card;
    let (low, high) = card.expected_orders_interval.expect("an interval");
    let delta = (high / low).ln() / 1.96;
    println!("spread of the bootstrap {spread:.4}, of the delta method {delta:.4}");
    assert!((delta / spread - 1.0).abs() < 0.25, "delta {delta}, bootstrap {spread}");
}

/// scipy: the same claim, and here it does not hold.
#[test]
fn a_claim_is_not_proven() {
    let orders = orders();
    let snapshot = score_rfm(&orders, &RfmOptions::as_of(date("2024-09-30"))).expect("options");
    let options = ProofOptions::default();
    let proof = prove_segments(&orders, &snapshot, "Champions", 182, &options).expect("a segment");
    near(proof.overall.h.expect("a statistic"), 64.597_572_367_355_67, 1e-11);
    near(proof.overall.p, 4.839_029_011_146_133e-10, 1e-9);
    for (name, u, p) in [
        ("Loyal", 600.0, 0.077_186_861_997_227_05),
        ("Promising", 663.0, 0.105_442_604_103_891_34),
        ("Lost", 1_064.0, 4.207_804_761_808_767_6e-7),
        ("Need Attention", 376.0, 0.017_383_758_324_605_047),
    ] {
        let comparison = proof.comparisons.iter().find(|comparison| comparison.other == name);
        let test = comparison.expect("a comparison").test;
        assert_eq!(test.u, u, "{name}");
        near(test.p_greater, p, 1e-9);
    }
    assert_eq!(proof.verdict, Verdict::NotProven);
    assert_eq!(
        proof.words,
        "not proven: `Champions` (45 customers, mean 177.05) against `Promising` may be chance (p 0.105, Cliff's \
         delta 0.18)"
    );
}

/// pandas: customers and revenue of the first cohorts.
#[test]
fn cohorts_are_those_of_pandas() {
    let orders = orders();
    let options = CohortOptions { grain: Grain::Month, observed_to: date("2025-03-31"), warm_up: 0 };
    let table = build_cohorts(&orders, &options);
    let active = [[26, 11, 9, 10, 5, 5], [31, 9, 13, 7, 7, 8], [41, 9, 7, 8, 9, 4]];
    let revenue = [
        [138_851, 51_592, 85_583, 78_123],
        [191_327, 80_096, 74_616, 54_163],
        [230_582, 40_236, 65_461, 62_670],
    ];
    for (cohort, (active, revenue)) in table.cohorts.iter().zip(active.iter().zip(revenue)) {
        let cells: Vec<_> = cohort.cells.iter().flatten().collect();
        assert!(cells.iter().zip(active).all(|(cell, active)| cell.active == *active), "{cohort:?}");
        assert!(cells.iter().zip(revenue).all(|(cell, cents)| cell.revenue == cents * 100), "{cohort:?}");
    }
    for cohort in &table.cohorts {
        let first = cohort.cells[0].expect("age 0");
        assert_eq!((first.active, first.observed), (cohort.customers, cohort.customers));
        // The data end with a month, so the last cell has ended.
        assert!(cohort.cells.iter().flatten().all(|cell| cell.complete));
        let rolling: Vec<usize> = cohort.cells.iter().flatten().map(|cell| cell.returning).collect();
        assert!(rolling.windows(2).all(|pair| pair[0] >= pair[1]), "{rolling:?}");
    }
    let total: i128 =
        table.cohorts.iter().flat_map(|cohort| cohort.cells.iter().flatten()).map(|cell| cell.revenue).sum();
    assert_eq!(total, orders.iter().map(|order| order.revenue).sum::<i128>());
    // By label: two halves together are the whole at every age.
    let halves =
        build_cohorts_by(&orders, &options, |customer| Some(if customer % 2 == 0 { "even" } else { "odd" }));
    assert_eq!(halves.cohorts.len(), 2);
    for age in 0..15 {
        assert_eq!(halves.total(age, true), table.total(age, true));
        let both: usize =
            halves.cohorts.iter().map(|cohort| cohort.cells[age].expect("a cell").observed).sum();
        assert_eq!(both, table.total(age, true).expect("a cell").observed);
    }
    assert_eq!(table.total(15, true), None);
}

/// lifelines: the curve and its intervals.
#[test]
fn the_second_purchase_is_that_of_lifelines() {
    let survival = second_purchase(&orders(), date("2025-03-31"));
    assert_eq!((survival.customers, survival.events, survival.median_days), (300, 208, Some(55)));
    for (days, waiting, low, high) in [
        (7, 0.84, 0.793_386_912_547_703_9, 0.876_914_972_639_385_7),
        (30, 0.613_333_333_333_333_6, 0.555_725_212_382_394_5, 0.665_795_795_969_424),
        (90, 0.406_666_666_666_666_8, 0.350_858_033_060_683_26, 0.461_647_781_910_874_7),
        (180, 0.333_035_245_272_1, 0.280_265_713_226_709_1, 0.386_589_263_362_210_6),
        (365, 0.287_230_857_088_618_9, 0.233_437_291_264_285_64, 0.343_126_847_749_017_4),
    ] {
        let step = survival.steps.iter().rfind(|step| step.days <= days).expect("a step");
        near(step.waiting, waiting, 1e-12);
        let (got_low, got_high) = step.interval.expect("an interval");
        near(got_low, low, 1e-7);
        near(got_high, high, 1e-7);
        near(survival.repeated_within(days), 1.0 - waiting, 1e-12);
    }
    assert_eq!(survival.repeated_within(-1), 0.0);
}
