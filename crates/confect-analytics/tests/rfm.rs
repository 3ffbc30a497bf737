//! Scores and segments of public data, equal to what other programs give; skipped where the data are absent.

mod support;

use std::collections::BTreeMap;

use confect_analytics::rfm::{Binning, Frequency, Rfm, RfmOptions, SegmentMap, migration, score_rfm};
use confect_domain::Date;
use support::shared;

fn date(text: &str) -> Date {
    Date::parse(text).expect("a date")
}

fn sizes(rfm: &Rfm) -> BTreeMap<&str, usize> {
    rfm.segments.iter().map(|segment| (segment.name.as_str(), segment.customers)).collect()
}

fn cdnow_options() -> RfmOptions {
    RfmOptions { frequency_counts: Frequency::Days, ..RfmOptions::as_of(date("1998-07-01")) }
}

/// methods.md 1.4: values computed with pandas.
#[test]
fn cdnow_has_its_published_scores() {
    let Some(orders) = shared::cdnow() else { return };
    let rfm = score_rfm(&orders, &cdnow_options()).expect("options");
    assert_eq!(rfm.rows.len(), 2_357);
    let count = rfm.rows.len() as f64;
    let mean_r = rfm.rows.iter().map(|row| f64::from(row.recency_days)).sum::<f64>() / count;
    let mean_f = rfm.rows.iter().map(|row| f64::from(row.frequency)).sum::<f64>() / count;
    assert!((mean_r - 372.564).abs() < 5e-4 && (mean_f - 2.841).abs() < 5e-4, "{mean_r} {mean_f}");
    assert_eq!(rfm.rows.iter().map(|row| row.monetary).sum::<i128>(), 2_440_919_400);
    assert_eq!(rfm.rows.iter().map(|row| row.monetary).max(), Some(65_527_000));
    assert_eq!(rfm.rows.iter().filter(|row| row.frequency == 1).count(), 1_218);
    assert_eq!(rfm.bins[0].sizes, [482, 471, 463, 470, 471]);
    assert_eq!(rfm.bins[1].sizes, [1218, 0, 403, 358, 378]);
    assert_eq!(rfm.bins[2].sizes, [481, 462, 472, 471, 471]);
    let expected = BTreeMap::from([
        ("Champions", 533),
        ("Hibernating", 333),
        ("Lost", 319),
        ("About To Sleep", 197),
        ("Potential Loyalist", 179),
        ("Can't Lose Them", 176),
        ("Need Attention", 165),
        ("Loyal", 158),
        ("New Customers", 147),
        ("Promising", 95),
        ("At Risk", 55),
    ]);
    assert_eq!(sizes(&rfm), expected);
}

/// `ntile` computed apart with numpy (`lexsort` by value, then key; cut into parts of N/5, the first N mod 5 one
/// longer); the third with pandas 1.5.3 and 3.0 (`qcut`). methods.md 1.4 has other numbers for these two, which
/// neither program gives for customers in the order of their keys.
#[test]
fn cdnow_has_the_scores_of_the_other_recipes() {
    let Some(orders) = shared::cdnow() else { return };
    let ntile = RfmOptions {
        recency: Binning::Ntile,
        frequency: Binning::Ntile,
        monetary: Binning::Ntile,
        ..cdnow_options()
    };
    let rfm = score_rfm(&orders, &ntile).expect("options");
    let expected = BTreeMap::from([
        ("Champions", 579),
        ("Hibernating", 356),
        ("Lost", 312),
        ("About To Sleep", 305),
        ("Potential Loyalist", 203),
        ("Loyal", 198),
        ("Need Attention", 168),
        ("Can't Lose Them", 141),
        ("At Risk", 94),
        ("New Customers", 1),
        ("Promising", 0),
    ]);
    assert_eq!(sizes(&rfm), expected);
    let ten = RfmOptions { segments: SegmentMap::by_recency_and_frequency(), ..ntile };
    let rfm = score_rfm(&orders, &ten).expect("options");
    for (name, customers) in [("Hibernating", 860), ("Loyal Customers", 469), ("Champions", 449)] {
        assert_eq!(sizes(&rfm)[name], customers, "{name}");
    }
    for (name, customers) in
        [("Need Attention", 305), ("Potential Loyalists", 106), ("About to Sleep", 84), ("At Risk", 80)]
    {
        assert_eq!(sizes(&rfm)[name], customers, "{name}");
    }
    let python = RfmOptions {
        recency: Binning::Quantiles,
        frequency: Binning::RankQuantiles,
        monetary: Binning::Quantiles,
        ..cdnow_options()
    };
    let rfm = score_rfm(&orders, &python).expect("options");
    for (name, customers) in [
        ("Champions", 582),
        ("Hibernating", 352),
        ("About To Sleep", 316),
        ("Lost", 304),
        ("Potential Loyalist", 205),
        ("Loyal", 198),
        ("Need Attention", 168),
        ("Can't Lose Them", 140),
        ("At Risk", 91),
    ] {
        assert_eq!(sizes(&rfm)[name], customers, "{name}");
    }
}

