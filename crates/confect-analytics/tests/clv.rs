//! The models against published values: `tests/golden/methods/clv.txt` everywhere, CDNOW and Online Retail where
//! they lie beside the repository.

mod support;

use confect_analytics::clv::{
    ClvOptions, CustomerSummary, MarginRate, ModelChoice, PurchaseKind, PurchaseModel, SpendModel,
    SummaryOptions, check_holdout, fit_purchases, fit_spend, summarise, value_customers,
};
use confect_domain::Date;
use support::shared;

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn close(got: f64, expected: f64, relative: f64) -> bool {
    (got - expected).abs() <= relative * expected.abs().max(1e-300)
}

#[test]
fn functions_have_their_published_values() {
    let table = include_str!("golden/methods/clv.txt");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for line in table.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let numbers = |text: &str| -> Vec<f64> {
            text.split_whitespace().map(|word| word.parse().expect("a number")).collect()
        };
        let (function, parameters) = parts[0].split_once(' ').expect("parameters");
        let (parameters, at) = (numbers(parameters), numbers(parts[1]));
        let got = call(function, &parameters, &at);
        let (expected, tolerance) = (numbers(parts[2])[0], numbers(parts[3])[0]);
        if !close(got, expected, tolerance) && got != expected {
            wrong.push(format!("{line}\n  got {got:e}, off by {:e}", got / expected - 1.0));
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 35);
}

fn call(function: &str, parameters: &[f64], at: &[f64]) -> f64 {
    let (model, function) = function.split_once('.').expect("model.function");
    let kind = match model {
        "bg" => PurchaseKind::Bg,
        "mbg" => PurchaseKind::Mbg,
        "pareto" => PurchaseKind::Pareto,
        _ => {
            let spend = SpendModel::with_parameters(parameters.try_into().expect("three"));
            return spend.expected_value(at[0] as u32, at[1]);
        }
    };
    let model = PurchaseModel::with_parameters(kind, parameters.try_into().expect("four"));
    match (function, at) {
        ("alive", &[x, recency, age]) => model.p_alive(x as u32, recency, age),
        ("orders", &[time, x, recency, age]) => model.expected_orders(time, x as u32, recency, age),
        ("new", &[time]) => model.expected_new(time),
        ("residual", &[delta, x, recency, age]) => {
            model.discounted_residual(delta, x as u32, recency, age).expect("Pareto/NBD")
        }
        _ => panic!("{function} of {at:?}"),
    }
}

/// What CLVTools takes as a stress test of Pareto/NBD: heavy buyers, long since gone or just there.
#[test]
fn heavy_buyers_are_finite() {
    let model = PurchaseModel::with_parameters(PurchaseKind::Pareto, [0.5143, 2.8845, 0.2856, 14.1087]);
    let histories = [
        (221, 103.428_57, 103.571_43),
        (254, 97.142_86, 97.285_71),
        (161, 94.714_29, 98.0),
        (204, 98.571_43, 99.428_57),
    ];
    for (x, recency, age) in histories {
        let summary = CustomerSummary { customer: 1, repeats: x, recency, age, mean_value: 1.0 };
        assert!(model.log_likelihood(&[summary]).is_finite(), "{x}");
        let p = model.p_alive(x, recency, age);
        assert!((0.0..=1.0).contains(&p) && model.expected_orders(52.0, x, recency, age).is_finite(), "{p}");
    }
}

/// Hardie's summary of the CDNOW sample: id, x, t_x, T, mean value.
fn cdnow_summary() -> Option<Vec<CustomerSummary>> {
    let text = shared::text("data/cdnow/cdnow_customers_summary_with_transactions.csv")?;
    let summary = |line: &str| {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        CustomerSummary {
            customer: fields[0] as i64,
            repeats: fields[1] as u32,
            recency: fields[2],
            age: fields[3],
            mean_value: fields[4],
        }
    };
    Some(text.lines().skip(1).map(summary).collect())
}

fn assert_fit<const N: usize>(name: &str, got: [f64; N], expected: [f64; N], relative: f64) {
    for at in 0..N {
        assert!(close(got[at], expected[at], relative), "{name} {at}: {got:?}, expected {expected:?}");
    }
}

