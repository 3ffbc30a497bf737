//! One definition file: its text, where it came from, and the way from a byte to `line:column`.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;

use crate::error::{Place, ProjectError};

/// A file of the pack or of the project.
#[derive(Clone, Debug)]
pub(crate) struct TextFile {
    /// Path as shown: relative to the project, or `packs/…`.
    pub(crate) label: String,
    /// File name without folder and extension.
    pub(crate) name: String,
    /// Contents.
    pub(crate) text: String,
}

impl TextFile {
    pub(crate) fn new(label: impl Into<String>, text: impl Into<String>) -> Self {
        let (label, text): (String, String) = (label.into(), text.into());
        let file = label.rsplit('/').next().unwrap_or_default();
        let name = file.rsplit_once('.').map_or(file, |(name, _)| name).to_owned();
        // Editors on Windows put a byte order mark in front, which TOML and SQL do not know.
        let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
        Self { label, name, text }
    }

    /// The place of a byte; beyond the end: the end.
    pub(crate) fn place_at(&self, byte: usize) -> Place {
        let mut end = byte.min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = self.text.get(..end).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Place {
            file: self.label.clone(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }

    /// The place where a span starts.
    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        self.place_at(span.start)
    }

    /// The place where a value stands.
    pub(crate) fn place_of<T>(&self, value: &Spanned<T>) -> Place {
        self.place(value.span())
    }

    /// Reads the file as TOML of that shape; keys that the shape lacks are refused.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, ProjectError> {
        toml::from_str(&self.text).map_err(|error| {
            let place = self.place(error.span().unwrap_or(0..0));
            match unknown_key(error.message()) {
                Some((key, known)) => ProjectError::UnknownKey { place, key, known },
                None => ProjectError::Syntax { place, message: error.message().to_owned() },
            }
        })
    }
}

/// The key and the keys there are, from serde's "unknown field `x`, expected one of `a`, `b`".
fn unknown_key(message: &str) -> Option<(String, Vec<String>)> {
    let rest = message.strip_prefix("unknown field ")?;
    let mut words = rest.split('`').skip(1).step_by(2).map(str::to_owned);
    let key = words.next()?;
    Some((key, words.collect()))
}

/// The value that `word` stands for, or an error that lists the words there are.
pub(crate) fn word<T: Copy>(
    file: &TextFile,
    what: &'static str,
    given: &Spanned<String>,
    words: &[(&'static str, T)],
) -> Result<T, ProjectError> {
    words.iter().find(|(known, _)| known == given.get_ref()).map(|(_, value)| *value).ok_or_else(|| {
        ProjectError::UnknownName {
            place: file.place_of(given),
            what,
            name: given.get_ref().clone(),
            of: None,
            known: words.iter().map(|(word, _)| (*word).to_owned()).collect(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters() {
        let file = TextFile::new("metrics/a.toml", "\u{feff}ä = 1\nbb = 2\n");
        assert_eq!(file.name, "a");
        assert_eq!(file.place_at(0).to_string(), "metrics/a.toml:1:1");
        assert_eq!(file.place_at(1).to_string(), "metrics/a.toml:1:1");
        assert_eq!(file.place_at(2).to_string(), "metrics/a.toml:1:2");
        assert_eq!(file.place_at(10).to_string(), "metrics/a.toml:2:4");
        assert_eq!(file.place_at(999).to_string(), "metrics/a.toml:3:1");
    }

    #[test]
    fn unknown_keys_come_with_the_keys_there_are() {
        let one = unknown_key("unknown field `nam`, expected `name`");
        assert_eq!(one, Some(("nam".to_owned(), vec!["name".to_owned()])));
        let more = unknown_key("unknown field `x`, expected one of `a`, `b`");
        assert_eq!(more, Some(("x".to_owned(), vec!["a".to_owned(), "b".to_owned()])));
        assert_eq!(unknown_key("missing field `name`"), None);
    }
}
