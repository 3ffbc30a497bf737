//! Yes or no, in the words of common exports. Other words are declared under `values` in the mapping.

use super::Trouble;

const YES: [&str; 13] = ["1", "true", "yes", "y", "t", "on", "ja", "j", "oui", "vrai", "wahr", "sí", "si"];
const NO: [&str; 11] = ["0", "false", "no", "n", "f", "off", "nein", "non", "faux", "falsch", "nee"];

/// Whether the text says yes.
///
/// # Errors
/// [`Trouble::NotBoolean`] for any other word.
pub(crate) fn parse(text: &str) -> Result<bool, Trouble> {
    let lower = text.to_lowercase();
    match () {
        () if YES.contains(&lower.as_str()) => Ok(true),
        () if NO.contains(&lower.as_str()) => Ok(false),
        () => Err(Trouble::NotBoolean),
    }
}
