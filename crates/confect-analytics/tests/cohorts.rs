//! Cohorts of Online Retail and CDNOW, cell by cell; skipped where the data are absent.

mod support;

use confect_analytics::cohort::{CohortOptions, Grain, build_cohorts};
use confect_domain::Date;
use support::shared;

#[test]
fn online_retail_is_equal_cell_by_cell() {
    let Some(sales) = shared::online_retail() else { return };
    let Some(reference) = shared::reference("online_retail_cohorts.json") else { return };
    let orders = shared::invoices(&sales, |sale| sale.day);
    let observed_to = Date::parse("2011-12-09").expect("a day");
    let options = CohortOptions { grain: Grain::Month, observed_to, warm_up: 1 };
    let table = build_cohorts(&orders, &options);
    assert_eq!(table.cohorts.len(), 13);
    let mut cells = 0;
    for cohort in &table.cohorts {
        let month = cohort.start.expect("a start").to_string();
        let month = &month[..7];
        let row = |name: &str| reference[name][month].as_array().expect("a row").clone();
        let (active, retention, amount) = (row("active_customers"), row("retention"), row("amount"));
        assert_eq!(active.len(), cohort.cells.len(), "{month}");
        for (age, cell) in cohort.cells.iter().enumerate() {
            let got = cell.map(|cell| cell.active as u64);
            assert_eq!(got, active[age].as_u64(), "{month} {age}");
            let share = cell.and_then(|cell| cell.retention());
            assert_eq!(
                share.map(|share| (share * 1e6).round() / 1e6),
                retention[age].as_f64(),
                "{month} {age}"
            );
            let money = cell.map(|cell| cell.revenue as f64 / 1e4);
            match (money, amount[age].as_f64()) {
                (Some(got), Some(expected)) => assert!((got - expected).abs() < 0.006, "{month} {age}"),
                (got, expected) => assert_eq!(got, expected, "{month} {age}"),
            }
            assert_eq!(cell.is_some_and(|cell| !cell.complete), age + 1 == active.iter().flatten_count());
            cells += 1;
        }
        assert_eq!(cohort.warming_up, month == "2010-12");
    }
    assert_eq!(cells, 169);
    let mean = table.mean_retention(1, true).expect("a mean");
    assert!((mean - 0.227_135).abs() < 5e-7, "{mean}");
    // Without the month that has not ended, by hand: 976 - 36 of 4,297 - 323.
    let mean = table.mean_retention(1, false).expect("a mean");
    assert!((mean - 940.0 / 3_974.0).abs() < 1e-12, "{mean}");
}

trait Observed {
    fn flatten_count(self) -> usize;
}

impl<'a, I: Iterator<Item = &'a serde_json::Value>> Observed for I {
    /// How many cells are not null.
    fn flatten_count(self) -> usize {
        self.filter(|value| !value.is_null()).count()
    }
}

/// methods.md, section 2.
#[test]
fn cdnow_is_as_published() {
    let Some(orders) = shared::cdnow() else { return };
    let observed_to = Date::parse("1998-06-30").expect("a day");
    let options = CohortOptions { grain: Grain::Month, observed_to, warm_up: 0 };
    let table = build_cohorts(&orders, &options);
    let expected = [
        (781, [124, 95, 70, 65], [285_927_000, 70_037_300]),
        (857, [134, 110, 75, 77], [334_300_800, 64_183_700]),
        (719, [87, 84, 78, 63], [328_120_900, 41_030_300]),
    ];
    assert_eq!(table.cohorts.len(), 3);
    for (cohort, (customers, active, revenue)) in table.cohorts.iter().zip(expected) {
        assert_eq!(cohort.customers, customers);
        let cells: Vec<_> = cohort.cells.iter().flatten().collect();
        let got: Vec<usize> = cells[1..5].iter().map(|cell| cell.active).collect();
        assert_eq!(got, active);
        assert_eq!([cells[0].revenue, cells[1].revenue], revenue);
        let (low, high) = cells[1].retention_interval().expect("an interval");
        let share = cells[1].retention().expect("a share");
        assert!(low < share && share < high && high - low < 0.06);
    }
}
