//! What the fuzz targets call: parts that are private otherwise, each with the rules that have to hold.
//!
//! Only with the feature `fuzzing`. A rule that does not hold is a panic here, because that is how a fuzzer
//! is told.

use confect_domain::{Decimal, Problem, ProblemKind};

use crate::error::IngestError;
use crate::pipeline::read_source;
use crate::rows::SourceRows;
use crate::spec::{DateOrder, InputFile, NoProgress, SourceSpec};
use crate::text::encoding::{Converter, Reading, decode_single_byte};
use crate::text::splitter::Blocks;
use crate::values::date::{self, DateText};
use crate::values::number::{self, Shown, Sign};
use crate::values::{boolean, contact, invisible, key, mojibake};

/// Reads a source without threads and holds its account against the bytes of the files.
pub fn source(spec: &SourceSpec, files: &[InputFile]) -> Option<SourceRows> {
    let rows = match read_source(spec, files, &NoProgress) {
        Ok(rows) => rows,
        Err(error) => {
            let problem = Problem::from(error);
            assert!(problem.kind != ProblemKind::Internal, "{problem}");
            assert!(!problem.to_string().contains('\0'), "a message with a control character");
            return None;
        }
    };
    let balance = &rows.balance;
    assert!(balance.holds(), "{balance:?}");
    let batched: usize = rows.batches.iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(batched as u64, balance.loaded.rows);
    assert_eq!(rows.quarantined.len() as u64, balance.quarantined.rows);
    for row in &rows.quarantined {
        assert!(row.byte_first <= row.byte_last.max(row.byte_first) && row.byte_last < balance.bytes_in);
        assert!(row.line_first <= row.line_last && !row.content_hash.is_empty());
        let length = row.byte_last + 1 - row.byte_first;
        assert!(row.is_cut || row.raw().len() as u64 == length, "{row:?}");
    }
    let apart = |pair: &[crate::rows::QuarantinedRow]| {
        pair[0].file != pair[1].file || pair[0].byte_last < pair[1].byte_first
    };
    assert!(rows.quarantined.windows(2).all(apart), "rows set aside overlap");
    Some(rows)
}

/// Reads a number in every way and holds the ways against each other.
pub fn number(text: &str) {
    let text = text.trim();
    for rate in [false, true] {
        for comma in [false, true] {
            let Ok((value, _)) = number::parse_decimal(text, comma, rate) else { continue };
            // What was read can be written and read again, and is the same number.
            let exact = Decimal::from_scaled(value).expect("within range").to_string();
            assert_eq!(
                number::parse_decimal(&exact, false, rate).map(|(again, _)| again),
                Ok(value),
                "{text}"
            );
        }
        match number::shown(text, rate) {
            Shown::Either(mark) => {
                let read = |sign| number::parse_either(text, mark, sign, rate).map(|(value, _)| value);
                let (point, comma) = (read(Sign::Point), read(Sign::Comma));
                let same = matches!((point, comma), (Ok(left), Ok(right)) if left == right);
                assert!(!same, "{text} means the same either way");
            }
            Shown::OnlyPoint | Shown::OnlyComma | Shown::Nothing => {}
        }
    }
    let _ = number::readings(text);
    if let Ok(value) = number::parse_integer(text, false) {
        assert_eq!(number::parse_integer(&value.to_string(), true), Ok(value));
    }
    let _ = (key::parse(text), boolean::parse(text), contact::is_email(text), contact::is_phone(text));
    if let Some(plain) = invisible::without(text) {
        assert_eq!(invisible::without(&plain), None, "{plain:?}");
    }
}

/// Reads a date and holds the orders against each other.
pub fn date(text: &str) {
    let Ok(read) = date::parse(text.trim()) else { return };
    let check = |moment: date::Moment| {
        assert!((0..date::DAY).contains(&moment.micros), "{text}");
        assert!(moment.offset.is_none_or(|offset| offset.abs() < date::DAY), "{text}");
        let (year, month, day) = confect_domain::Date::from_days(moment.days).ymd();
        assert!((1..=9_999).contains(&year), "{text}");
        let iso = format!("{year:04}-{month:02}-{day:02}");
        let again = date::parse(&iso);
        assert!(matches!(again, Ok(DateText::Moment(again)) if again.days == moment.days), "{text} {iso}");
    };
    match read {
        DateText::Moment(moment) => check(moment),
        DateText::Ordered(parts) => {
            let orders = [DateOrder::Dmy, DateOrder::Mdy].map(|order| parts.in_order(order));
            assert!(orders.iter().any(Result::is_ok), "{text} fits no order");
            orders.into_iter().flatten().for_each(check);
        }
    }
}

/// Bytes that come in blocks.
struct Blocked<'a>(&'a [u8], usize);

impl Blocks for Blocked<'_> {
    fn read_into(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        let (now, later) = self.0.split_at(self.0.len().min(want).min(self.1));
        buffer.extend_from_slice(now);
        self.0 = later;
        Ok(now.len())
    }
}

/// Decodes bytes in several encodings; how they are cut into blocks changes nothing.
pub fn encoding(bytes: &[u8]) {
    const LABELS: [&str; 6] = ["utf-16le", "utf-16be", "shift_jis", "gb18030", "windows-1252", "iso-8859-15"];
    let (first, rest) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
    let _ = Reading::sniffed(bytes);
    let label = LABELS[usize::from(first) % LABELS.len()];
    match Reading::declared(label) {
        Some(Reading::Converted(encoding)) => {
            let text = |block: usize| {
                let mut converter = Converter::new(Blocked(rest, block), encoding);
                let mut text = Vec::new();
                while converter.read_into(&mut text, 64).expect("read") > 0 {}
                String::from_utf8(text).expect("text")
            };
            assert_eq!(text(usize::from(first).max(1)), text(usize::MAX), "{label}");
        }
        Some(Reading::SingleByte(encoding)) => drop(decode_single_byte(encoding, rest)),
        other => panic!("{label} is {other:?}"),
    }
    if let Ok(text) = std::str::from_utf8(rest)
        && let Some(meant) = mojibake::repaired(text)
    {
        assert!(mojibake::is_suspicious(text) && meant.len() < text.len(), "{text} {meant}");
    }
}
