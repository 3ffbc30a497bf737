//! Exact numbers as shops write them: `12.5`, `1,234.56`, `1.234,56`, `€ 12,00`, `12.00 EUR`, `(12.00)`, `12-`.
//!
//! Four places, 18 digits (`confect_domain::Decimal`); a fifth place that matters is trouble, not rounded.

use std::borrow::Cow;

use confect_domain::Decimal;
use confect_domain::decimal::{DecimalError, format_scaled};

use super::Trouble;

/// Currencies that are recognised, with the signs that stand for them.
pub(crate) const CURRENCIES: [(&str, &[&str]); 20] = [
    ("EUR", &["€"]),
    ("USD", &["US$", "$"]),
    ("GBP", &["£"]),
    ("JPY", &["¥"]),
    ("CHF", &["SFr.", "Fr."]),
    ("SEK", &[]),
    ("NOK", &[]),
    ("DKK", &[]),
    ("PLN", &["zł"]),
    ("CZK", &["Kč"]),
    ("HUF", &["Ft"]),
    ("CNY", &[]),
    ("CAD", &["C$"]),
    ("AUD", &["A$"]),
    ("NZD", &[]),
    ("INR", &["₹"]),
    ("BRL", &["R$"]),
    ("TRY", &["₺"]),
    ("ZAR", &[]),
    ("MXN", &[]),
];

/// A number in ten-thousandths and the index of its currency, if one is written.
pub(crate) type Amount = (i128, Option<usize>);

/// Which sign divides whole from part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Point,
    Comma,
}

/// What the text of a number shows about the decimal sign of whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Nothing: `12`, or no number at all.
    Nothing,
    OnlyPoint,
    OnlyComma,
    /// One mark before three digits, `1,234` or `1.234`: a thousand or a bit more than one.
    Either(char),
}

/// What a text shows.
pub(crate) fn shown(text: &str, rate: bool) -> Shown {
    match (parse_strictly(text, false, rate), parse_strictly(text, true, rate)) {
        (Ok(_), Err(Trouble::AmbiguousNumber)) => Shown::Either('.'),
        (Err(Trouble::AmbiguousNumber), Ok(_)) => Shown::Either(','),
        (Ok(_), Err(_)) => Shown::OnlyPoint,
        (Err(_), Ok(_)) => Shown::OnlyComma,
        _ => Shown::Nothing,
    }
}

/// Whether a text that was read may be one of a single group, so that [`shown`] has to look at it.
#[inline]
pub(crate) fn may_be_grouped(text: &str) -> bool {
    match text.as_bytes() {
        [_, .., b'.' | b',', one, two, three] => [one, two, three].iter().all(|byte| byte.is_ascii_digit()),
        [.., last] if !last.is_ascii_digit() => text.contains(['.', ',']),
        _ => false,
    }
}

/// Reads a number whose single mark is the decimal sign or groups thousands, as `sign` says.
///
/// # Errors
/// As [`parse_decimal`].
pub(crate) fn parse_either(text: &str, mark: char, sign: Sign, rate: bool) -> Result<Amount, Trouble> {
    let is_decimal = (mark == ',') == (sign == Sign::Comma);
    match is_decimal {
        true => parse_strictly(text, sign == Sign::Comma, rate),
        false => parse_strictly(&text.replacen(mark, "", 1), sign == Sign::Comma, rate),
    }
}

/// Both readings of such a number, for a person.
pub(crate) fn readings(text: &str) -> Option<(String, String)> {
    let Shown::Either(mark) = shown(text, true) else { return None };
    let read = |sign| parse_either(text, mark, sign, true).ok().map(|(number, _)| number);
    let words = |number: i128| format_scaled(number, confect_domain::decimal::SCALE);
    Some((words(read(Sign::Point)?), words(read(Sign::Comma)?)))
}

/// Reads an exact number; with `rate`, `12.5 %` is 0.125. A plain `12.5` can be read in one way only and is,
/// also where the comma is the decimal sign.
///
/// # Errors
/// Not a number, not finite, ambiguous, or beyond `Decimal(18, 4)`.
#[inline]
pub(crate) fn parse_decimal(text: &str, comma: bool, rate: bool) -> Result<Amount, Trouble> {
    match parse_plain(text.as_bytes()) {
        Some(number) if !comma || !may_be_grouped(text) => Ok((i128::from(number), None)),
        _ => parse_strictly(text, comma, rate),
    }
}

