//! What can only be seen from within: the calendar, and constants that follow from others.

use confect_domain::Date;

use crate::plan::{P, Q, SEGMENTS, V};
use crate::season;

#[test]
fn easter_falls_on_its_sundays() {
    for day in ["2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2038-04-25", "2011-04-24"] {
        let date = Date::parse(day).expect("a date");
        assert_eq!(season::easter(date.ymd().0), Some(date), "{day}");
    }
}

/// Distribution function of a sum of `shape` exponentials (Erlang).
fn erlang(shape: u32, rate: f64, x: f64) -> f64 {
    let x = rate * x;
    let mut term = 1.0;
    let mut sum = 0.0;
    for index in 0..shape {
        if index > 0 {
            term *= x / f64::from(index);
        }
        sum += term;
    }
    if x.is_finite() { 1.0 - sum * libm::exp(-x) } else { 1.0 }
}

#[test]
fn segments_follow_from_the_values_of_orders() {
    let shape = Q as u32;
    let mut from = 0.0;
    for segment in &SEGMENTS {
        let share = erlang(shape, V, segment.below) - erlang(shape, V, from);
        let mean =
            P * V / (Q - 1.0) * (erlang(shape - 1, V, segment.below) - erlang(shape - 1, V, from)) / share;
        assert!((share - segment.share).abs() < 1e-9, "{}: {share}", segment.name);
        assert!((mean - segment.mean_order).abs() < 1e-6, "{}: {mean}", segment.name);
        from = segment.below;
    }
}

#[test]
fn trading_time_and_days_are_one_to_one() {
    let first = Date::from_ymd(2024, 11, 1).expect("a day");
    let season = season::Season::new(first, 730);
    for day in 0..730 {
        let start = season.start_of(day);
        if season.is_open(day) {
            assert_eq!(season.day_at(start + 1e-9), Some(day));
        } else {
            assert_ne!(season.day_at(start + 1e-9), Some(day));
        }
    }
    assert!((season.start_of(730) - 730.0).abs() < 1e-6, "an average day lasts one day");
    assert_eq!(season.day_at(731.0), None);
}
