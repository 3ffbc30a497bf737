//! Rows of totals at the end of a list: told apart from rows, so that no sum is ever loaded as a sale.
//!
//! A record is a footer if it matches the source's `skip_footer`, or if the first thing in it is a word such
//! as `Total` and most of what every row needs is missing. Both are needed: an article may be called
//! `Total`. Deliberately absent: the position, because totals also stand between the days of a list.

use regex::bytes::Regex;

use crate::columns::Plan;
use crate::error::IngestError;
use crate::layout::CellSource;
use crate::text::record::Span;

/// Words that a row of totals starts with, in lower case.
const WORDS: [&str; 26] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sub total",
    "sub-total",
    "sum",
    "sums",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "endsumme",
    "somme",
    "sous-total",
    "total général",
    "totale",
    "totali",
    "totaal",
    "subtotaal",
    "suma",
    "summa",
    "soma",
    "razem",
    "celkem",
    "итого",
];

/// Whether one of the words starts with these letters.
#[inline]
fn is_start(letters: [u8; 3]) -> bool {
    matches!(
        &letters,
        b"tot" | b"gra" | b"sub" | b"sum" | b"ges" | b"zwi" | b"end" | b"som" | b"sou" | b"raz" | b"cel"
    )
}

/// What a file's rows of totals look like.
#[derive(Clone)]
pub(crate) struct Footer {
    pattern: Option<Regex>,
    /// Positions of what every row needs.
    needed: Vec<usize>,
}

/// The declared pattern, made ready.
///
/// # Errors
/// [`IngestError::BadPattern`] if it is no regular expression.
pub(crate) fn pattern_of(name: &str, text: Option<&str>) -> Result<Option<Regex>, IngestError> {
    let Some(text) = text else { return Ok(None) };
    Regex::new(text).map(Some).map_err(|error| IngestError::BadPattern {
        name: name.to_owned(),
        pattern: text.to_owned(),
        reason: error.to_string(),
    })
}

impl Footer {
    /// The footers of a file whose columns stand as `sources` says.
    pub(crate) fn new(plan: &Plan, sources: &[CellSource]) -> Self {
        let needed = plan.columns.iter().zip(sources).filter(|(column, _)| column.entity.required);
        let place = |(_, source): (_, &CellSource)| match source {
            CellSource::Field(index) => Some(*index),
            _ => None,
        };
        Self { pattern: plan.footer.clone(), needed: needed.filter_map(place).collect() }
    }

    /// Whether a record is a footer.
    #[inline]
    pub(crate) fn is_footer(&self, bytes: &[u8], record: &[u8], spans: &[Span]) -> bool {
        if self.pattern.as_ref().is_some_and(|pattern| pattern.is_match(record)) {
            return true;
        }
        // The first letters tell nearly all records from footers.
        let blank = |byte: &u8| matches!(byte, b' ' | b'"' | b',' | b';' | b'\t' | b'|');
        let start = record.iter().position(|byte| !blank(byte)).unwrap_or(0);
        let Some(&[one, two, three]) = record.get(start..start + 3) else { return false };
        let lower = [one | 0x20, two | 0x20, three | 0x20];
        (is_start(lower) || one >= 0x80) && self.is_total(bytes, spans)
    }

    #[cold]
    fn is_total(&self, bytes: &[u8], spans: &[Span]) -> bool {
        let text = |span: &Span| String::from_utf8_lossy(span.of(bytes)).trim().to_owned();
        let filled = |span: &Span| !text(span).is_empty();
        let Some(first) = spans.iter().position(filled) else { return false };
        if !spans.get(first).is_some_and(|span| is_word(&text(span))) {
            return false;
        }
        let others = || self.needed.iter().filter(|place| **place != first);
        let missing = others().filter(|place| !spans.get(**place).is_some_and(filled)).count();
        if others().next().is_some() {
            return 2 * missing > others().count();
        }
        // With a single needed column the rest of the row has to be nothing but numbers.
        let mut rest = spans.iter().skip(first + 1).map(text).filter(|text| !text.is_empty()).peekable();
        let numeric = |text: String| {
            text.bytes().any(|byte| byte.is_ascii_digit())
                && !text.chars().any(|letter| letter.is_ascii_alphabetic())
        };
        rest.peek().is_some() && rest.all(numeric)
    }
}

/// `Total`, `TOTAL:`, `Total 2024`, `Summe 31.12.2024`.
fn is_word(text: &str) -> bool {
    let lower = text.to_lowercase();
    let bare = lower.trim_end_matches([':', '=', '.', ' ']);
    let dated =
        bare.trim_end_matches(|letter: char| letter.is_ascii_digit() || matches!(letter, '.' | '-' | '/'));
    [bare, dated.trim_end_matches([':', ' '])].iter().any(|text| WORDS.contains(text))
}

#[cfg(test)]
mod tests {
    use super::is_word;

    #[test]
    fn every_word_passes_the_look_at_its_start() {
        for word in super::WORDS {
            let start = word.as_bytes().first_chunk::<3>().map(|letters| letters.map(|letter| letter | 0x20));
            assert!(!word.is_ascii() || start.is_some_and(super::is_start), "{word}");
        }
    }

    #[test]
    fn words_of_totals_and_words_that_only_start_so() {
        for text in ["Total", "TOTALS:", "Grand Total", "Summe 31.12.2024", "Total 2024", "Sous-total :"] {
            assert!(is_word(text), "{text}");
        }
        for text in ["Totally", "T", "Sumac", "Total gym towel", "2024 Total", "", "C536379"] {
            assert!(!is_word(text), "{text}");
        }
    }
}
