//! Identifiers: text, never numbers. `17850.0` is what a spreadsheet made of `17850`; `3.01E+12` has lost digits.

use super::Trouble;

/// The identifier without a spreadsheet's `.0`.
///
/// # Errors
/// [`Trouble::ScientificKey`] for a number in scientific notation. `1E5` is none: article codes look like it,
/// and spreadsheets always write a point or a sign.
#[inline]
pub(crate) fn parse(text: &str) -> Result<&str, Trouble> {
    let bytes = text.as_bytes();
    // Most keys end in something else than a zero and hold no `E`; the first letter tells most of the rest.
    if !bytes.first().is_some_and(|byte| byte.is_ascii_digit()) {
        return Ok(text);
    }
    let whole = bytes.iter().position(|byte| !byte.is_ascii_digit());
    let Some(whole) = whole else { return Ok(text) };
    match bytes[whole] {
        b'.' => parse_fraction(text, whole),
        b'e' | b'E' if is_exponent(&bytes[whole + 1..], true) => Err(Trouble::ScientificKey),
        _ => Ok(text),
    }
}

/// A text of digits and a point at `point`.
fn parse_fraction(text: &str, point: usize) -> Result<&str, Trouble> {
    let places = &text.as_bytes()[point + 1..];
    if !places.is_empty() && places.iter().all(|byte| *byte == b'0') {
        return Ok(&text[..point]);
    }
    let end = places.iter().position(|byte| !byte.is_ascii_digit());
    match end {
        Some(end) if matches!(places[end], b'e' | b'E') && is_exponent(&places[end + 1..], false) => {
            Err(Trouble::ScientificKey)
        }
        _ => Ok(text),
    }
}

fn is_exponent(bytes: &[u8], needs_sign: bool) -> bool {
    let (signed, digits) = match bytes {
        [b'+' | b'-', rest @ ..] => (true, rest),
        _ => (false, bytes),
    };
    (signed || !needs_sign) && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}
