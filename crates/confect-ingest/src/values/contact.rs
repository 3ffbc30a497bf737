//! Whether an e-mail address, a telephone number or a postcode can be one. None is ever set aside: a customer with a
//! slip in the address is a customer.
//!
//! Deliberately absent: whether anybody answers there, and which country's postcode it is: the column of the
//! country may be missing or wrong as well.

/// Whether text has the form `somebody@host.domain`.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |letter: char| !letter.is_whitespace() && !letter.is_control();
    let odd = |letter: char| matches!(letter, '@' | ',' | ';' | '<' | '>' | '(' | ')' | '"' | '\\');
    let local_fits = (1..=64).contains(&local.len())
        && local.chars().all(|letter| plain(letter) && !odd(letter))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    let last_fits = last.chars().count() >= 2 && !last.chars().all(|letter| letter.is_ascii_digit());
    local_fits && domain.len() <= 253 && domain.contains('.') && domain.split('.').all(label) && last_fits
}

/// Whether text has 5 to 15 digits and nothing else than what groups them, a `+` and an extension.
pub(crate) fn is_phone(text: &str) -> bool {
    let lower = text.to_lowercase();
    let number = ["ext.", "ext", "x", "#"].iter().find_map(|mark| lower.split_once(mark));
    let (number, extension) = number.unwrap_or((&lower, "0"));
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let grouping = |letter: char| {
        letter.is_ascii_digit()
            || letter.is_whitespace()
            || matches!(letter, '(' | ')' | '-' | '.' | '/' | '–')
    };
    let body = number.trim().strip_prefix('+').unwrap_or(number);
    let extension = extension.trim();
    (5..=15).contains(&digits)
        && body.chars().all(grouping)
        && (1..=6).contains(&extension.len())
        && extension.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether text can be the postcode of some country: 3 to 10 letters and digits, at least two digits that
/// are not all the same nought or nine, in groups with a blank or a dash between, a country's letters in
/// front or not. A decimal point tells a number that lost its leading noughts.
pub(crate) fn is_postcode(text: &str) -> bool {
    let signs = text.chars().filter(|letter| letter.is_ascii_alphanumeric()).count();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, ' ' | '-');
    let placeholder =
        digits.len() == signs && ["0", "9"].iter().any(|digit| digits.replace(digit, "").is_empty());
    let grouped = !text.starts_with(['-', ' '])
        && !text.ends_with(['-', ' '])
        && !text.contains("  ")
        && !text.contains("--");
    (3..=10).contains(&signs) && digits.len() >= 2 && text.chars().all(fits) && grouped && !placeholder
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f52_postcodes() {
        let real = [
            "10115",
            "SW1A 1AA",
            "W1A 0AX",
            "75008",
            "1010",
            "D02 X285",
            "K1A 0B1",
            "C1425ABC",
            "NL-1012 AB",
            "110-0001",
            "90210-1234",
            "LV-1010",
            "VLT 1117",
            "00-950",
            "SE-114 55",
            "101",
        ];
        for text in real {
            assert!(is_postcode(text), "{text}");
        }
        for text in [
            "",
            "12",
            "00000",
            "99999",
            "n/a",
            "unknown",
            "10115.0",
            "1.0E+04",
            "12345678901",
            "X",
            "-10115",
            "10115 Berlin Mitte",
        ] {
            assert!(!is_postcode(text), "{text}");
        }
    }

    #[test]
    fn addresses() {
        for text in ["a@b.de", "first.last+tag@shop.co.uk", "josé@müller.de", "o'neil@x-y.org"] {
            assert!(is_email(text), "{text}");
        }
        for text in
            ["", "a", "a@b", "@b.de", "a@@b.de", "a b@c.de", "a@b..de", "a@b.d", "a@1.2.3.4", "a,b@c.de"]
        {
            assert!(!is_email(text), "{text}");
        }
    }

    #[test]
    fn numbers() {
        for text in ["+49 30 1234567", "(020) 7946-0018", "555.0199 ext. 12", "030/12345", "5550199x7"] {
            assert!(is_phone(text), "{text}");
        }
        for text in
            ["", "1234", "n/a", "12345678901234567", "call me 555 0199", "++49 30 12345", "555 0199 x"]
        {
            assert!(!is_phone(text), "{text}");
        }
    }
}