/// methods.md 4.7, all digits.
#[test]
fn cdnow_is_fitted_as_published() {
    let Some(customers) = cdnow_summary() else { return };
    let bg = fit_purchases(PurchaseKind::Bg, &customers, None).expect("a fit");
    let expected = [0.242_592_907_204_4, 4.413_531_561_204, 0.792_886_148_092, 2.425_753_436_468];
    assert_fit("BG", bg.fitted.parameters, expected, 1e-6);
    let errors = bg.fitted.standard_errors.expect("errors");
    assert_fit("BG errors", errors, [0.012_557_3, 0.378_221_4, 0.185_719_1, 0.705_345_8], 1e-5);
    assert!((bg.fitted.log_likelihood + 9_582.425_560_567_4).abs() < 1e-6);
    assert_eq!((bg.customers, bg.repeat_customers), (2_357, 946));
    let sum = |value: &dyn Fn(&CustomerSummary) -> f64| customers.iter().map(value).sum::<f64>();
    let alive = sum(&|row| bg.p_alive(row.repeats, row.recency, row.age));
    assert!(close(alive, 1_917.276_332_5, 1e-7), "{alive}");
    for (time, expected) in
        [(4.0, 204.3675), (13.0, 628.0268), (26.0, 1171.1525), (39.0, 1_653.423_259_8), (52.0, 2089.419)]
    {
        let orders = sum(&|row| bg.expected_orders(time, row.repeats, row.recency, row.age));
        assert!(close(orders, expected, 3e-7), "{time} {orders}");
    }
    let mbg = fit_purchases(PurchaseKind::Mbg, &customers, None).expect("a fit");
    assert_fit("MBG", mbg.fitted.parameters, [0.524_838, 6.182_992, 0.891_356, 1.613_999], 2e-6);
    assert!((mbg.fitted.log_likelihood + 9_582.132_684_9).abs() < 1e-6);
    let pareto = fit_purchases(PurchaseKind::Pareto, &customers, None).expect("a fit");
    let expected = [0.553_275_5, 10.577_612, 0.606_213_4, 11.667_908];
    assert_fit("Pareto", pareto.fitted.parameters, expected, 2e-6);
    assert!((pareto.fitted.log_likelihood + 9_594.973_929_8).abs() < 1e-6);
    assert_fit(
        "Pareto errors",
        pareto.fitted.standard_errors.expect("errors"),
        [0.0476, 0.8427, 0.1873, 6.2105],
        3e-3,
    );
    let spend = fit_spend(&customers, None).expect("a fit");
    let expected = [6.248_802_489_71, 3.744_588_453_29, 15.447_748_009_5];
    assert_fit("Gamma-Gamma", spend.fitted.parameters, expected, 1e-6);
    let errors = spend.fitted.standard_errors.expect("errors");
    assert_fit("Gamma-Gamma errors", errors, [1.189_69, 0.290_166, 4.159_99], 1e-4);
    assert!((spend.fitted.log_likelihood + 4_055.923_243_502_9).abs() < 1e-6);
    assert_eq!(spend.customers, 946);
    assert!((spend.correlation.expect("a correlation") - 0.113_884).abs() < 1e-6);
    let mean = sum(&|row| spend.expected_value(row.repeats, row.mean_value));
    // The reference has the mean over repeat customers.
    let once = customers.iter().filter(|row| row.repeats == 0).count() as f64;
    let mean = (mean - once * spend.expected_value(0, 0.0)) / 946.0;
    assert!((mean - 35.375_199).abs() < 1e-5, "{mean}");
}

/// From the raw orders: summary, fit, check on 39 weeks that were held out (cdnow_clv.json).
#[test]
fn cdnow_is_checked_on_the_next_39_weeks() {
    let Some(orders) = shared::cdnow() else { return };
    let to = date("1997-09-30");
    let options = SummaryOptions { observed_to: to, first_from: None, unit_days: 7.0 };
    let summaries = summarise(&orders, &options);
    let sum = |value: &dyn Fn(&CustomerSummary) -> f64| summaries.customers.iter().map(value).sum::<f64>();
    assert_eq!(sum(&|row| f64::from(row.repeats)), 2_457.0);
    assert!((sum(&|row| row.recency) - 16_135.571_429).abs() < 1e-5);
    assert!((sum(&|row| row.age) - 77_111.285_714).abs() < 1e-5);
    let spend = fit_spend(&summaries.customers, None).expect("a fit");
    assert_fit("Gamma-Gamma", spend.fitted.parameters, [6.249_572, 3.744_225, 15.443_521], 1e-6);
    let fit = |seen: &[CustomerSummary]| fit_purchases(PurchaseKind::Bg, seen, None);
    let bg = fit(&summaries.customers).expect("a fit");
    assert_fit("BG", bg.fitted.parameters, [0.242_595, 4.413_602, 0.792_922, 2.425_906], 3e-6);
    let holdout = check_holdout(&orders, &options, date("1998-06-30"), fit).expect("a check");
    assert_eq!(holdout.actual, 1_882);
    assert!((holdout.expected - 1_653.408_7).abs() < 1e-3, "{}", holdout.expected);
    assert!((holdout.mean_absolute_error - 0.785_454).abs() < 2e-6);
    assert!((holdout.root_mean_squared_error - 1.607_982).abs() < 2e-6);
    assert!((holdout.correlation.expect("a correlation") - 0.625_647).abs() < 2e-6);
    assert!((holdout.bias().expect("a bias") + 0.121_462).abs() < 1e-4);
    assert_eq!(holdout.buckets.iter().map(|bucket| bucket.customers).sum::<usize>(), 2_357);
}

