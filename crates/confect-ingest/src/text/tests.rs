//! The tokeniser against csv-core, and the splitter against itself with other blocks.

use proptest::prelude::*;

use super::record::{Dialect, has_plain_line_ends, scan_plain_record, scan_record};
use super::splitter::{Blocks, Splitter};
use crate::error::IngestError;

/// Fields of each record that has any, as csv-core sees them.
fn by_csv_core(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut reader = csv_core::Reader::new();
    let (mut records, mut record, mut field, mut position) = (Vec::new(), Vec::new(), Vec::new(), 0);
    loop {
        let mut out = [0; 64];
        let (outcome, read, written) = reader.read_field(&bytes[position..], &mut out);
        position += read;
        field.extend_from_slice(&out[..written]);
        match outcome {
            csv_core::ReadFieldResult::Field { record_end } => {
                record.push(std::mem::take(&mut field));
                if record_end {
                    records.push(std::mem::take(&mut record));
                }
            }
            csv_core::ReadFieldResult::End => return records,
            _ => {}
        }
    }
}

/// The same by our tokeniser, without blank lines, which csv-core passes over.
fn by_us(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let dialect = Dialect::new(b',', None);
    let (mut records, mut position) = (Vec::new(), 0);
    while position < bytes.len() {
        let mut spans = Vec::new();
        let found = scan_record(bytes, position, &dialect, &mut spans, usize::MAX);
        if found.end > position {
            let text = |span: &super::record::Span| {
                let raw = String::from_utf8_lossy(span.of(bytes)).into_owned();
                let text = if span.is_escaped() { raw.replace("\"\"", "\"") } else { raw };
                text.into_bytes()
            };
            records.push(spans.iter().map(text).collect());
        }
        position = found.next;
    }
    records
}

/// A text that comes in blocks of a given size.
struct Blocked<'a> {
    bytes: &'a [u8],
    block: usize,
}

impl Blocks for Blocked<'_> {
    fn read_into(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        let (now, later) = self.bytes.split_at(self.bytes.len().min(want).min(self.block));
        buffer.extend_from_slice(now);
        self.bytes = later;
        Ok(now.len())
    }
}

/// All records and rejected lines with their places, however they were grouped into pieces.
fn split(bytes: &[u8], block: usize) -> Vec<(u64, u64, bool, Vec<u8>)> {
    let dialect = Dialect::new(b',', None);
    let mut splitter = Splitter::new(Blocked { bytes, block }, dialect.clone(), 3, block);
    let mut found = Vec::new();
    while let Some(piece) = splitter.next_piece().expect("no input fails") {
        let (mut position, mut line) = (0, piece.line);
        if piece.rejection.is_some() {
            found.push((piece.offset, line, true, piece.bytes));
            continue;
        }
        while position < piece.bytes.len() {
            let record = scan_record(&piece.bytes, position, &dialect, &mut Vec::new(), 0);
            let text = piece.bytes[position..record.end].to_vec();
            found.push((piece.offset + position as u64, line, false, text));
            assert!(!record.unclosed, "a piece ends inside quotes");
            line += 1 + record.inner_lines;
            position = record.next;
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn fields_are_those_of_csv_core(
        records in proptest::collection::vec(proptest::collection::vec("[a-z \",\r\né]{0,6}", 1..5), 0..8),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let quote = |text: &String| match text.contains(['"', ',', '\r', '\n']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.clone(),
        };
        let lines: Vec<String> =
            records.iter().map(|record| record.iter().map(quote).collect::<Vec<_>>().join(",")).collect();
        let text = lines.join(end) + end;
        prop_assert_eq!(by_us(text.as_bytes()), by_csv_core(text.as_bytes()));
    }

    #[test]
    fn blocks_do_not_change_what_is_found(text in "([ab]|,|,\"|\"|\"\"|\",|\n|\r\n|\r){0,60}", block in 1..20_usize) {
        let whole = split(text.as_bytes(), 1 << 20);
        prop_assert_eq!(split(text.as_bytes(), block), whole.clone());
        let bytes: usize = whole.iter().map(|(_, _, _, record)| record.len()).sum();
        prop_assert!(bytes <= text.len());
    }
}

proptest! {
    #[test]
    fn the_quick_way_finds_what_the_thorough_one_does(
        bytes in proptest::collection::vec(
            prop_oneof![6 => Just(b','), 2 => Just(b'\n'), 1 => Just(b'"'), 1 => Just(b'\r'), 6 => b'a'..b'e'],
            0..200,
        ),
        limit in 0..6_usize,
    ) {
        // CRs only where they may be.
        let text = String::from_utf8_lossy(&bytes).replace('\r', "\r\n");
        let (bytes, dialect) = (text.as_bytes(), Dialect::new(b',', None));
        prop_assert!(has_plain_line_ends(bytes));
        let mut position = 0;
        while position < bytes.len() {
            let (mut quick, mut thorough) = (Vec::new(), Vec::new());
            let found = scan_record(bytes, position, &dialect, &mut thorough, limit);
            match scan_plain_record(bytes, position, b',', &mut quick, limit) {
                Some(same) => {
                    prop_assert_eq!(same, found);
                    prop_assert_eq!(quick, thorough);
                }
                None => prop_assert!(quick.is_empty() && bytes[position..].contains(&b'"')),
            }
            position = found.next;
        }
    }
}

#[test]
fn a_cr_that_ends_a_line_alone_forbids_the_quick_way() {
    for (text, plain) in
        [("a\nb", true), ("a\r\nb\r\n", true), ("a\rb", false), ("a\r\nb\r", false), ("", true)]
    {
        assert_eq!(has_plain_line_ends(text.as_bytes()), plain, "{text:?}");
    }
}
