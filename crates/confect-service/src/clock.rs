//! The system clock, read here and nowhere else. Numbers on pages never depend on it: their "today" is
//! the day after the latest sale.

use std::time::{SystemTime, UNIX_EPOCH};

use confect_domain::Date;

/// A moment in UTC, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(i64);

/// The present moment. A clock that stands before 1970 gives 1970.
pub fn now() -> Moment {
    #[allow(clippy::disallowed_methods)] // This is the one place that may.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Moment(i64::try_from(since).unwrap_or(i64::MAX))
}

impl Moment {
    /// From seconds since 1970-01-01T00:00:00Z.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// The day in UTC.
    pub fn day(self) -> Date {
        Date::from_days(i32::try_from(self.0.div_euclid(86_400)).unwrap_or(i32::MAX))
    }

    /// The moment `seconds` later.
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// `2026-11-21T05:22:35Z`.
    pub fn rfc3339(self) -> String {
        let day = Date::from_days(i32::try_from(self.0.div_euclid(86_400)).unwrap_or(i32::MAX));
        let rest = self.0.rem_euclid(86_400);
        format!("{day}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_read_as_rfc_3339() {
        assert_eq!(Moment::from_seconds(0).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Moment::from_seconds(1_795_238_555).rfc3339(), "2026-11-21T05:22:35Z");
        assert!(now() > Moment::from_seconds(1_700_000_000));
    }
}
