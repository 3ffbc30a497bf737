//! The tests against scipy and scikit-posthocs (methods.md 5.3), and the claim about CDNOW's champions.

mod support;

use confect_analytics::proof::{
    BootstrapOptions, EffectSize, Group, IntervalMethod, ProofOptions, Verdict, benjamini_hochberg, dunn,
    holm, kruskal_wallis, mann_whitney, mean_difference, mean_ratio, prove, prove_segments,
};
use confect_analytics::rfm::{Frequency, RfmOptions, score_rfm};
use confect_domain::Date;
use support::shared;

const A: [f64; 8] = [120.0, 340.0, 560.0, 560.0, 910.0, 1200.0, 450.0, 300.0];
const B: [f64; 9] = [80.0, 120.0, 200.0, 340.0, 150.0, 90.0, 60.0, 210.0, 340.0];
const C: [f64; 10] = [10.0, 25.0, 60.0, 60.0, 80.0, 30.0, 15.0, 45.0, 120.0, 5.0];

fn near(got: f64, expected: f64, relative: f64) {
    assert!((got - expected).abs() <= relative * expected.abs(), "got {got:e}, expected {expected:e}");
}

#[test]
fn kruskal_wallis_is_equal_to_scipy() {
    let test = kruskal_wallis(&[&[1.0, 3.0, 5.0, 7.0, 9.0], &[2.0, 4.0, 6.0, 8.0, 10.0]]);
    near(test.h.expect("a statistic"), 0.272_727, 2e-6);
    near(test.p, 0.601_508_134_4, 1e-9);
    let test = kruskal_wallis(&[&[1.0; 3], &[2.0; 3], &[2.0; 2]]);
    near(test.h.expect("a statistic"), 7.0, 1e-12);
    near(test.p, 0.030_197_383_4, 1e-8);
    let test = kruskal_wallis(&[&A, &B, &C]);
    near(test.h.expect("a statistic"), 19.002_547_857_5, 1e-11);
    near(test.p, 7.475_653_5e-5, 1e-7);
    near(test.epsilon_squared.expect("an effect"), 0.730_867_225_3, 1e-9);
    near(test.eta_squared.expect("an effect"), 0.708_439_494_1, 1e-9);
    for nothing in [kruskal_wallis(&[]), kruskal_wallis(&[&A]), kruskal_wallis(&[&[4.0; 5], &[4.0; 3]])] {
        assert_eq!((nothing.h, nothing.p), (None, 1.0));
    }
}

#[test]
fn dunn_is_equal_to_scikit_posthocs() {
    let groups: [&[f64]; 3] =
        [&[1.0, 2.0, 3.0, 5.0, 1.0], &[12.0, 31.0, 54.0, 12.0], &[10.0, 12.0, 6.0, 74.0, 11.0]];
    let pairs = dunn(&groups);
    for (pair, (p, p_holm)) in pairs.iter().zip([
        (0.003_114_94, 0.009_344_83),
        (0.022_586_89, 0.045_173_78),
        (0.420_112_68, 0.420_112_68),
    ]) {
        near(pair.p, p, 2e-6);
        near(pair.p_holm, p_holm, 2e-6);
    }
    let test = kruskal_wallis(&groups);
    near(test.p, 0.007_635_094_2, 1e-8);
    let pairs = dunn(&[&A, &B, &C]);
    let p: Vec<f64> = pairs.iter().map(|pair| pair.p).collect();
    for (got, expected) in p.iter().zip([0.065_165_216_5, 1.569_502_2e-5, 0.012_133_399_4]) {
        near(*got, expected, 1e-7);
    }
    near(pairs[1].p_holm, 4.708_506_7e-5, 1e-7);
    near(pairs[2].p_holm, 0.024_266_798_7, 1e-7);
    near(benjamini_hochberg(&p)[2], 0.018_200_099_0, 1e-7);
}

