//! How busy a day is, at which hour people come, and what is wanted on a day.
//!
//! Known customers live by trading time: a busy day is a long one. Their habits are drawn in it and then set
//! into the calendar ([`Season`]), so that Christmas is busy and the parameters of their habits still hold.

use confect_domain::{Date, Period};

use crate::assortment::{Kind, SEASONAL};

/// Monday first.
const WEEKDAY: [f64; 7] = [0.80, 0.85, 0.90, 1.00, 1.25, 1.60, 0.60];

/// How busy each hour of a shop is, from 9 to 19 o'clock.
const SHOP_HOURS: [f64; 11] = [0.5, 0.8, 1.0, 1.3, 1.1, 0.9, 1.0, 1.2, 1.5, 1.2, 0.6];

/// How busy each hour of the web shop is, from 0 to 23 o'clock.
const WEB_HOURS: [f64; 24] = [
    0.3, 0.15, 0.1, 0.05, 0.05, 0.1, 0.3, 0.6, 0.8, 0.9, 1.0, 1.0, 1.1, 1.0, 0.9, 0.9, 1.0, 1.1, 1.3, 1.6,
    1.9, 1.8, 1.3, 0.7,
];

/// Hours of shops and of the web shop, summed up, with the first hour.
pub(crate) fn hours(is_web: bool) -> (u16, Vec<f64>) {
    if is_web { (0, crate::random::cumulate(WEB_HOURS)) } else { (9, crate::random::cumulate(SHOP_HOURS)) }
}

/// Whether the shops are closed on `day`.
pub(crate) fn is_closed(day: Date) -> bool {
    let (_, month, day_of_month) = day.ymd();
    matches!((month, day_of_month), (12, 25) | (1, 1))
}

/// How busy the shops are on `day` against an ordinary day; 0 when they are closed.
pub(crate) fn busyness(day: Date) -> f64 {
    if is_closed(day) {
        return 0.0;
    }
    let (_, month, _) = day.ymd();
    let weekday = WEEKDAY.get(day.weekday() as usize - 1).copied().unwrap_or(1.0);
    weekday * summer(month) * christmas(day) * valentine(day) * before_easter(day) * halloween(day)
}

/// How much a kind of sweets is wanted on `day` against an ordinary day.
pub(crate) fn fashion(kind: Kind, day: Date) -> f64 {
    let (_, month, _) = day.ymd();
    match kind {
        Kind::Chocolate | Kind::Pralines if valentine(day) > 1.0 || christmas(day) > 1.2 => 1.8,
        Kind::Chocolate if before_easter(day) > 1.0 => 1.6,
        Kind::Chocolate | Kind::Pralines if matches!(month, 6..=8) => 0.65,
        Kind::Gummies if halloween(day) > 1.0 => 1.9,
        Kind::Gummies if matches!(month, 6..=8) => 1.3,
        Kind::HardCandy if christmas(day) > 1.0 => 1.5,
        Kind::Biscuits if matches!(month, 10..=12) => 1.4,
        _ => 1.0,
    }
}

/// Whether an article of the season, by its place in [`Kind::Seasonal`], is on the shelves, and how wanted it is.
pub(crate) fn in_season(rank: usize, day: Date) -> f64 {
    let (year, month, date) = day.ymd();
    let easter_on =
        |lead: i32| easter(year).is_some_and(|easter| within(day, easter.plus_days(-lead), lead + 8));
    match SEASONAL.get(rank) {
        Some(feast) => match *feast {
            "easter" if easter_on(35) => 3.0,
            "christmas" if month == 12 || (month == 11 && date >= 2) || (month == 1 && date <= 6) => 2.6,
            "valentine" if (month == 1 && date >= 25) || (month == 2 && date <= 16) => 3.0,
            "halloween" if (month == 9 && date >= 25) || month == 10 => 2.2,
            "always" => 0.8,
            _ => 0.0,
        },
        None => 0.0,
    }
}

fn summer(month: u32) -> f64 {
    if matches!(month, 7 | 8) { 0.82 } else { 1.0 }
}

fn christmas(day: Date) -> f64 {
    match day.ymd() {
        (_, 11, 15..) => 1.15,
        (_, 12, date @ 1..=24) => 1.3 + f64::from(date) * 0.045,
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

pub(crate) fn within(day: Date, from: Date, days: i32) -> bool {
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

/// Trading time against calendar days: a day lasts as long as it is busy, an average day lasts one day.
pub(crate) struct Season {
    /// Trading time at the end of each day.
    ends: Vec<f64>,
    /// For each whole unit of trading time the day in which it lies.
    days_at: Vec<u32>,
}

impl Season {
    /// Of `days` days from `first` on.
    pub(crate) fn new(first: Date, days: usize) -> Self {
        let busy = |index: usize| busyness(first.plus_days(index as i32));
        let total: f64 = (0..days).map(busy).sum();
        let scale = if total > 0.0 { days as f64 / total } else { 1.0 };
        let ends = crate::random::cumulate((0..days).map(|index| busy(index) * scale));
        let day_of = |time: usize| ends.partition_point(|end| *end <= time as f64) as u32;
        let days_at = (0..=days).map(day_of).collect();
        Self { ends, days_at }
    }

    /// Trading time at the start of a day.
    pub(crate) fn start_of(&self, day: usize) -> f64 {
        day.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0.0)
    }

    /// The day in which a moment of trading time lies; `None` after the last one.
    #[inline]
    pub(crate) fn day_at(&self, time: f64) -> Option<usize> {
        let mut day = *self.days_at.get(time as usize)? as usize;
        while *self.ends.get(day)? <= time {
            day += 1;
        }
        Some(day)
    }

    /// Whether the shops are open on a day.
    pub(crate) fn is_open(&self, day: usize) -> bool {
        self.ends.get(day).is_some_and(|end| *end > self.start_of(day))
    }
}
