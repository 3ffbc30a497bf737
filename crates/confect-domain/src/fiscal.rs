//! Fiscal years and the 4-4-5 calendar of retailers.
//!
//! A fiscal year starts on the first of a month and is called after the calendar year in which it
//! ends: with April as the first month, 2026-03-31 is the last day of 2026.
//! A 4-4-5 year starts on the Monday nearest to that first day and has 52 whole weeks, or 53; each of
//! its quarters has three periods of 4, 4 and 5 weeks, and a 53rd week belongs to the last period.
//! With January as the first month its weeks are those of ISO 8601.
//! Deliberately absent: 4-5-4 and 5-4-4, and years that start on other weekdays.

use crate::calendar::Date;

/// The calendar of a shop whose fiscal year starts in a given month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FiscalCalendar {
    first_month: u32,
}

impl Default for FiscalCalendar {
    /// Fiscal years are calendar years.
    fn default() -> Self {
        Self { first_month: 1 }
    }
}

impl FiscalCalendar {
    /// The calendar whose years start in that month; `None` unless it is 1 to 12.
    pub fn starting_in(first_month: u32) -> Option<Self> {
        (1..=12).contains(&first_month).then_some(Self { first_month })
    }

    /// The month in which fiscal years start, 1-12.
    pub const fn first_month(self) -> u32 {
        self.first_month
    }

    /// The fiscal year of a day, and its period 1-12: the months since the year began, plus one.
    pub const fn fiscal_period(self, day: Date) -> (i32, u32) {
        let (year, month, _) = day.ymd();
        let months = (month + 12 - self.first_month) % 12;
        let ends_later = self.first_month > 1 && month >= self.first_month;
        (if ends_later { year + 1 } else { year }, months + 1)
    }

    /// The 4-4-5 year of a day, and its week 1-53.
    pub const fn retail_week(self, day: Date) -> (i32, u32) {
        let (year, _) = self.fiscal_period(day);
        // Up to three days before the fiscal year's first day belong to it, or after it to the one before.
        let mut year = year + 1;
        while self.retail_year_start(year).days() > day.days() {
            year -= 1;
        }
        (year, ((day.days() - self.retail_year_start(year).days()) / 7 + 1) as u32)
    }

    /// The Monday nearest to the fiscal year's first day.
    const fn retail_year_start(self, year: i32) -> Date {
        let year = if self.first_month > 1 { year - 1 } else { year };
        let start = Date::from_days(0).plus_months((year - 1970) * 12 + self.first_month as i32 - 1);
        start.plus_days(3).week_start()
    }
}

/// The 4-4-5 period 1-12 that holds a week 1-53.
pub const fn retail_period(week: u32) -> u32 {
    let week = if week > 52 { 51 } else { week.saturating_sub(1) };
    let within = week % 13;
    week / 13 * 3
        + if within < 4 {
            1
        } else if within < 8 {
            2
        } else {
            3
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn a_fiscal_year_is_called_after_the_year_it_ends_in() {
        let april = FiscalCalendar::starting_in(4).expect("a month");
        assert_eq!(april.fiscal_period(date("2026-03-31")), (2026, 12));
        assert_eq!(april.fiscal_period(date("2026-04-01")), (2027, 1));
        assert_eq!(FiscalCalendar::default().fiscal_period(date("2026-04-01")), (2026, 4));
        assert_eq!(FiscalCalendar::starting_in(13), None);
    }

    #[test]
    fn with_january_weeks_are_those_of_iso_8601() {
        let calendar = FiscalCalendar::default();
        for days in date("1990-01-01").days()..date("2040-01-01").days() {
            let day = Date::from_days(days);
            let thursday = day.week_start().plus_days(3);
            let week = (thursday.days() - thursday.year_start().days()) / 7 + 1;
            assert_eq!(calendar.retail_week(day), (thursday.ymd().0, week as u32), "{day}");
        }
    }

    #[test]
    fn years_of_any_month_have_52_or_53_weeks_without_a_gap() {
        for month in 1..=12 {
            let calendar = FiscalCalendar::starting_in(month).expect("a month");
            let mut before = calendar.retail_week(date("1999-12-31"));
            for days in date("2000-01-01").days()..date("2030-01-01").days() {
                let day = Date::from_days(days);
                let (year, week) = calendar.retail_week(day);
                let expected = match (day.weekday() == 1, before) {
                    (false, same) => same,
                    (true, (held, 52 | 53)) if week == 1 => (held + 1, 1),
                    (true, (held, last)) => (held, last + 1),
                };
                assert_eq!((year, week), expected, "{month} {day}");
                assert!(week <= 53);
                before = (year, week);
            }
        }
    }

    #[test]
    fn weeks_fall_into_periods_of_four_four_and_five() {
        let periods: Vec<u32> = (1..=53).map(retail_period).collect();
        let weeks = |period: u32| periods.iter().filter(|held| **held == period).count();
        assert_eq!((1..=12).map(weeks).collect::<Vec<_>>(), [4, 4, 5, 4, 4, 5, 4, 4, 5, 4, 4, 6]);
        assert!(periods.is_sorted());
    }
}
