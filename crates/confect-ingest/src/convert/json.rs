//! JSON, an object a line or one list of objects → records, fed block by block.
//!
//! The headings are all keys of all objects in the order in which they turn up, so a file is gone through
//! twice: once for its keys, once for its values. Numbers keep their digits; what is nested is kept as the
//! text that it is. A line that is no object becomes a record that is none, with the line's text in it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::writer::{Records, without_exponent};
use super::{Failure, Notice};
use crate::text::{MAX_COLUMNS, MAX_RECORD_BYTES};

/// What a reading for the keys finds.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Keys {
    pub(crate) names: Vec<String>,
    pub(crate) notices: Vec<Notice>,
}

/// Turns blocks of JSON into blocks of records, or collects keys.
pub(crate) struct JsonReader {
    pieces: Pieces,
    task: Task,
    decimal_comma: bool,
    /// Objects and what stands in their place; lines, for an object a line.
    row: u64,
}

enum Task {
    Collect { places: HashMap<String, usize>, names: Vec<String>, nested: Option<(String, u64, u64)> },
    Write { keys: Arc<Keys>, places: HashMap<String, usize>, records: Box<Records<Vec<u8>>> },
}

impl JsonReader {
    /// Collects keys.
    pub(crate) fn for_keys(is_list: bool) -> Self {
        let task = Task::Collect { places: HashMap::new(), names: Vec::new(), nested: None };
        Self { pieces: Pieces::new(is_list), task, decimal_comma: false, row: 0 }
    }

    /// Writes records, the keys first.
    ///
    /// # Errors
    /// Never in practice: memory takes what is written.
    pub(crate) fn for_records(is_list: bool, keys: Arc<Keys>, decimal_comma: bool) -> Result<Self, Failure> {
        let mut records = Box::new(Records::new(Vec::new(), u64::MAX));
        if !keys.names.is_empty() {
            keys.names.iter().for_each(|name| records.text(name.as_bytes()));
            records.end()?;
        }
        let places = keys.names.iter().cloned().enumerate().map(|(place, name)| (name, place)).collect();
        let task = Task::Write { keys, places, records };
        Ok(Self { pieces: Pieces::new(is_list), task, decimal_comma, row: 0 })
    }

    /// Takes a block.
    ///
    /// # Errors
    /// An object without end, or more keys than a table has columns.
    pub(crate) fn feed(&mut self, block: &[u8]) -> Result<(), Failure> {
        let Self { pieces, task, decimal_comma, row } = self;
        pieces.feed(block, &mut |piece| take(task, *decimal_comma, row, piece))
    }

    /// Takes the end of the file.
    ///
    /// # Errors
    /// A list that is not closed.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        let Self { pieces, task, decimal_comma, row } = self;
        pieces.finish(&mut |piece| take(task, *decimal_comma, row, piece))
    }

    /// The records written since the last call.
    pub(crate) fn written(&mut self) -> Vec<u8> {
        match &mut self.task {
            Task::Write { records, .. } => records.take(),
            Task::Collect { .. } => Vec::new(),
        }
    }

    /// The keys, if they were asked for.
    pub(crate) fn into_keys(self) -> Keys {
        let Task::Collect { names, nested, .. } = self.task else { return Keys::default() };
        let notice = nested.map(|(key, line, rows)| Notice {
            code: "nested-value",
            message: format!(
                "lists and objects inside an object, first in `{}`, were kept as text",
                confect_domain::problem::printable(&key)
            ),
            remedy: "export what they hold as keys of their own if it is needed".to_owned(),
            line: Some(line),
            rows,
        });
        Keys { names, notices: notice.into_iter().collect() }
    }
}

/// Takes one line or element.
fn take(task: &mut Task, decimal_comma: bool, row: &mut u64, piece: &[u8]) -> Result<(), Failure> {
    *row += 1;
    let is_blank = piece.iter().all(u8::is_ascii_whitespace);
    let object = serde_json::from_slice::<Object<'_>>(piece);
    match (task, object) {
        (Task::Collect { .. }, _) if is_blank => Ok(()),
        (Task::Collect { places, names, nested }, Ok(object)) => {
            collect(places, names, nested, *row, &object)
        }
        (Task::Collect { .. }, Err(_)) => Ok(()),
        (Task::Write { records, .. }, _) if is_blank => records.blank(1),
        (Task::Write { keys, places, records }, Ok(object)) => {
            write(keys, places, records, decimal_comma, &object)
        }
        (Task::Write { records, .. }, Err(_)) => {
            records.text(piece.trim_ascii());
            records.end()
        }
    }
}

