//! Text that was decoded twice: `JosÃ©`, which was `José` before somebody read UTF-8 as windows-1252.
//!
//! Only runs whose bytes in windows-1252 are UTF-8 of the letters of European languages and of typographic
//! signs count; `NÃO`, `É™` and the like stay what they are. Deliberately absent: whether to change anything.

use encoding_rs::WINDOWS_1252;

/// How often text may have been decoded wrongly.
const ROUNDS: usize = 3;

/// The text as it was meant, if some of it was decoded twice.
pub(crate) fn repaired(text: &str) -> Option<String> {
    let mut best: Option<String> = None;
    for _ in 0..ROUNDS {
        match once(best.as_deref().unwrap_or(text)) {
            Some(better) => best = Some(better),
            None => break,
        }
    }
    best
}

/// Whether a look is worth while: all of these letters start with the bytes C3 or C3/C5 in UTF-8.
#[inline]
pub(crate) fn is_suspicious(text: &str) -> bool {
    text.bytes().any(|byte| byte >= 0x80) && text.contains(['Â', 'Ã', 'Ä', 'Å', 'â'])
}

fn once(text: &str) -> Option<String> {
    let (mut out, mut rest, mut changed) = (String::with_capacity(text.len()), text, false);
    while let Some(letter) = rest.chars().next() {
        match mended(rest) {
            Some((meant, length)) => {
                out.push(meant);
                rest = rest.get(length..).unwrap_or_default();
                changed = true;
            }
            None => {
                out.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
    }
    changed.then_some(out)
}

/// The letter that the first two or three letters of `text` were, and how long these are.
fn mended(text: &str) -> Option<(char, usize)> {
    let lead = text.chars().next().and_then(byte_of)?;
    let letters = match lead {
        0xc2..=0xc5 => 2,
        0xe2 => 3,
        _ => return None,
    };
    let mut bytes = Vec::with_capacity(letters);
    let mut length = 0;
    for letter in text.chars().take(letters) {
        bytes.push(byte_of(letter)?);
        length += letter.len_utf8();
    }
    // A capital before a closing quotation mark or an ellipsis is more likely just that.
    if lead >= 0xc4 && letters == 2 && matches!(bytes.get(1), Some(0x85 | 0x91..=0x94)) {
        return None;
    }
    let meant = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    // U+0080-U+009F stand for nothing; the third decoding of a text that was decoded once only.
    (!meant.is_control()).then_some((meant, length))
}

/// The letter's byte in windows-1252.
fn byte_of(letter: char) -> Option<u8> {
    let mut held = [0; 4];
    let (bytes, _, failed) = WINDOWS_1252.encode(letter.encode_utf8(&mut held));
    match bytes.as_ref() {
        [byte] if !failed => Some(*byte),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_was_decoded_twice_or_thrice_is_mended() {
        let cases = [
            ("JosÃ©", Some("José")),
            ("GrÃ¼ÃŸe aus KÃ¶ln", Some("Grüße aus Köln")),
            ("12 â‚¬", Some("12 €")),
            ("donâ€™t", Some("don’t")),
            ("Â£5", Some("£5")),
            ("Å‚Ã³dÅº", Some("łódź")),
            ("JosÃƒÂ©", Some("José")),
            ("José", None),
            ("NÃO", None),
            ("ÂNGELO", None),
            ("CAFÉ™", None),
            ("„NEUÄ“", None),
            ("château", None),
            ("テスト", None),
            ("", None),
        ];
        for (given, meant) in cases {
            assert_eq!(repaired(given).as_deref(), meant, "{given}");
            assert!(meant.is_none() || is_suspicious(given), "{given}");
        }
    }
}
