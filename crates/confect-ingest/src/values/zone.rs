//! Wall clock → UTC. In a gap the clock is moved on, in an overlap the earlier moment is taken; both are told.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::date::{DAY, Moment};

const SECOND: i64 = 1_000_000;

/// What had to be assumed about a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shift {
    None,
    /// The clock jumped over this time.
    Gap,
    /// The clock showed this time twice.
    Overlap,
}

/// Turns moments into UTC, remembering the last day's offset, because a file's days come in runs.
pub(crate) struct Clock<'a> {
    zone: Option<&'a TimeZone>,
    /// A day and the offset that holds on all of it, in microseconds.
    steady: Option<(i32, i64)>,
}

impl<'a> Clock<'a> {
    /// A clock of that zone; `None` is UTC.
    pub(crate) fn new(zone: Option<&'a TimeZone>) -> Self {
        Self { zone, steady: None }
    }

    /// Microseconds since 1970-01-01 in UTC.
    #[inline]
    pub(crate) fn utc_of(&mut self, moment: Moment) -> (i64, Shift) {
        let local = i64::from(moment.days) * DAY + moment.micros;
        let offset = match (moment.offset, self.zone) {
            (Some(offset), _) => offset,
            (None, None) => 0,
            (None, Some(zone)) => match self.steady {
                Some((day, offset)) if day == moment.days => offset,
                _ => return self.look_up(zone, moment, local),
            },
        };
        (local - offset, Shift::None)
    }

    fn look_up(&mut self, zone: &TimeZone, moment: Moment, local: i64) -> (i64, Shift) {
        let start = offset_at(zone, i64::from(moment.days) * DAY);
        let end = offset_at(zone, i64::from(moment.days + 1) * DAY);
        if let (Some((start, Shift::None)), Some((end, Shift::None))) = (start, end)
            && start == end
        {
            self.steady = Some((moment.days, start));
            return (local - start, Shift::None);
        }
        let (offset, shift) = offset_at(zone, local).unwrap_or((0, Shift::None));
        (local - offset, shift)
    }
}

/// The offset at a local time; in a gap the one before it, which moves the clock on; in an overlap the first.
fn offset_at(zone: &TimeZone, local: i64) -> Option<(i64, Shift)> {
    let days = local.div_euclid(DAY);
    let micros = local.rem_euclid(DAY);
    let date = confect_domain::Date::from_days(i32::try_from(days).ok()?);
    let (year, month, day) = date.ymd();
    let date = civil::Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let seconds = micros / SECOND;
    let time = civil::Time::new(
        (seconds / 3_600).try_into().ok()?,
        (seconds / 60 % 60).try_into().ok()?,
        (seconds % 60).try_into().ok()?,
        ((micros % SECOND) * 1_000).try_into().ok()?,
    )
    .ok()?;
    let found = zone.to_ambiguous_timestamp(date.to_datetime(time)).offset();
    let (offset, shift) = match found {
        AmbiguousOffset::Unambiguous { offset } => (offset, Shift::None),
        AmbiguousOffset::Gap { before, .. } => (before, Shift::Gap),
        AmbiguousOffset::Fold { before, .. } => (before, Shift::Overlap),
    };
    Some((i64::from(offset.seconds()) * SECOND, shift))
}