/// Every customer of Online Retail, every column, against pandas.
#[test]
fn online_retail_is_equal_customer_by_customer() {
    let Some(sales) = shared::online_retail() else { return };
    let Some(reference) = shared::text("reference/online_retail_rfm_per_customer.csv.zst") else { return };
    // The reference counts whole days back from 2011-12-10 12:50, so its days begin at 12:50.
    let cut = 12 * 60 + 50;
    let shifted = shared::invoices(&sales, |sale| sale.day.plus_days(i32::from(sale.minute > cut)));
    let options = RfmOptions {
        recency: Binning::Quantiles,
        frequency: Binning::RankQuantiles,
        monetary: Binning::Quantiles,
        segments: SegmentMap::by_recency_and_frequency(),
        ..RfmOptions::as_of(date("2011-12-10"))
    };
    let floored = score_rfm(&shifted, &options).expect("options");
    let calendar = score_rfm(&shared::invoices(&sales, |sale| sale.day), &options).expect("options");
    let mut seen = 0;
    for line in reference.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let customer = fields[0].parse().expect("a key");
        let row = floored.row(customer).expect("a customer");
        let days = calendar.row(customer).expect("a customer").recency_days;
        let monetary: f64 = fields[4].parse().expect("money");
        // The reference is rounded to cents.
        assert!(((monetary * 1e4).round() as i128).abs_diff(row.monetary) <= 50, "{line}");
        let name = floored.segment_name(row);
        let got =
            format!("{},{},{days},{},{},{},{name}", row.frequency, row.recency_days, row.r, row.f, row.m);
        let expected = [3, 5, 6, 7, 8, 9, 10].map(|at| fields[at]).join(",");
        assert_eq!(got, expected, "{line}");
        seen += 1;
    }
    assert_eq!((seen, floored.rows.len()), (4_338, 4_338));
    let json = shared::reference("online_retail_rfm.json").expect("the reference");
    for segment in &floored.segments {
        let expected = &json["segments"][&segment.name];
        assert_eq!(expected["customers"].as_u64(), Some(segment.customers as u64), "{}", segment.name);
        let amount = expected["amount"].as_f64().expect("an amount");
        assert!((segment.monetary as f64 / 1e4 - amount).abs() < 0.006, "{}", segment.name);
        let mean = segment.mean_recency_days.expect("a mean");
        assert!((mean - expected["mean_recency"].as_f64().expect("a mean")).abs() < 5.1e-5);
    }
}

/// Nobody is lost between two snapshots, and who is new comes from nowhere.
#[test]
fn every_customer_moves_once() {
    let Some(orders) = shared::cdnow() else { return };
    let at = |day| score_rfm(&orders, &RfmOptions::as_of(date(day))).expect("options");
    let (before, after) = (at("1997-02-28"), at("1997-05-31"));
    let moves = migration(&before, &after);
    assert_eq!(moves.moves.iter().map(|cell| cell.customers).sum::<usize>(), after.rows.len());
    let new: usize = moves.moves.iter().filter(|cell| cell.from.is_none()).map(|cell| cell.customers).sum();
    assert_eq!(new, after.rows.len() - before.rows.len());
    assert!(moves.moves.iter().all(|cell| cell.to.is_some()));
    let value: i128 = moves.moves.iter().map(|cell| cell.monetary_after).sum();
    assert_eq!(value, after.rows.iter().map(|row| row.monetary).sum::<i128>());
    for segment in &before.segments {
        let left: usize =
            after.segments.iter().map(|to| moves.customers(Some(&segment.name), Some(&to.name))).sum();
        assert_eq!(left, segment.customers, "{}", segment.name);
    }
}
