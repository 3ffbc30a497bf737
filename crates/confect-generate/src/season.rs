//! How busy a day is, and what is wanted on it.

use confect_domain::{Date, Period};

/// Monday first.
const WEEKDAY: [f64; 7] = [0.80, 0.85, 0.90, 1.00, 1.25, 1.60, 0.60];

/// How busy the shops are on `day` against an ordinary day; 0 when they are closed.
pub(crate) fn busyness(day: Date) -> f64 {
    let (_, month, day_of_month) = day.ymd();
    if matches!((month, day_of_month), (12, 25) | (1, 1)) {
        return 0.0;
    }
    let weekday = WEEKDAY.get(day.weekday() as usize - 1).copied().unwrap_or(1.0);
    weekday * summer(month) * christmas(day) * valentine(day) * before_easter(day) * halloween(day)
}

/// How much a kind of sweets is wanted on `day` against an ordinary day.
pub(crate) fn fashion(category: usize, day: Date) -> f64 {
    let (_, month, _) = day.ymd();
    match category {
        0 | 1 if valentine(day) > 1.0 || christmas(day) > 1.2 => 1.8,
        0 if before_easter(day) > 1.0 => 2.2,
        0 | 1 if matches!(month, 6..=8) => 0.65,
        2 if halloween(day) > 1.0 => 1.9,
        2 if matches!(month, 6..=8) => 1.3,
        3 if christmas(day) > 1.0 => 1.5,
        _ => 1.0,
    }
}

/// Share of the price that is taken off on `day` as a rule, in hundredths: what is left of a feast.
pub(crate) fn clearance(day: Date) -> i64 {
    let (year, month, day_of_month) = day.ymd();
    let after_easter = easter(year).is_some_and(|easter| within(day, easter.plus_days(1), 7));
    let after_feast = (month == 12 && day_of_month > 26) || (month == 1 && day_of_month < 7);
    if after_feast {
        20
    } else if after_easter {
        15
    } else {
        0
    }
}

fn summer(month: u32) -> f64 {
    if matches!(month, 7 | 8) { 0.82 } else { 1.0 }
}

fn christmas(day: Date) -> f64 {
    match day.ymd() {
        (_, 11, 15..) => 1.15,
        (_, 12, date @ 1..=24) => 1.3 + f64::from(date) * 0.045,
        (_, 12, _) => 1.0,
        _ => 1.0,
    }
}

fn valentine(day: Date) -> f64 {
    match day.ymd() {
        (_, 2, 12..=14) => 2.1,
        (_, 2, 7..=11) => 1.4,
        _ => 1.0,
    }
}

fn halloween(day: Date) -> f64 {
    if matches!(day.ymd(), (_, 10, 25..)) { 1.35 } else { 1.0 }
}

fn before_easter(day: Date) -> f64 {
    let Some(easter) = easter(day.ymd().0) else { return 1.0 };
    if within(day, easter.plus_days(-5), 5) {
        1.9
    } else if within(day, easter.plus_days(-14), 9) {
        1.4
    } else {
        1.0
    }
}

fn within(day: Date, from: Date, days: i32) -> bool {
    Period { from, to: from.plus_days(days) }.contains(day)
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher).
pub(crate) fn easter(year: i32) -> Option<Date> {
    let (golden, century) = (year % 19, year / 100);
    let skipped = century - century / 4 - (8 * century + 13) / 25;
    let epact = (skipped + 19 * golden + 15) % 30;
    let moon = epact - (epact / 28) * (1 - (epact / 28) * (29 / (epact + 1)) * ((21 - golden) / 11));
    let weekday = (year + year / 4 + moon + 2 - century + century / 4) % 7;
    let offset = moon - weekday;
    let month = 3 + (offset + 40) / 44;
    let day = offset + 28 - 31 * (month / 4);
    Date::from_ymd(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}