fn collect(
    places: &mut HashMap<String, usize>,
    names: &mut Vec<String>,
    nested: &mut Option<(String, u64, u64)>,
    row: u64,
    object: &Object<'_>,
) -> Result<(), Failure> {
    let mut has_nested = false;
    for (key, value) in &object.0 {
        if !places.contains_key(key.0.as_ref()) {
            places.insert(key.0.clone().into_owned(), names.len());
            names.push(key.0.clone().into_owned());
        }
        if value.get().starts_with(['{', '[']) {
            has_nested = true;
            nested.get_or_insert_with(|| (key.0.clone().into_owned(), row, 0));
        }
    }
    if let (true, Some((_, _, rows))) = (has_nested, nested) {
        *rows += 1;
    }
    if names.len() > MAX_COLUMNS {
        let remedy = "check that this is the right file; a shop's export has the same keys in every object";
        return Err(Failure::new("file-too-wide", format!("has more than {MAX_COLUMNS} keys"), remedy));
    }
    Ok(())
}

fn write(
    keys: &Keys,
    places: &HashMap<String, usize>,
    records: &mut Records<Vec<u8>>,
    decimal_comma: bool,
    object: &Object<'_>,
) -> Result<(), Failure> {
    let mut row: Vec<Option<&RawValue>> = vec![None; keys.names.len()];
    for (index, (key, value)) in object.0.iter().enumerate() {
        // Objects of an export have their keys in one order, so the place is the index nearly always.
        let usual = keys.names.get(index).is_some_and(|name| *name == key.0);
        let place = if usual { Some(index) } else { places.get(key.0.as_ref()).copied() };
        if let Some(field) = place.and_then(|place| row.get_mut(place)) {
            *field = Some(value);
        }
    }
    for value in row {
        match value.map(RawValue::get) {
            None | Some("null") => records.empty(1),
            Some(text) if text.starts_with('"') => match serde_json::from_str::<String>(text) {
                Ok(text) => records.text(text.as_bytes()),
                // Half of a surrogate pair is no letter; the value is kept as it was written.
                Err(_) => records.text(text.as_bytes()),
            },
            Some(text) if text.starts_with(['{', '[', 't', 'f']) => records.text(text.as_bytes()),
            Some(number) => match without_exponent(number) {
                Some(plain) => records.number(&plain, decimal_comma),
                None => records.number(number, decimal_comma),
            },
        }
    }
    records.end()
}

/// An object with its keys in order and its values unread.
struct Object<'a>(Vec<(Key<'a>, &'a RawValue)>);

struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Object<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

type Taker<'a> = dyn FnMut(&[u8]) -> Result<(), Failure> + 'a;

/// Cuts blocks into lines, or into the elements of a list.
struct Pieces {
    is_list: bool,
    pending: Vec<u8>,
    list: List,
}

/// Where in a list the reader stands.
#[derive(Default)]
struct List {
    is_open: bool,
    is_closed: bool,
    depth: u32,
    in_text: bool,
    is_escaped: bool,
}

impl Pieces {
    fn new(is_list: bool) -> Self {
        Self { is_list, pending: Vec::new(), list: List::default() }
    }

    fn feed(&mut self, block: &[u8], take: &mut Taker<'_>) -> Result<(), Failure> {
        if self.is_list {
            self.feed_list(block, take)?
        } else {
            self.feed_lines(block, take)?
        }
        if self.pending.len() > MAX_RECORD_BYTES {
            return Err(Failure::new(
                "json-unreadable",
                format!("has an object of more than {} MiB", MAX_RECORD_BYTES >> 20),
                "write one object for each row, each on a line of its own",
            ));
        }
        Ok(())
    }

