//! Days and moments: ISO 8601 and its kin and `1-Jan-2017` at once; `3/4/2024` as parts whose order is decided elsewhere.

use confect_domain::Date;

use super::Trouble;
use crate::spec::DateOrder;

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Microseconds of a day.
pub(crate) const DAY: i64 = 24 * HOUR;

/// A day and a time of day, with the offset from UTC if one is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Days since 1970-01-01.
    pub(crate) days: i32,
    /// Microseconds since midnight.
    pub(crate) micros: i64,
    /// Microseconds east of UTC.
    pub(crate) offset: Option<i64>,
}

/// Parts of a date whose year comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) first: u32,
    pub(crate) second: u32,
    year: i32,
    micros: i64,
}

/// What a text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DateText {
    Moment(Moment),
    Ordered(Parts),
}

impl Parts {
    /// The moment, if the parts fit the order.
    ///
    /// # Errors
    /// [`Trouble::OtherDateOrder`] if only the other order fits, [`Trouble::NoSuchDay`] if none does.
    pub(crate) fn in_order(self, order: DateOrder) -> Result<Moment, Trouble> {
        let (day, month) = match order {
            DateOrder::Dmy => (self.first, self.second),
            DateOrder::Mdy => (self.second, self.first),
            DateOrder::Ymd => return Err(Trouble::OtherDateOrder(order)),
        };
        let date = |day, month| Date::from_ymd(self.year, month, day);
        match date(day, month) {
            Some(date) => Ok(Moment { days: date.days(), micros: self.micros, offset: None }),
            None if date(month, day).is_some() => Err(Trouble::OtherDateOrder(order)),
            None => Err(Trouble::NoSuchDay),
        }
    }

    /// Whether the parts are a day with the day first, and with the month first.
    pub(crate) fn fits(self) -> (bool, bool) {
        (self.in_order(DateOrder::Dmy).is_ok(), self.in_order(DateOrder::Mdy).is_ok())
    }
}

/// Reads a date or a date with a time of day.
///
/// # Errors
/// Not a date, a day or time that does not exist, a two-digit year, a spreadsheet's day number.
#[inline]
pub(crate) fn parse(text: &str) -> Result<DateText, Trouble> {
    match parse_iso(text.as_bytes()) {
        Some(outcome) => outcome.map(DateText::Moment),
        None => match parse_ordered(text.as_bytes()) {
            Err(Trouble::NotADate) => parse_named(text).unwrap_or(Err(Trouble::NotADate)),
            outcome => outcome.map(DateText::Ordered),
        },
    }
}