#[test]
fn several_p_values_are_adjusted() {
    let p = [0.01, 0.04, 0.03, 0.005];
    let close = |got: Vec<f64>, expected: [f64; 4]| {
        assert!(got.iter().zip(expected).all(|(got, expected)| (got - expected).abs() < 1e-12), "{got:?}");
    };
    close(holm(&p), [0.03, 0.06, 0.06, 0.02]);
    close(benjamini_hochberg(&p), [0.02, 0.04, 0.04, 0.02]);
    assert!(holm(&[]).is_empty() && benjamini_hochberg(&[]).is_empty());
}

#[test]
fn mann_whitney_is_equal_to_scipy() {
    let test = mann_whitney(&[19.0, 22.0, 16.0, 29.0, 24.0], &[20.0, 11.0, 17.0, 12.0]).expect("two groups");
    assert_eq!((test.u, test.exact), (17.0, true));
    near(test.p_two_sided, 0.111_111_111_1, 1e-9);
    let test = mann_whitney(&A, &B).expect("two groups");
    assert_eq!((test.u, test.exact), (63.5, false));
    near(test.p_greater, 0.004_557_893_6, 1e-8);
    near(test.p_two_sided, 0.009_115_787_3, 1e-8);
    near(test.cliffs_delta, 0.763_888_888_9, 1e-9);
    assert_eq!(EffectSize::of(test.cliffs_delta), EffectSize::Large);
    assert_eq!(mann_whitney(&[], &B), None);
    let same = mann_whitney(&[3.0; 20], &[3.0; 20]).expect("two groups");
    assert_eq!((same.p_greater, same.p_two_sided, same.cliffs_delta), (1.0, 1.0, 0.0));
}

/// scipy's BCa with 9,999 replicates gives about [178, 655]; draws differ, so the tolerance is theirs.
#[test]
fn intervals_of_means_are_those_of_the_bootstrap() {
    let options = BootstrapOptions { seed: 12_345, ..BootstrapOptions::default() };
    let interval = mean_difference(&A, &B, &options).expect("two groups");
    near(interval.estimate, 378.333_333_333, 1e-9);
    assert_eq!(interval.method, IntervalMethod::Bootstrap);
    assert!((interval.low - 178.0).abs() < 12.0 && (interval.high - 655.0).abs() < 18.0, "{interval:?}");
    assert_eq!(mean_difference(&A, &B, &options), Some(interval));
    assert_ne!(mean_difference(&A, &B, &BootstrapOptions { seed: 2, ..options }), Some(interval));
    let few = BootstrapOptions { most_draws: 10, ..options };
    let normal = mean_difference(&A, &B, &few).expect("two groups");
    assert_eq!(normal.method, IntervalMethod::Normal);
    let ratio = mean_ratio(&A, &B, &options).expect("two groups");
    assert!(ratio.low > 1.0 && ratio.low < ratio.estimate && ratio.estimate < ratio.high, "{ratio:?}");
    assert_eq!(mean_ratio(&A, &[0.0, 0.0], &options), None);
    let constant = mean_difference(&[2.0; 3], &[1.0; 4], &options).expect("two groups");
    assert_eq!((constant.low, constant.high, constant.method), (1.0, 1.0, IntervalMethod::Constant));
}

