//! Weeks, months and quarters as whole numbers, so that ages are differences.

use confect_domain::Date;

/// The length of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grain {
    /// ISO weeks, from Monday.
    Week,
    /// Calendar months.
    Month,
    /// Calendar quarters.
    Quarter,
}

impl Grain {
    /// The number of the period of a day, counted without gaps.
    pub fn index(self, day: Date) -> i32 {
        match self {
            // 1970-01-05 was a Monday.
            Self::Week => day.days().saturating_add(3).div_euclid(7),
            Self::Month => months(day),
            Self::Quarter => months(day).div_euclid(3),
        }
    }

    /// The first day of a period.
    pub fn start(self, index: i32) -> Date {
        let month = |months: i32| {
            let (year, month) = (months.div_euclid(12), months.rem_euclid(12) as u32 + 1);
            Date::from_ymd(year, month, 1).unwrap_or(Date::from_days(0))
        };
        match self {
            Self::Week => Date::from_days(index.saturating_mul(7).saturating_sub(3)),
            Self::Month => month(index),
            Self::Quarter => month(index.saturating_mul(3)),
        }
    }
}

fn months(day: Date) -> i32 {
    let (year, month, _) = day.ymd();
    year.saturating_mul(12).saturating_add(month as i32 - 1)
}

#[cfg(test)]
mod tests {
    use super::Grain;
    use confect_domain::Date;

    #[test]
    fn every_day_lies_in_its_period() {
        for grain in [Grain::Week, Grain::Month, Grain::Quarter] {
            for days in -800..22_000 {
                let (day, index) = (Date::from_days(days), grain.index(Date::from_days(days)));
                assert!(grain.start(index) <= day && day < grain.start(index + 1), "{day}");
            }
        }
        assert_eq!(Grain::Week.start(Grain::Week.index(Date::from_days(20_000))).weekday(), 1);
    }
}