/// Months as they are abbreviated; a longer name starts with one of these.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene", "gen"],
    &["feb", "fév", "fev"],
    &["mar", "mär", "mrz", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "mei", "mag"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "aou", "ago"],
    &["sep", "set"],
    &["oct", "okt", "ott", "out"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

/// `1-Jan-2017`, `1. März 2017`, `01 Sept 2017 10:30`; `None` if the text is not of that kind.
#[cold]
fn parse_named(text: &str) -> Option<Result<DateText, Trouble>> {
    let (day, rest) = number(text.as_bytes(), 0).and_then(|(day, next)| Some((day, text.get(next..)?)))?;
    let rest = rest.trim_start_matches(['-', '/', '.', ' ']);
    let end = rest.find(|letter: char| !letter.is_alphabetic())?;
    let (name, rest) = rest.split_at(end);
    let name = name.to_lowercase();
    let fits = |names: &[&str]| names.iter().any(|start| name.starts_with(start));
    let month = MONTHS.iter().position(|names| fits(names)).filter(|_| name.chars().count() <= 10)?;
    let rest = rest.trim_start_matches(['-', '/', '.', ' ']).as_bytes();
    let year = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if year == 2 {
        return Some(Err(Trouble::TwoDigitYear));
    }
    let year = (year == 4).then_some((two(rest, 0)? * 100 + two(rest, 2)?) as i32)?;
    let Some(date) = Date::from_ymd(year, month as u32 + 1, day).filter(|_| year > 0) else {
        return Some(Err(Trouble::NoSuchDay));
    };
    let time = parse_time(rest.get(4..).unwrap_or_default());
    Some(time.map(|(micros, offset)| DateText::Moment(Moment { days: date.days(), micros, offset })))
}

#[inline]
fn digit(bytes: &[u8], index: usize) -> Option<u32> {
    let digit = bytes.get(index)?.wrapping_sub(b'0');
    (digit < 10).then_some(u32::from(digit))
}

#[inline]
fn two(bytes: &[u8], index: usize) -> Option<u32> {
    Some(digit(bytes, index)? * 10 + digit(bytes, index + 1)?)
}

/// `YYYY-MM-DD`, also with `/` or `.`, and what follows; `None` if the text does not start so.
#[inline]
fn parse_iso(bytes: &[u8]) -> Option<Result<Moment, Trouble>> {
    let year = (two(bytes, 0)? * 100 + two(bytes, 2)?) as i32;
    let separator = *bytes.get(4)?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    let (month, next) = number(bytes, 5)?;
    if bytes.get(next) != Some(&separator) {
        return None;
    }
    let (day, next) = number(bytes, next + 1)?;
    let Some(date) = Date::from_ymd(year, month, day).filter(|_| year > 0) else {
        return Some(Err(Trouble::NoSuchDay));
    };
    let rest = bytes.get(next..).unwrap_or_default();
    Some(parse_time(rest).map(|(micros, offset)| Moment { days: date.days(), micros, offset }))
}

/// One or two digits and where they end.
#[inline]
fn number(bytes: &[u8], index: usize) -> Option<(u32, usize)> {
    let first = digit(bytes, index)?;
    Some(match digit(bytes, index + 1) {
        Some(second) => (first * 10 + second, index + 2),
        None => (first, index + 1),
    })
}

/// `d/m/yyyy` or `m/d/yyyy`, also with `-` or `.`, and a time of day.
fn parse_ordered(bytes: &[u8]) -> Result<Parts, Trouble> {
    parse_parts(bytes).unwrap_or_else(|| {
        let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        let serial = (4..=5).contains(&bytes.iter().take_while(|byte| byte.is_ascii_digit()).count())
            && bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        Err(if serial && digits <= 12 { Trouble::SerialDate } else { Trouble::NotADate })
    })
}

fn parse_parts(bytes: &[u8]) -> Option<Result<Parts, Trouble>> {
    let (first, next) = number(bytes, 0)?;
    let separator = *bytes.get(next)?;
    if !matches!(separator, b'/' | b'-' | b'.') {
        return None;
    }
    let (second, next) = number(bytes, next + 1)?;
    if *bytes.get(next)? != separator {
        return None;
    }
    let year = bytes.get(next + 1..)?;
    let digits = year.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match digits {
        4 => {}
        2 => return Some(Err(Trouble::TwoDigitYear)),
        _ => return None,
    }
    let value = (two(year, 0)? * 100 + two(year, 2)?) as i32;
    let outcome = parse_time(&year[4..]).and_then(|(micros, offset)| {
        let parts = Parts { first, second, year: value, micros };
        match parts.fits() {
            _ if offset.is_some() => Err(Trouble::NotADate),
            (false, false) => Err(Trouble::NoSuchDay),
            _ if value == 0 => Err(Trouble::NoSuchDay),
            _ => Ok(parts),
        }
    });
    Some(outcome)
}

/// Nothing, or a blank or `T`, `H:MM[:SS[.fraction]]`, `AM`/`PM`, and `Z` or an offset.
#[inline]
fn parse_time(bytes: &[u8]) -> Result<(i64, Option<i64>), Trouble> {
    match bytes {
        [] => Ok((0, None)),
        [b' ' | b'T' | b't', rest @ ..] => parse_clock(rest).unwrap_or(Err(Trouble::NotADate)),
        _ => Err(Trouble::NotADate),
    }
}

fn parse_clock(bytes: &[u8]) -> Option<Result<(i64, Option<i64>), Trouble>> {
    let (hour, mut next) = number(bytes, 0)?;
    if bytes.get(next) != Some(&b':') {
        return None;
    }
    let minute = two(bytes, next + 1)?;
    next += 3;
    let mut second = 0;
    if bytes.get(next) == Some(&b':') {
        second = two(bytes, next + 1)?;
        next += 3;
    }
    let mut fraction = 0;
    if matches!(bytes.get(next), Some(b'.' | b',')) {
        let digits = bytes[next + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 || digits > 9 {
            return None;
        }
        fraction = fraction_micros(&bytes[next + 1..next + 1 + digits]);
        next += 1 + digits;
    }
    let rest = bytes.get(next..)?.trim_ascii_start();
    let (hour, rest) = match half_day(rest, hour) {
        Ok(found) => found,
        Err(trouble) => return Some(Err(trouble)),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return Some(Err(Trouble::NoSuchTime));
    }
    let micros = i64::from(hour) * HOUR + i64::from(minute) * MINUTE + i64::from(second) * SECOND + fraction;
    if rest.is_empty() {
        return Some(Ok((micros, None)));
    }
    let offset = parse_offset(rest)?;
    Some(Ok((micros, Some(offset))))
}

/// Microseconds of a fraction of a second; places beyond the sixth are cut, as clocks do.
fn fraction_micros(digits: &[u8]) -> i64 {
    (0..6).fold(0, |sum, index| sum * 10 + i64::from(digit(digits, index).unwrap_or(0)))
}

/// The hour of a twelve-hour clock and what follows `AM` or `PM`.
fn half_day(rest: &[u8], hour: u32) -> Result<(u32, &[u8]), Trouble> {
    let (after_noon, rest) = match rest {
        [b'a' | b'A', b'm' | b'M', rest @ ..] => (false, rest),
        [b'p' | b'P', b'm' | b'M', rest @ ..] => (true, rest),
        _ => return Ok((hour, rest)),
    };
    match hour {
        1..=12 => Ok((hour % 12 + if after_noon { 12 } else { 0 }, rest)),
        _ => Err(Trouble::NoSuchTime),
    }
}

/// `Z`, `+01`, `+0100`, `+01:00`.
fn parse_offset(bytes: &[u8]) -> Option<i64> {
    let (sign, rest) = match bytes {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let minute = match rest.len() {
        2 => 0,
        4 => two(rest, 2)?,
        5 if rest[2] == b':' => two(rest, 3)?,
        _ => return None,
    };
    let hour = two(rest, 0)?;
    (hour < 24 && minute < 60).then(|| sign * (i64::from(hour) * HOUR + i64::from(minute) * MINUTE))
}

/// Whether a day only means "unknown": 0001-01-01, 1900-01-01, 9999-12-31.
#[inline]
pub(crate) fn is_sentinel(days: i32) -> bool {
    const FIRST: i32 = -719_162;
    const SPREADSHEET: i32 = -25_567;
    const LAST: i32 = 2_932_896;
    matches!(days, FIRST | SPREADSHEET | LAST)
}