    fn feed_lines(&mut self, block: &[u8], take: &mut Taker<'_>) -> Result<(), Failure> {
        let mut rest = block;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(end);
            if self.pending.is_empty() {
                take(unmarked(line))?;
            } else {
                self.pending.extend_from_slice(line);
                let line = std::mem::take(&mut self.pending);
                take(unmarked(&line))?;
            }
            rest = after.get(1..).unwrap_or_default();
        }
        self.pending.extend_from_slice(rest);
        Ok(())
    }

    fn feed_list(&mut self, block: &[u8], take: &mut Taker<'_>) -> Result<(), Failure> {
        for &byte in block {
            let list = &mut self.list;
            if list.is_closed || !list.is_open {
                list.is_open |= byte == b'[';
                continue;
            }
            if self.pending.is_empty() {
                match byte {
                    b']' => list.is_closed = true,
                    b',' => {}
                    _ if byte.is_ascii_whitespace() => {}
                    _ => {
                        list.depth = u32::from(matches!(byte, b'{' | b'['));
                        list.in_text = byte == b'"';
                        self.pending.push(byte);
                    }
                }
                continue;
            }
            // What is no object ends with the comma or bracket after it.
            if list.depth == 0 && !list.in_text && matches!(byte, b',' | b']') {
                list.is_closed = byte == b']';
                let piece = std::mem::take(&mut self.pending);
                take(&piece)?;
                continue;
            }
            self.pending.push(byte);
            if list.step(byte) {
                let piece = std::mem::take(&mut self.pending);
                take(&piece)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, take: &mut Taker<'_>) -> Result<(), Failure> {
        if self.is_list && !self.list.is_closed {
            return Err(Failure::new(
                "json-unreadable",
                "ends before its list of objects is closed",
                "copy or export the file again",
            ));
        }
        if !self.is_list && !self.pending.is_empty() {
            let line = std::mem::take(&mut self.pending);
            take(unmarked(&line))?;
        }
        Ok(())
    }
}

impl List {
    /// Goes over one byte of an element; whether the element ends with it.
    fn step(&mut self, byte: u8) -> bool {
        if self.in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                return self.depth == 0;
            }
            _ => {}
        }
        false
    }
}

/// Without a byte order mark.
fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

/// Whether a text starts as JSON does, and whether it is one list.
pub(crate) fn sniff(start: &[u8]) -> Option<bool> {
    let start = unmarked(start).trim_ascii_start();
    let (first, rest) = start.split_first()?;
    let next = rest.trim_ascii_start().first();
    match (first, next) {
        (b'{', Some(b'"' | b'}')) => Some(false),
        (b'[', Some(b'{' | b']')) => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str, is_list: bool, block: usize) -> Result<String, Failure> {
        let mut keys = JsonReader::for_keys(is_list);
        for block in text.as_bytes().chunks(block) {
            keys.feed(block)?;
        }
        keys.finish()?;
        let mut reader = JsonReader::for_records(is_list, Arc::new(keys.into_keys()), false)?;
        let mut bytes = Vec::new();
        for block in text.as_bytes().chunks(block) {
            reader.feed(block)?;
            bytes.extend(reader.written());
        }
        reader.finish()?;
        bytes.extend(reader.written());
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn lines_and_lists_become_records_however_they_are_cut() {
        let lines = "{\"a\":1.50,\"b\":\"x,\\\"y\\\"\"}\n\n{\"b\":null,\"c\":[1,{\"d\":\"]}\"}]}\nnot json\n{\"a\":1e3}";
        let wanted = "a,b,c\n1.50,\"x,\"\"y\"\"\",\n\n,,\"[1,{\"\"d\"\":\"\"]}\"\"}]\"\nnot json\n1000,,\n";
        let list = " [ {\"a\":1.50,\"b\":\"x,\\\"y\\\"\"} ,\n{\"b\":null,\"c\":[1,{\"d\":\"]}\"}]},7, {\"a\":1e3}]\n";
        let listed = "a,b,c\n1.50,\"x,\"\"y\"\"\",\n,,\"[1,{\"\"d\"\":\"\"]}\"\"}]\"\n7\n1000,,\n";
        for block in [1, 2, 7, 1000] {
            assert_eq!(records(lines, false, block).as_deref(), Ok(wanted), "{block}");
            assert_eq!(records(list, true, block).as_deref(), Ok(listed), "{block}");
        }
    }

    #[test]
    fn a_list_without_end_is_refused() {
        assert!(records("[{\"a\":1},{\"a\"", true, 3).is_err());
        assert!(records("[{\"a\":1},", true, 3).is_err());
    }

    #[test]
    fn json_is_told_from_headings() {
        let cases = [
            ("{\"a\":1}", Some(false)),
            ("\u{feff} { \"a\":1}", Some(false)),
            ("[\n{\"a\":1}]", Some(true)),
            ("[]", Some(true)),
            ("{a},b\n1,2", None),
            ("[a],[b]\n", None),
            ("a,b", None),
            ("", None),
        ];
        for (text, outcome) in cases {
            assert_eq!(sniff(text.as_bytes()), outcome, "{text}");
        }
    }
}
