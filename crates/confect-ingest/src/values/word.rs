//! Words of a set list, and names of periods.

use std::borrow::Cow;

use confect_domain::Period;

use super::Trouble;

/// The word of the list that the text is, whatever its case; blanks and `-` read as `_`.
///
/// # Errors
/// [`Trouble::UnknownWord`] for any other text.
pub(crate) fn parse(text: &str, words: &'static [&'static str]) -> Result<Cow<'static, str>, Trouble> {
    let same = |word: &&&str| {
        word.len() == text.len()
            && word.bytes().zip(text.bytes()).all(|(known, given)| {
                known == given.to_ascii_lowercase() || (known == b'_' && matches!(given, b' ' | b'-'))
            })
    };
    words.iter().find(same).map(|word| Cow::Borrowed(*word)).ok_or(Trouble::UnknownWord(words))
}

/// The name of a period in capitals, as [`Period::named`] knows it.
///
/// # Errors
/// [`Trouble::NotAPeriod`] for any other text.
pub(crate) fn parse_period(text: &str) -> Result<Cow<'static, str>, Trouble> {
    let known = Period::named(text).is_some();
    known.then(|| Cow::Owned(text.trim().to_ascii_uppercase())).ok_or(Trouble::NotAPeriod)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case_and_nothing_else_is() {
        const WORDS: &[&str] = &["sale", "write_off"];
        for (text, expected) in [
            ("sale", Ok("sale")),
            ("SALE", Ok("sale")),
            ("Write-Off", Ok("write_off")),
            ("write off", Ok("write_off")),
            ("write__off", Err(())),
            ("sales", Err(())),
            ("sal", Err(())),
            ("", Err(())),
            ("vérité", Err(())),
        ] {
            let found = parse(text, WORDS);
            assert_eq!(found.as_deref().map_err(|_| ()), expected, "{text}");
        }
        assert_eq!(parse("x", WORDS), Err(Trouble::UnknownWord(WORDS)));
        assert_eq!(parse_period("2026-q1").as_deref(), Ok("2026-Q1"));
        assert_eq!(parse_period("soon"), Err(Trouble::NotAPeriod));
    }
}
