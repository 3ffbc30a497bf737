//! Phone numbers in the form in which they are compared: `+33612345678`, or the bare national digits where
//! no country is known.
//!
//! Refused are fewer than 7 or more than 15 digits (ITU-T E.164), placeholders (`0000000`, `123456789`), and
//! what a spreadsheet has rounded (`3.36E+10`). Deliberately absent: whether the number exists.

use super::countries::{Country, country_called};
use super::fold::trimmed;

const FEWEST_DIGITS: usize = 7;
const MOST_DIGITS: usize = 15;

/// Replaces `out` by the comparable form of a number; `false` if `text` cannot be one.
///
/// `home` is the country of a number without an international prefix.
pub(in crate::identity) fn phone_key(text: &str, home: Option<&Country>, out: &mut String) -> bool {
    out.clear();
    // Digits with `+` in front if there was one; a cell of a spreadsheet may have made a number of them.
    let text = trimmed(text);
    let text = text.strip_suffix(".0").filter(|rest| !rest.contains('.')).unwrap_or(text);
    if !read_digits(text, out) {
        return false;
    }
    let is_american = home.is_some_and(|home| home.calling == "1");
    let exit_code = if is_american && out.starts_with("011") { Some(3) } else { None };
    if let Some(length) = exit_code.or(out.starts_with("00").then_some(2)) {
        out.replace_range(..length, "+");
    }
    if out.starts_with('+') {
        drop_trunk_behind_code(out);
    } else if let Some(home) = home {
        add_code(home, out);
    }
    let digits = out.trim_start_matches('+');
    let national = home.filter(|_| out.starts_with('+')).and_then(|home| digits.strip_prefix(home.calling));
    let national = national.or_else(|| {
        let code = country_called(digits).filter(|_| out.starts_with('+'))?.calling;
        digits.strip_prefix(code)
    });
    (FEWEST_DIGITS..=MOST_DIGITS).contains(&digits.len()) && !is_placeholder(national.unwrap_or(digits))
}

/// Digits up to an extension or a second number; `false` where letters stand among too few digits.
fn read_digits(text: &str, out: &mut String) -> bool {
    let mut previous = ' ';
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        let count = out.len() - usize::from(out.starts_with('+'));
        match letter {
            '0'..='9' => out.push(letter),
            '+' if out.is_empty() => out.push('+'),
            // `+44 (0)20 …`: the trunk prefix, which is not dialled behind a calling code.
            '(' if count > 0 && rest.as_str().starts_with("0)") => drop(rest.next()),
            'e' | 'E' if previous.is_ascii_digit() && is_exponent(rest.as_str()) => return false,
            '/' | ';' | ',' | '+' | '#' if count >= FEWEST_DIGITS => return true,
            _ if letter.is_alphabetic() && count >= FEWEST_DIGITS => return true,
            // `Tel. 06…`: a label in front; between digits a letter means that this is no number.
            _ if letter.is_alphanumeric() && count > 0 => return false,
            _ => {}
        }
        if count > MOST_DIGITS + 2 {
            return false;
        }
        previous = letter;
    }
    true
}

fn is_exponent(rest: &str) -> bool {
    rest.trim_start_matches(['+', '-']).starts_with(|letter: char| letter.is_ascii_digit())
}

/// `+330612345678` → `+33612345678`.
fn drop_trunk_behind_code(out: &mut String) {
    let Some(country) = out.get(1..).and_then(|digits| country_called(digits)) else { return };
    let start = 1 + country.calling.len();
    let national = out.get(start..).unwrap_or("");
    let is_too_long = national.len() > country.digits.1 || country.trunk == "0";
    if !country.trunk.is_empty() && national.starts_with(country.trunk) && is_too_long {
        out.replace_range(start..start + country.trunk.len(), "");
    }
}

