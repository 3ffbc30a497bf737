//! Letters that nobody sees: zero-width and bidirectional controls, which make one name look like another.
//!
//! Text is stored as it is. Keys lose them, or the same customer would be two.

/// Whether a letter cannot be seen and is no part of a word's spelling.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
    )
}

/// Joiners, which the spelling of Persian, Hindi and emoji needs, but no key.
fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Whether text has an invisible letter.
#[inline]
pub(crate) fn is_in_text(text: &str) -> bool {
    !text.is_ascii() && text.chars().any(is_invisible)
}

/// The key without invisible letters, if it has any.
#[inline]
pub(crate) fn without(key: &str) -> Option<String> {
    if key.is_ascii() {
        return None;
    }
    let hidden = |letter: char| is_invisible(letter) || is_joiner(letter);
    key.contains(hidden).then(|| key.replace(hidden, "").trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lose_what_nobody_sees_and_text_is_only_told() {
        assert_eq!(without("\u{feff}A1\u{200b}").as_deref(), Some("A1"));
        assert_eq!(without("A\u{200d}1").as_deref(), Some("A1"));
        assert_eq!((without("A1"), without("Größe")), (None, None));
        assert!(is_in_text("abc\u{202e}fdp.exe"));
        assert!(!is_in_text("👩\u{200d}🍳 🎂\u{fe0f} می\u{200c}خواهم"));
    }
}