/// methods.md 5.3, end to end.
#[test]
fn champions_of_cdnow_bring_most_in_the_nine_months_after() {
    let Some(orders) = shared::cdnow() else { return };
    let day = Date::parse("1997-09-30").expect("a day");
    let options = RfmOptions { frequency_counts: Frequency::Days, ..RfmOptions::as_of(day) };
    let snapshot = score_rfm(&orders, &options).expect("options");
    let proof =
        prove_segments(&orders, &snapshot, "Champions", 273, &ProofOptions::default()).expect("a segment");
    near(proof.overall.h.expect("a statistic"), 611.238_773_799_3, 1e-10);
    near(proof.overall.p, 6.877e-125, 1e-3);
    near(proof.overall.epsilon_squared.expect("an effect"), 0.259_439_2, 1e-6);
    let means = [
        ("Champions", 414, 106.9796),
        ("Loyal", 108, 44.9830),
        ("Need Attention", 168, 30.8523),
        ("At Risk", 61, 28.6066),
        ("Potential Loyalist", 165, 17.3231),
        ("Promising", 191, 12.5282),
        ("Can't Lose Them", 245, 12.4722),
        ("About To Sleep", 207, 9.5644),
        ("Hibernating", 287, 7.6479),
        ("New Customers", 232, 4.9637),
        ("Lost", 279, 4.5421),
    ];
    for (name, customers, mean) in means {
        let group = proof.groups.iter().find(|group| group.name == name).expect("a segment");
        assert_eq!(group.outcomes.len(), customers, "{name}");
        assert!((group.mean().expect("a mean") - mean).abs() < 5.1e-5, "{name}");
    }
    let against = |name: &str| proof.comparisons.iter().find(|comparison| comparison.other == name);
    let loyal = against("Loyal").expect("a comparison");
    assert_eq!(loyal.test.u, 29_427.5);
    near(loyal.test.p_greater, 1.1549e-7, 1e-4);
    assert!((loyal.test.cliffs_delta - 0.3163).abs() < 5e-5);
    assert!((against("Lost").expect("a comparison").test.cliffs_delta - 0.6416).abs() < 5e-5);
    near(proof.p_highest, 1.1549e-7, 1e-4);
    assert_eq!(proof.verdict, Verdict::Proven, "{}", proof.words);
    let sleepers = prove_segments(&orders, &snapshot, "Hibernating", 273, &ProofOptions::default());
    assert_eq!(sleepers.expect("a segment").verdict, Verdict::Contradicted);
    let late = prove_segments(&orders, &snapshot, "Champions", 400, &ProofOptions::default());
    assert!(late.expect("a segment").caveats.iter().any(|caveat| caveat.code == "proof-window-not-observed"));
}

#[test]
fn the_verdict_can_say_no() {
    let group = |name: &str, values: &[f64]| Group { name: name.to_owned(), outcomes: values.to_vec() };
    let repeat = |values: &[f64], times: usize| values.repeat(times);
    let say = |groups: Vec<Group>, claimed| {
        prove(groups, claimed, &ProofOptions::default()).expect("a group").words
    };
    let even = [1.0, 2.0, 3.0, 4.0];
    assert_eq!(
        say(vec![group("a", &repeat(&even, 10)), group("b", &repeat(&even, 10))], "a"),
        "not proven: `a` (40 customers, mean 2.50) against `b` may be chance (p 0.502, Cliff's delta 0.00)"
    );
    assert_eq!(
        say(vec![group("a", &[9.0; 3]), group("b", &repeat(&even, 10))], "a"),
        "untestable: `a` or all others have too few customers to test"
    );
    assert_eq!(
        say(vec![group("a", &[9.0; 30]), group("b", &[9.0; 30])], "a"),
        "untestable: all customers brought the same"
    );
    assert_eq!(
        say(vec![group("a", &repeat(&even, 10)), group("b", &repeat(&[5.0, 6.0], 20))], "a"),
        "contradicted: `b` brings more than `a` (Cliff's delta -1.00, large)"
    );
    let many: Vec<f64> = (0..20_000).map(f64::from).collect();
    let slightly: Vec<f64> = many.iter().map(|value| value + 500.5).collect();
    let words = say(vec![group("a", &slightly), group("b", &many)], "a");
    assert!(words.starts_with("proven weakly: ") && words.contains("negligibly"), "{words}");
    let problem = prove(Vec::new(), "x", &ProofOptions::default()).expect_err("no group");
    assert_eq!(problem.code, "unknown-segment");
}