/// `0612345678`, `612345678` and `33612345678` → `+33612345678`.
fn add_code(home: &Country, out: &mut String) {
    let is_plan = |digits: &str| (home.digits.0..=home.digits.1).contains(&digits.len());
    let behind_code = out.strip_prefix(home.calling);
    if !is_plan(out) && behind_code.is_some_and(is_plan) {
        out.insert(0, '+');
        return;
    }
    let behind_trunk = out.strip_prefix(home.trunk).filter(|_| !home.trunk.is_empty());
    if behind_trunk.is_some_and(|digits| home.trunk == "0" || is_plan(digits)) {
        out.replace_range(..home.trunk.len(), "");
    }
    out.insert_str(0, home.calling);
    out.insert(0, '+');
}

/// One digit only at the end, or digits counted up or down.
fn is_placeholder(national: &str) -> bool {
    let digits = national.as_bytes();
    let tail = digits.get(digits.len().saturating_sub(FEWEST_DIGITS)..).unwrap_or(digits);
    let is_run = |digits: &[u8], step: u8| {
        digits.len() >= 6 && digits.windows(2).all(|pair| (pair[0] - b'0' + step) % 10 == pair[1] - b'0')
    };
    let counted = digits.strip_prefix(b"0").unwrap_or(digits);
    tail.windows(2).all(|pair| pair[0] == pair[1]) || is_run(counted, 1) || is_run(counted, 9)
}

#[cfg(test)]
mod tests {
    use super::super::countries::country_named;
    use super::*;

    fn key(text: &str, country: &str) -> Option<String> {
        let home = country_named(country, &mut String::new());
        let mut out = String::from("left over");
        phone_key(text, home, &mut out).then_some(out)
    }

    #[test]
    fn numbers_take_one_form() {
        for (typed, country, expected) in [
            ("+33 6 12 34 56 78", "", Some("+33612345678")),
            ("0033 6.12.34.56.78", "", Some("+33612345678")),
            ("+33 (0)6 12 34 56 78", "", Some("+33612345678")),
            ("+33 06 12 34 56 78", "", Some("+33612345678")),
            ("06-12-34-56-78", "France", Some("+33612345678")),
            ("612345678", "FR", Some("+33612345678")),
            ("612345678.0", "FR", Some("+33612345678")),
            ("33612345678", "FR", Some("+33612345678")),
            ("Tel. 06 12 34 56 78", "FR", Some("+33612345678")),
            ("06 12 34 56 78 / 01 45 67 89 12", "FR", Some("+33612345678")),
            ("06 12 34 56 78", "", Some("0612345678")),
            ("+44 20 7946 0958", "FR", Some("+442079460958")),
            ("020 7946 0958", "UK", Some("+442079460958")),
            ("030/901820", "Germany", Some("+4930901820")),
            ("(212) 736-5000 x12", "USA", Some("+12127365000")),
            ("001-212-736-5000x123", "US", Some("+12127365000")),
            ("1 212 736 5000", "US", Some("+12127365000")),
            ("011 33 6 12 34 56 78", "US", Some("+33612345678")),
            ("06 1234567", "Italy", Some("+39061234567")),
            ("+39 06 1234567", "", Some("+39061234567")),
            ("06 30 901 8203", "HU", Some("+36309018203")),
        ] {
            assert_eq!(key(typed, country).as_deref(), expected, "{typed} {country}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (typed, country) in [
            ("", ""),
            ("n/a", ""),
            ("12345", ""),
            ("0000000", ""),
            ("00 00 00 00 00", "FR"),
            ("+33 6 00 00 00 00", ""),
            ("06 00 00 00 00", "FR"),
            ("1234567890", ""),
            ("0123456789", "FR"),
            ("987654321", ""),
            ("3.36E+10", ""),
            ("3.36123456E+10", ""),
            ("1-800-FLOWERS", "US"),
            ("123456789012345678901234567890", ""),
            ("٠٦١٢٣٤٥٦٧٨", ""),
            ("+", ""),
        ] {
            assert_eq!(key(typed, country), None, "{typed} {country}");
        }
    }
}