/// Twelve months at 1 % with lifetimes' month of 4.345 weeks: its sum is 71,509.8993 on Hardie's rounded weeks.
#[test]
fn cdnow_is_worth_what_lifetimes_says() {
    let Some(orders) = shared::cdnow() else { return };
    let options = ClvOptions {
        model: ModelChoice::Only(PurchaseKind::Bg),
        month_days: 4.345 * 7.0,
        margin: MarginRate::Fixed(1.0),
        ..ClvOptions::observed_to(date("1997-09-30"))
    };
    let values = value_customers(&orders, &options).expect("options");
    assert!(close(values.card.value, 71_509.899_3, 1e-4), "{}", values.card.value);
    let sum: f64 = values.rows.iter().map(|row| row.value).sum();
    assert!(close(sum, values.card.value, 1e-12));
    // Three customers of lifetimes; the rows are in another order.
    for expected in [36.278_496, 4.637_466, 8.344_093] {
        let row = values.rows.iter().find(|row| close(row.value, expected, 1e-3)).expect("a customer");
        let (low, high) = row.value_interval.expect("an interval");
        assert!(low < row.value && row.value < high && low > 0.5 * row.value, "{row:?}");
    }
    let (low, high) = values.card.value_interval.expect("an interval");
    assert!(low > 60_000.0 && high < 85_000.0, "{low} {high}");
    assert!(values.card.holdout.is_some());
    // Half the margin is half the value.
    let half = ClvOptions { margin: MarginRate::Fixed(0.5), ..options };
    let halved = value_customers(&orders, &half).expect("options");
    assert!(close(halved.card.value * 2.0, values.card.value, 1e-12));
}

/// Its drop-out can hardly be seen: by weeks at the edge, by days just inside (online_retail_clv.json).
#[test]
fn online_retail_is_fitted_at_the_edge() {
    let Some(text) = shared::text("reference/online_retail_bgnbd_summary_weeks_days_div_7.csv.zst") else {
        return;
    };
    let Some(sales) = shared::online_retail() else { return };
    let orders = shared::invoices(&sales, |sale| sale.day);
    let to = date("2011-12-09");
    let options = SummaryOptions { observed_to: to, first_from: None, unit_days: 7.0 };
    let summaries = summarise(&orders, &options);
    assert_eq!(summaries.customers.len(), text.lines().count() - 1);
    for (row, line) in summaries.customers.iter().zip(text.lines().skip(1)) {
        let fields: Vec<f64> = line.split(',').map(|field| field.parse().expect("a number")).collect();
        let got = [row.customer as f64, f64::from(row.repeats), row.recency, row.age, row.mean_value];
        let near = got.iter().zip(&fields).all(|(got, expected)| (got - expected).abs() < 1e-6);
        assert!(near, "{line} {got:?}");
    }
    let bg = fit_purchases(PurchaseKind::Bg, &summaries.customers, None).expect("a fit");
    assert_fit("BG", bg.fitted.parameters, [0.826_542, 9.843_589, 0.003_437, 6.745_151], 2e-4);
    assert!((bg.fitted.log_likelihood + 37_645.537_6).abs() < 1e-4);
    let spend = fit_spend(&summaries.customers, None).expect("a fit");
    assert_fit("Gamma-Gamma", spend.fitted.parameters, [2.103_382, 3.451_179, 485.888_553], 1e-6);
    // Calibrated to 2011-08-31 lifetimes raises ConvergenceError: a → 0, b → ∞.
    let early = SummaryOptions { observed_to: date("2011-08-31"), ..options };
    let early = summarise(&orders, &early);
    let edge = fit_purchases(PurchaseKind::Bg, &early.customers, None).expect("a fit at the edge");
    assert!(edge.fitted.at_edge.contains(&true), "{edge:?}");
    let values = value_customers(&orders, &ClvOptions::observed_to(to)).expect("options");
    assert!(values.card.value.is_finite() && values.card.value > 0.0);
}
