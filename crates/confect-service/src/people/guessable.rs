//! Whether a password is easily guessed: too short, or nothing much beside common words and patterns.
//!
//! A short embedded list, not a breach corpus: at 15 characters what people choose badly is mostly words
//! from here, repetitions, and rows of the keyboard.

/// Fewest characters.
const MIN_CHARACTERS: usize = 15;
/// Fewest characters that must be left when everything common is taken out.
const MIN_OWN: usize = 6;

const COMMON: &str = "password passwort passwd motdepasse contrasena senha welcome willkommen bienvenue letmein login \
    signin admin administrator root owner user guest demo test testing changeme default secret geheim mysecret \
    qwertyuiop qwertzuiop azertyuiop qwerty qwertz azerty asdfghjkl asdfgh asdf yxcvbnm zxcvbnm zxcvbn \
    1234567890 123456789 12345678 1234567 123456 12345 1234 0987654321 987654321 abcdefghijklmnopqrstuvwxyz abcdefg \
    abcdef abcd abc iloveyou ichliebedich jetaime sunshine princess football baseball monkey dragon master shadow \
    superman batman starwars pokemon computer internet server database dashboard confect confectionery chocolate \
    candy sweets sugar bonbon shop store retail company business monday tuesday wednesday thursday friday saturday \
    sunday january february march april june july august september october november december spring summer autumn \
    winter hello hallo bonjour please thankyou forever family freedom trustno";

/// Why the password must not be used; `None` if it may be. `context` are words near at hand: the user's
/// and the shop's name.
pub(crate) fn objection(password: &str, context: &[&str]) -> Option<&'static str> {
    if password.chars().count() < MIN_CHARACTERS {
        return Some("it has fewer than 15 characters");
    }
    if password.len() > super::passwords::MAX_BYTES {
        return Some("it has more than 256 bytes");
    }
    let plain = plain(password);
    if is_repetition(&plain) {
        return Some("it repeats the same few characters");
    }
    let context: Vec<String> =
        context.iter().flat_map(|text| text.split_whitespace()).map(self::plain).collect();
    let words =
        COMMON.split_whitespace().map(str::to_owned).chain(context).filter(|word| word.chars().count() >= 3);
    let mut words: Vec<String> = words.collect();
    // Long ones first, so that a short one inside does not leave the rest standing.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let own = words.iter().fold(plain, |rest, word| rest.replace(word.as_str(), ""));
    let letters: std::collections::BTreeSet<char> =
        own.chars().filter(|letter| letter.is_alphabetic()).collect();
    if own.chars().count() < MIN_OWN || letters.len() < 4 {
        return Some("it is made of common words, names or rows of keys");
    }
    None
}

/// Lower case, without blanks and signs, with the usual digits for letters turned back.
fn plain(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let mostly_digits = digits * 2 > text.chars().count();
    text.to_lowercase()
        .chars()
        .map(|letter| match letter {
            _ if mostly_digits => letter,
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .filter(|letter| letter.is_alphanumeric())
        .collect()
}

/// Whether the text is one short piece over and over.
fn is_repetition(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (1..=letters.len() / 3).any(|length| {
        letters.iter().enumerate().all(|(index, letter)| letters.get(index % length) == Some(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easy_ones_are_refused_and_say_why() {
        for easy in [
            "short",
            "passwordpassword",
            "P@ssw0rdP@ssw0rd1",
            "123456789012345",
            "aaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "qwertyuiopasdfghjkl",
            "Sweet corner Mara 1",
            "WelcomeToConfect2026",
            "chocolate!chocolate",
            "mara.mara.mara.mara",
        ] {
            assert!(objection(easy, &["mara", "Sweet corner"]).is_some(), "{easy}");
        }
        assert_eq!(objection(&"äb1".repeat(200), &[]), Some("it has more than 256 bytes"));
    }

    #[test]
    fn unrelated_words_are_fine() {
        for good in
            ["correct horse battery", "vier lila Ofenrohre", "kXw9-pq2L-77vB-zz0m", "снег идёт над городом"]
        {
            assert_eq!(objection(good, &["mara", "Sweet corner"]), None, "{good}");
        }
    }
}