/// The same, with one decimal sign only.
fn parse_strictly(text: &str, comma: bool, rate: bool) -> Result<Amount, Trouble> {
    match parse_plain(text.as_bytes()) {
        Some(number) if !comma || !text.contains('.') => Ok((i128::from(number), None)),
        _ => parse_written(text, comma, rate),
    }
}

/// Reads a whole number; `12.0` is one.
///
/// # Errors
/// As [`parse_decimal`], and [`Trouble::NotWhole`].
pub(crate) fn parse_integer(text: &str, comma: bool) -> Result<i64, Trouble> {
    if let Ok(number) = text.parse::<i64>() {
        return Ok(number);
    }
    // A whole number has no use for a decimal sign, so a single mark groups thousands.
    let (number, _) = match shown(text, false) {
        Shown::Either(mark) if (mark == '.') == comma => {
            parse_either(text, mark, if comma { Sign::Comma } else { Sign::Point }, false)?
        }
        Shown::OnlyPoint => parse_decimal(text, false, false)?,
        _ => parse_decimal(text, comma, false)?,
    };
    if number % 10_000 != 0 {
        return Err(Trouble::NotWhole);
    }
    i64::try_from(number / 10_000).map_err(|_| Trouble::TooBig)
}

/// A positive number with at most ten places, as text with a decimal point: what [`Decimal`] has too few
/// places for, such as an exchange rate.
///
/// # Errors
/// [`Trouble::NotAFactor`] for anything else, zero included.
pub(crate) fn parse_factor(text: &str, comma: bool) -> Result<Cow<'static, str>, Trouble> {
    let (whole, places) = text.split_once(if comma { ',' } else { '.' }).unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let positive = text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if digits(whole) && digits(places) && whole.len() <= 8 && places.len() <= 10 && positive {
        Ok(Cow::Owned(format!("{whole}.{places}")))
    } else {
        Err(Trouble::NotAFactor)
    }
}

/// `-?digits[.digits]` with at most 14 and 4 digits: nearly all numbers. `None`: look closer.
#[inline]
fn parse_plain(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    let mut value = 0_i64;
    let mut index = 0;
    while let Some(digit) = digits.get(index).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10)
    {
        value = value.wrapping_mul(10).wrapping_add(i64::from(digit));
        index += 1;
    }
    if index == 0 || index > 14 {
        return None;
    }
    let places = match digits.get(index) {
        None => 0,
        Some(b'.') => digits.len() - index - 1,
        Some(_) => return None,
    };
    if places > 4 {
        return None;
    }
    for byte in digits.get(index + 1..).unwrap_or_default() {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + i64::from(digit);
    }
    let scaled = value * [10_000, 1_000, 100, 10, 1][places];
    Some(if negative { -scaled } else { scaled })
}

/// Everything that is not plain digits.
#[cold]
fn parse_written(text: &str, comma: bool, rate: bool) -> Result<Amount, Trouble> {
    let lower = text.to_ascii_lowercase();
    if matches!(lower.trim_start_matches(['+', '-']), "nan" | "inf" | "infinity") {
        return Err(Trouble::NotFinite);
    }
    let (body, currency) = without_currency(text);
    let (body, negative) = without_sign(body).ok_or(Trouble::NotANumber)?;
    // `-€5` has its sign before the currency.
    let (body, currency) = if currency.is_none() { without_currency(body) } else { (body, currency) };
    let (body, percent) = match body.strip_suffix('%') {
        Some(rest) if rate => (rest.trim_end(), true),
        _ => (body, false),
    };
    let digits = without_groups(body, comma)?;
    let number = scaled(&digits, percent)?;
    Ok((if negative { -number } else { number }, currency))
}

