//! Whether an e-mail address or a telephone number can be one. Neither is ever set aside: a customer with a
//! slip in the address is a customer.
//!
//! Deliberately absent: whether anybody answers there, and postcodes, whose form depends on the country.

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

#[cfg(test)]
mod tests {
    use super::*;

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
