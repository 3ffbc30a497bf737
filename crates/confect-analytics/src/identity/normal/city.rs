//! Towns in the form in which they are compared: words without case, accents, postcodes; `Saint` is `St`.

use super::fold::fold_into;

/// Appends the comparable form of a town; `false` if no word is left of it.
///
/// `scratch` is a buffer.
pub(in crate::identity) fn city_key(text: &str, scratch: &mut String, out: &mut String) -> bool {
    scratch.clear();
    fold_into(text, scratch);
    let start = out.len();
    for word in scratch.split(' ') {
        // A number is a postcode or a district: `75001 Paris`, `Paris 1`.
        if word.is_empty() || word.bytes().all(|byte| byte.is_ascii_digit()) {
            continue;
        }
        if out.len() > start {
            out.push(' ');
        }
        out.push_str(match word {
            "saint" | "sainte" | "ste" => "st",
            _ => word,
        });
    }
    out.len() > start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_take_one_form() {
        for (typed, expected) in [
            (" PARIS", "paris"),
            ("75001 Paris", "paris"),
            ("Saint-Étienne", "st etienne"),
            ("St. Etienne", "st etienne"),
            ("São Paulo", "sao paulo"),
            ("75001", ""),
            ("", ""),
        ] {
            let mut out = String::new();
            assert_eq!(city_key(typed, &mut String::new(), &mut out), !expected.is_empty(), "{typed}");
            assert_eq!(out, expected);
        }
    }
}