fn scaled(digits: &str, percent: bool) -> Result<i128, Trouble> {
    let number = Decimal::parse(digits).map_err(|error| match error {
        DecimalError::NotANumber => Trouble::NotANumber,
        DecimalError::Overflow if digits.split('.').next().unwrap_or_default().len() > 14 => Trouble::TooBig,
        DecimalError::Overflow => Trouble::TooManyPlaces,
    })?;
    match number.scaled() {
        scaled if !percent => Ok(scaled),
        scaled if scaled % 100 == 0 => Ok(scaled / 100),
        _ => Err(Trouble::TooManyPlaces),
    }
}

/// Cuts a currency sign or code off either end.
fn without_currency(text: &str) -> (&str, Option<usize>) {
    for (index, (code, signs)) in CURRENCIES.iter().enumerate() {
        for sign in signs.iter().chain([code]) {
            let rest = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign));
            if let Some(rest) = rest {
                return (rest.trim(), Some(index));
            }
        }
    }
    (text, None)
}

/// Cuts off the sign: `-5`, `+5`, `5-`, `(5)`, `5 CR`; whether it is negative. `None` for two signs.
fn without_sign(text: &str) -> Option<(&str, bool)> {
    let inside = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    let negative = inside
        .or_else(|| text.strip_prefix('-').or_else(|| text.strip_prefix('\u{2212}')))
        .or_else(|| text.strip_suffix('-').or_else(|| text.strip_suffix("CR")));
    let (body, negative) = match negative {
        Some(body) => (body.trim(), true),
        None => (text.strip_prefix('+').unwrap_or(text).trim(), false),
    };
    (!body.starts_with(['+', '-'])).then_some((body, negative))
}

/// Takes thousands marks out and makes the decimal sign a point.
fn without_groups(text: &str, comma: bool) -> Result<String, Trouble> {
    let (point, group) = if comma { (',', '.') } else { ('.', ',') };
    if text.bytes().any(|byte| matches!(byte, b'e' | b'E')) && looks_scientific(text) {
        return Err(Trouble::Scientific);
    }
    let (whole, places) = match text.split_once(point) {
        Some((whole, places)) => (whole, Some(places)),
        None => (text, None),
    };
    if places.is_some_and(|places| places.contains(['.', ','])) {
        return Err(other_sign(text, point, group));
    }
    let whole = ungrouped(whole, group, places.is_some()).ok_or_else(|| other_sign(text, point, group))??;
    Ok(match places {
        Some(places) => format!("{whole}.{places}"),
        None => whole,
    })
}

/// The digits of groups of three; `None` if the groups are none.
fn ungrouped(whole: &str, group: char, has_places: bool) -> Option<Result<String, Trouble>> {
    let is_mark =
        |letter: char| letter == group || matches!(letter, ' ' | '\'' | '’' | '\u{a0}' | '\u{202f}');
    let marks: Vec<char> = whole.chars().filter(|letter| is_mark(*letter)).collect();
    let Some(mark) = marks.first() else { return Some(Ok(whole.to_owned())) };
    let mut groups = whole.split(*mark);
    let first = groups.next()?;
    // `0.250` is no thousand.
    let regular =
        (1..=3).contains(&first.len()) && !first.starts_with('0') && groups.all(|part| part.len() == 3);
    let digits: String = whole.chars().filter(|letter| letter != mark).collect();
    if !regular || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // One group and no places: `1,234` may be a thousand or a bit more than one.
    if marks.len() == 1 && !has_places && *mark == group {
        return Some(Err(Trouble::AmbiguousNumber));
    }
    Some(Ok(digits))
}

/// Tells a number that is written the other way round from no number at all.
fn other_sign(text: &str, point: char, group: char) -> Trouble {
    let digits_only =
        text.chars().all(|letter| letter.is_ascii_digit() || letter == point || letter == group);
    let one_group = text.matches(group).count() == 1 && text.matches(point).count() <= 1 + text.len() / 4;
    if digits_only && one_group && group == ',' { Trouble::OtherDecimalSign } else { Trouble::NotANumber }
}

fn looks_scientific(text: &str) -> bool {
    let mut parts = text.splitn(2, ['e', 'E']);
    let numeric = |part: Option<&str>| {
        part.is_some_and(|part| {
            part.bytes().any(|byte| byte.is_ascii_digit())
                && part.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'+' | b'-'))
        })
    };
    numeric(parts.next()) && numeric(parts.next())
}
