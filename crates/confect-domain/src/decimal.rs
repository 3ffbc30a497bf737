//! Exact decimal numbers with four places, as money and quantities travel through Confect.
//!
//! 18 digits in all, 4 after the point: the `Decimal(18, 4)` of the star's columns.
//! Arithmetic that could leave that range returns `None`; nothing rounds silently but
//! [`Decimal::parse`], which does not round either: a fifth place is refused.

use std::fmt;

/// Number of digits after the decimal point.
pub const SCALE: u32 = 4;
/// Number of digits in all.
pub const PRECISION: u8 = 18;
const UNIT: i128 = 10_000;
const LIMIT: i128 = 1_000_000_000_000_000_000;

/// An exact number with four decimal places and at most 18 digits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

/// Why a text is not a [`Decimal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecimalError {
    /// Not a number at all.
    NotANumber,
    /// More than 18 digits, or more than four places that matter.
    Overflow,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// From ten-thousandths; `None` if that has more than 18 digits.
    pub const fn from_scaled(scaled: i128) -> Option<Self> {
        if scaled > -LIMIT && scaled < LIMIT { Some(Self(scaled)) } else { None }
    }

    /// The number in ten-thousandths.
    pub const fn scaled(self) -> i128 {
        self.0
    }

    /// Parses `-?digits[.digits]`: no grouping, no exponent, no sign but a leading `-` or `+`.
    ///
    /// # Errors
    /// [`DecimalError::Overflow`] beyond 18 digits or with a fifth place that is not 0.
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        let bytes = text.as_bytes();
        let (negative, digits) = match bytes.first() {
            Some(b'-') => (true, &bytes[1..]),
            Some(b'+') => (false, &bytes[1..]),
            _ => (false, bytes),
        };
        let (mut value, mut places, mut seen, mut point) = (0_i128, 0_u32, false, false);
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    seen = true;
                    if point && places == SCALE {
                        if byte != b'0' {
                            return Err(DecimalError::Overflow);
                        }
                        continue;
                    }
                    places += u32::from(point);
                    value = value * 10 + i128::from(byte - b'0');
                    if value >= LIMIT {
                        return Err(DecimalError::Overflow);
                    }
                }
                b'.' if !point => point = true,
                _ => return Err(DecimalError::NotANumber),
            }
        }
        if !seen {
            return Err(DecimalError::NotANumber);
        }
        let scaled = value * 10_i128.pow(SCALE - places);
        Self::from_scaled(if negative { -scaled } else { scaled }).ok_or(DecimalError::Overflow)
    }

    /// `self + other`, or `None` beyond 18 digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Self::from_scaled(self.0.checked_add(other.0)?)
    }

    /// `self × other`, rounded half away from zero to four places; `None` beyond 18 digits.
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        let product = self.0.checked_mul(other.0)?;
        let half = if product < 0 { -UNIT / 2 } else { UNIT / 2 };
        Self::from_scaled((product + half) / UNIT)
    }
}

impl fmt::Display for Decimal {
    /// Plain digits without trailing zeros: `12.5`, `-0.001`, `3`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&format_scaled(self.0, SCALE))
    }
}

/// Writes an integer that counts `10^-scale` units as plain digits without trailing zeros.
pub fn format_scaled(scaled: i128, scale: u32) -> String {
    let unit = 10_u128.pow(scale);
    let magnitude = scaled.unsigned_abs();
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, rest) = (magnitude / unit, magnitude % unit);
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let places = format!("{rest:0width$}", width = scale as usize);
    format!("{sign}{whole}.{}", places.trim_end_matches('0'))
}

/// Reads what [`format_scaled`] wrote at scale [`SCALE`]; sums may be longer than a [`Decimal`].
pub fn parse_scaled(text: &str) -> Option<i128> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    if places.len() > SCALE as usize || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let scaled: i128 = format!("{whole}{places:0<width$}", width = SCALE as usize).parse().ok()?;
    Some(if negative { -scaled } else { scaled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_exact_numbers_or_say_why_not() {
        let cases = [
            ("2.55", Ok("2.55")),
            ("-11062.06", Ok("-11062.06")),
            ("0.001", Ok("0.001")),
            ("+7", Ok("7")),
            (".5", Ok("0.5")),
            ("5.", Ok("5")),
            ("-0", Ok("0")),
            ("1.23450", Ok("1.2345")),
            ("1.23456", Err(DecimalError::Overflow)),
            ("99999999999999.9999", Ok("99999999999999.9999")),
            ("100000000000000", Err(DecimalError::Overflow)),
            ("", Err(DecimalError::NotANumber)),
            ("-", Err(DecimalError::NotANumber)),
            (".", Err(DecimalError::NotANumber)),
            ("1,5", Err(DecimalError::NotANumber)),
            ("1e5", Err(DecimalError::NotANumber)),
            ("NaN", Err(DecimalError::NotANumber)),
            ("1.2.3", Err(DecimalError::NotANumber)),
            (" 1", Err(DecimalError::NotANumber)),
        ];
        for (text, expected) in cases {
            let got = Decimal::parse(text).map(|number| number.to_string());
            assert_eq!(got, expected.map(str::to_owned), "{text:?}");
        }
    }

    #[test]
    fn sums_survive_the_way_through_a_text() {
        for scaled in [0, 1, -1, 9_747_747_934, -110_620_600, 12 * UNIT] {
            assert_eq!(parse_scaled(&format_scaled(scaled, SCALE)), Some(scaled));
        }
        assert_eq!(parse_scaled("1.23456"), None);
        assert_eq!(parse_scaled("1e5"), None);
    }

    #[test]
    fn a_tenth_added_a_thousand_times_is_a_hundred() {
        let tenth = Decimal::parse("0.1").expect("a number");
        let sum = (0..1_000).try_fold(Decimal::ZERO, |sum, _| sum.checked_add(tenth));
        assert_eq!(sum.expect("in range").to_string(), "100");
    }

    #[test]
    fn products_round_half_away_from_zero_and_never_wrap() {
        let number = |text| Decimal::parse(text).expect("a number");
        assert_eq!(number("0.0005").checked_mul(number("0.1")), Some(number("0.0001")));
        assert_eq!(number("-0.0005").checked_mul(number("0.1")), Some(number("-0.0001")));
        assert_eq!(number("99999999999").checked_mul(number("9999")), None);
    }
}
