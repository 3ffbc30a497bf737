//! `seeds/*.csv`: small lists that models may join as `seed_<name>`.
//!
//! Strict on purpose: comma, a header, RFC 4180 quotes, every row as long as the header. These files are
//! written by hand or by us; exports of other systems go through ingest.

use confect_domain::Seed;

use crate::error::ProjectError;
use crate::text_file::TextFile;

/// The largest seed, in bytes: it is held in memory and travels in every plan.
const MAX_BYTES: usize = 1 << 20;

/// Reads one seed; empty fields are null, blanks at both ends are cut unless they are quoted.
pub(crate) fn read_seed(file: &TextFile, errors: &mut Vec<ProjectError>) -> Option<Seed> {
    match parse(file) {
        Ok(seed) => Some(seed),
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

fn parse(file: &TextFile) -> Result<Seed, ProjectError> {
    if file.text.len() > MAX_BYTES {
        let (place, value) = (file.place_at(0), format!("{} bytes", file.text.len()));
        return Err(ProjectError::BadValue {
            place,
            value,
            expected: "small enough for a seed: at most 1 MiB",
        });
    }
    let mut records = Reader { file, position: 0 };
    let (start, header) = records.next()?.ok_or_else(|| ProjectError::Missing {
        place: file.place_at(0),
        subject: format!("seed `{}`", file.name),
        what: "a header".to_owned(),
    })?;
    let columns: Vec<String> = header.into_iter().map(Option::unwrap_or_default).collect();
    if let Some(bad) = columns.iter().find(|name| !is_column(name)) {
        let (place, value) = (file.place_at(start), bad.clone());
        return Err(ProjectError::BadValue { place, value, expected: "a column name in snake_case" });
    }
    let mut sorted: Vec<&String> = columns.iter().collect();
    sorted.sort();
    if let Some(twice) = sorted.windows(2).find(|pair| pair.first() == pair.last()) {
        let name = twice.first().map(|name| (*name).clone()).unwrap_or_default();
        return Err(ProjectError::Twice { place: file.place_at(start), what: "column", name });
    }
    let mut rows = Vec::new();
    while let Some((start, row)) = records.next()? {
        if row.len() != columns.len() {
            let (place, value) = (file.place_at(start), format!("{} fields", row.len()));
            return Err(ProjectError::BadValue {
                place,
                value,
                expected: "as many fields as the header has",
            });
        }
        rows.push(row);
    }
    Ok(Seed { name: file.name.clone(), columns, rows })
}

struct Reader<'a> {
    file: &'a TextFile,
    position: usize,
}

type Record = (usize, Vec<Option<String>>);

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.file.text.get(self.position..).unwrap_or_default()
    }

    /// The next record with the byte at which it starts; blank lines are passed over.
    fn next(&mut self) -> Result<Option<Record>, ProjectError> {
        while let Some(letter) = self.rest().chars().next().filter(|letter| matches!(letter, '\n' | '\r')) {
            self.position += letter.len_utf8();
        }
        if self.rest().is_empty() {
            return Ok(None);
        }
        let start = self.position;
        let mut fields = Vec::new();
        loop {
            fields.push(self.field()?);
            match self.rest().chars().next() {
                Some(',') => self.position += 1,
                _ => return Ok(Some((start, fields))),
            }
        }
    }

    fn field(&mut self) -> Result<Option<String>, ProjectError> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let rest = self.rest();
        let end = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default();
        if let Some(quote) = text.find('"') {
            let place = self.file.place_at(self.position + quote);
            return Err(ProjectError::BadValue {
                place,
                value: text.to_owned(),
                expected: "a field: quote all of it or nothing",
            });
        }
        self.position += end;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    fn quoted(&mut self) -> Result<Option<String>, ProjectError> {
        let start = self.position;
        self.position += 1;
        let mut value = String::new();
        loop {
            let Some(quote) = self.rest().find('"') else {
                let message = "the quote that opens here is never closed".to_owned();
                return Err(ProjectError::Syntax { place: self.file.place_at(start), message });
            };
            value.push_str(self.rest().get(..quote).unwrap_or_default());
            self.position += quote + 1;
            if !self.rest().starts_with('"') {
                break;
            }
            value.push('"');
            self.position += 1;
        }
        match self.rest().chars().next() {
            None | Some(',' | '\n' | '\r') => Ok((!value.is_empty()).then_some(value)),
            Some(letter) => Err(ProjectError::BadValue {
                place: self.file.place_at(self.position),
                value: letter.to_string(),
                expected: "a comma or the end of the line, which a closing quote needs",
            }),
        }
    }
}

fn is_column(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Seed, String> {
        parse(&TextFile::new("seeds/a.csv", text)).map_err(|error| format!("{} {error}", error.place()))
    }

    #[test]
    fn quotes_blanks_and_empty_fields_are_read() {
        let seed = read("code,about\r\nPOST, postage \n\n\"B,\"\"C\"\"\",\n\"a\nb\",x").expect("a seed");
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(seed.columns, ["code", "about"]);
        assert_eq!(
            seed.rows,
            [vec![text("POST"), text("postage")], vec![text("B,\"C\""), None], vec![text("a\nb"), text("x")]]
        );
    }

    #[test]
    fn mistakes_are_refused_with_their_place() {
        let cases = [
            ("", "seeds/a.csv:1:1"),
            ("a,a\n", "seeds/a.csv:1:1"),
            ("Code\n", "seeds/a.csv:1:1"),
            ("a,b\n1\n", "seeds/a.csv:2:1"),
            ("a,b\n1,2,3\n", "seeds/a.csv:2:1"),
            ("a\n\"x\n", "seeds/a.csv:2:1"),
            ("a\n\"x\"y\n", "seeds/a.csv:2:4"),
            ("a\nx\"y\n", "seeds/a.csv:2:2"),
        ];
        for (text, place) in cases {
            let error = read(text).expect_err(text);
            assert!(error.starts_with(place), "{text:?}: {error}");
        }
    }
}
