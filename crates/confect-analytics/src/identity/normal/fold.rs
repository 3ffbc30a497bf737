//! Text without what people type differently: case, accents, punctuation, double blanks.
//!
//! Compatibility decomposition (Unicode Standard Annex #15, NFKD) without accents, in lower case.
//! Letters that do not decompose are spelt out (`ß` → `ss`, `ø` → `o`). Vowel signs of Indic and other scripts
//! are no accents and stay. Deliberately absent: transliteration between scripts, and `ue` for `ü`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Below it all marks are accents, so their order, the costly part of NFKD, cannot matter.
const FIRST_WITH_MARKS: char = '\u{483}';

/// Appends `text` folded: words of letters and digits, one blank between them, none at the ends.
pub(in crate::identity) fn fold_into(text: &str, out: &mut String) {
    let start = out.len();
    if text.is_ascii() {
        text.chars().for_each(|letter| push_letter(letter, start, out));
    } else if text.chars().all(|letter| letter < FIRST_WITH_MARKS) {
        let mut push = |letter| {
            if !is_accent(letter) {
                push_letter(letter, start, out);
            }
        };
        text.chars().for_each(|letter| match letter {
            '\0'..='\x7f' => push(letter),
            _ => decompose_compatible(letter, &mut push),
        });
    } else {
        text.nfkd().filter(|letter| !is_accent(*letter)).for_each(|letter| push_letter(letter, start, out));
    }
    if out.len() > start && out.ends_with(' ') {
        out.pop();
    }
}

/// `text` without blanks at its ends; most texts have none, and to see that takes two bytes.
pub(in crate::identity) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// `text` folded, for tests.
#[cfg(test)]
pub(in crate::identity) fn folded(text: &str) -> String {
    let mut out = String::new();
    fold_into(text, &mut out);
    out
}

fn push_letter(letter: char, start: usize, out: &mut String) {
    if letter.is_ascii_alphanumeric() {
        out.push(letter.to_ascii_lowercase());
    } else if letter.is_ascii() {
        if !is_apostrophe(letter) {
            push_blank(start, out);
        }
    } else if let Some(spelt) = spelt_out(letter) {
        out.push_str(spelt);
    } else if letter.is_alphanumeric() || is_combining_mark(letter) {
        out.extend(letter.to_lowercase());
    } else if !is_apostrophe(letter) {
        push_blank(start, out);
    }
}

fn push_blank(start: usize, out: &mut String) {
    if out.len() > start && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// Within a word: `O'Brien` is one word, `Anne-Marie` two.
const fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '`' | '\u{b4}' | '\u{2bc}' | '\u{2018}' | '\u{2019}' | '\u{200b}'..='\u{200f}' | '\u{feff}'
    )
}

/// Marks that people leave out: of Latin, Greek, Cyrillic, and the points of Hebrew and Arabic.
const fn is_accent(letter: char) -> bool {
    matches!(letter,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{5bf}'..='\u{5c7}' | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

const fn spelt_out(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'þ' | 'Þ' => "th",
        'ħ' | 'Ħ' => "h",
        'ı' => "i",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_differently_is_gone() {
        for (typed, expected) in [
            ("  JANE   Doe ", "jane doe"),
            ("Cléo", "cleo"),
            ("Cle\u{301}o", "cleo"),
            ("O'Brien", "obrien"),
            ("O\u{2019}Brien", "obrien"),
            ("Anne-Marie", "anne marie"),
            ("Straße", "strasse"),
            ("Łódź", "lodz"),
            ("Øre", "ore"),
            ("İzmir", "izmir"),
            ("Ｊａｎｅ", "jane"),
            ("हिन्दी", "हिन्दी"),
            ("-- . --", ""),
            ("", ""),
        ] {
            assert_eq!(folded(typed), expected, "{typed:?}");
            assert_eq!(folded(&folded(typed)), expected, "twice {typed:?}");
        }
    }
}
