//! Random tables × a random sequence of named corruptions: the account balances in rows and bytes, nothing
//! panics, and every row that no corruption comes near is loaded as it was written.
//!
//! Each corruption tells how far it reaches; that is the claim that is tested, so a reach is as small as the
//! reader's rules allow: a quote reaches from the first to the last one, a bad value its own row.

mod support;

use std::collections::BTreeSet;
use std::ops::Range;

use confect_ingest::{InputFile, NoProgress, SourceRows, read_source};
use proptest::prelude::*;
use proptest::sample::Index;
use support::{cell_texts, sales, write};

const HEADINGS: [&str; 6] = ["Invoice", "Date", "Code", "Qty", "Price", "Text"];

/// What one row says.
#[derive(Clone, Debug)]
struct Row {
    cells: [String; 6],
}

fn row() -> impl Strategy<Value = Row> {
    let text = prop_oneof![4 => "[a-z]{1,12}", 1 => "[a-zéß€ ]{1,8}x", 1 => Just("two\nlines".to_owned()), 1 => Just("a \"b\", c".to_owned())];
    ("20[12][0-9]-0[1-9]-[12][0-8]", "[A-Z]{2}[0-9]{2}", 1..99_u32, "[1-9][0-9]{0,2}\\.[0-9]{2}", text)
        .prop_map(|(date, code, quantity, price, text)| Row {
            cells: [String::new(), date, code, quantity.to_string(), price, text],
        })
}

/// A line of the file being spoiled.
#[derive(Clone, Debug)]
struct Line {
    bytes: Vec<u8>,
    /// The invoice of a row that has to be loaded, unless something comes near.
    invoice: Option<String>,
    is_touched: bool,
}

/// A file being spoiled.
struct Draft {
    /// The first is the header.
    lines: Vec<Line>,
    /// Lines with a quote that does not belong: all from the first to the last may be affected.
    loose: Vec<usize>,
    is_repeated: bool,
    has_shuffled: bool,
}

/// The ways in which files are spoiled.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mutator {
    DeleteByte,
    InsertQuote,
    SwapDelimiter,
    Truncate,
    DuplicateLine,
    InsertNul,
    OtherEncoding,
    MarkInTheMiddle,
    LoneReturn,
    DropCell,
    AddCell,
    GiantField,
    BlankLines,
    ShuffleColumns,
    Footer,
    BadNumber,
    BadDate,
    EmptyKey,
    BadByte,
    SecondHeader,
    RepeatedFile,
    EscapedQuote,
    HiddenLetter,
    SwapLines,
}

const MUTATORS: [Mutator; 24] = [
    Mutator::DeleteByte,
    Mutator::InsertQuote,
    Mutator::SwapDelimiter,
    Mutator::Truncate,
    Mutator::DuplicateLine,
    Mutator::InsertNul,
    Mutator::OtherEncoding,
    Mutator::MarkInTheMiddle,
    Mutator::LoneReturn,
    Mutator::DropCell,
    Mutator::AddCell,
    Mutator::GiantField,
    Mutator::BlankLines,
    Mutator::ShuffleColumns,
    Mutator::Footer,
    Mutator::BadNumber,
    Mutator::BadDate,
    Mutator::EmptyKey,
    Mutator::BadByte,
    Mutator::SecondHeader,
    Mutator::RepeatedFile,
    Mutator::EscapedQuote,
    Mutator::HiddenLetter,
    Mutator::SwapLines,
];

fn written(cells: &[String]) -> Vec<u8> {
    let quoted = |text: &String| match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.clone(),
    };
    cells.iter().map(quoted).collect::<Vec<_>>().join(",").into_bytes()
}

fn plain(text: &str) -> Line {
    Line { bytes: text.as_bytes().to_vec(), invoice: None, is_touched: true }
}

impl Draft {
    fn new(rows: &[Row]) -> Self {
        let header = Line { bytes: HEADINGS.join(",").into_bytes(), invoice: None, is_touched: false };
        let lines = rows.iter().enumerate().map(|(number, row)| {
            let mut cells = row.cells.clone();
            cells[0] = format!("A{number}");
            Line { bytes: written(&cells), invoice: Some(cells[0].clone()), is_touched: false }
        });
        let lines = std::iter::once(header).chain(lines).collect();
        Self { lines, loose: Vec::new(), is_repeated: false, has_shuffled: false }
    }

    /// A row's line, touched from now on.
    fn touch(&mut self, place: Index) -> Option<usize> {
        let rows = self.lines.len().checked_sub(1).filter(|rows| *rows > 0)?;
        let line = 1 + place.index(rows);
        self.lines[line].is_touched = true;
        Some(line)
    }

    /// A place between rows.
    fn gap(&self, place: Index) -> usize {
        1 + place.index(self.lines.len())
    }

    fn insert(&mut self, at: usize, line: Line) {
        let at = at.min(self.lines.len());
        self.loose.iter_mut().filter(|loose| **loose >= at).for_each(|loose| *loose += 1);
        self.lines.insert(at, line);
    }

    fn set_cell(&mut self, place: Index, cell: usize, value: &str) {
        let Some(line) = self.touch(place) else { return };
        let text = String::from_utf8_lossy(&self.lines[line].bytes).into_owned();
        let mut cells: Vec<&str> = text.splitn(6, ',').collect();
        if let Some(held) = cells.get_mut(cell) {
            *held = value;
        }
        self.lines[line].bytes = cells.join(",").into_bytes();
    }

    /// Notes that quotes of a line may not be in pairs any more.
    fn loosen(&mut self, line: usize) {
        self.loose.push(line);
    }

    fn apply(&mut self, mutator: Mutator, place: Index, inner: Index) {
        match mutator {
            Mutator::BadNumber => self.set_cell(place, 3, "many"),
            Mutator::BadDate => self.set_cell(place, 1, "2024-02-31"),
            Mutator::EmptyKey => self.set_cell(place, 0, ""),
            Mutator::HiddenLetter => self.set_cell(place, 2, "X\u{200b}1"),
            Mutator::SecondHeader => self.insert(self.gap(place), plain(&HEADINGS.join(","))),
            Mutator::Footer => self.insert(self.lines.len(), plain("Total,,,12,99.50,")),
            Mutator::BlankLines => {
                let at = self.gap(place);
                ["", "   ", ""].iter().for_each(|blank| self.insert(at, plain(blank)));
            }
            Mutator::RepeatedFile => self.is_repeated = true,
            Mutator::ShuffleColumns => self.shuffle(),
            Mutator::SwapLines => {
                if self.loose.is_empty() && self.lines.len() > 2 {
                    let (one, other) =
                        (1 + place.index(self.lines.len() - 1), 1 + inner.index(self.lines.len() - 1));
                    self.lines.swap(one, other);
                }
            }
            Mutator::DuplicateLine => {
                if let Some(line) = self.touch(place) {
                    let mut again = self.lines[line].clone();
                    again.invoice = None;
                    if self.loose.contains(&line) {
                        self.loosen(line);
                    }
                    self.insert(line + 1, again);
                    if self.loose.contains(&line) {
                        self.loosen(line + 1);
                    }
                }
            }
            _ => self.spoil_bytes(mutator, place, inner),
        }
    }

    /// Only where every column still has its own heading and no quotes are loose.
    fn shuffle(&mut self) {
        let simple = |line: &Line| {
            std::str::from_utf8(&line.bytes)
                .is_ok_and(|text| !text.contains('"') && text.split(',').count() == 6)
        };
        if self.has_shuffled || !self.lines.iter().all(simple) {
            return;
        }
        self.has_shuffled = true;
        for line in &mut self.lines {
            let text = String::from_utf8_lossy(&line.bytes).into_owned();
            let mut cells: Vec<&str> = text.split(',').collect();
            cells.rotate_left(2);
            line.bytes = cells.join(",").into_bytes();
        }
    }

    fn spoil_bytes(&mut self, mutator: Mutator, place: Index, inner: Index) {
        let Some(line) = self.touch(place) else { return };
        let bytes = &mut self.lines[line].bytes;
        let had_quotes = bytes.contains(&b'"');
        let at = inner.index(bytes.len() + 1);
        match mutator {
            Mutator::DeleteByte if at < bytes.len() => drop(bytes.remove(at)),
            Mutator::InsertQuote => bytes.insert(at, b'"'),
            Mutator::EscapedQuote => drop(bytes.splice(at..at, *b"\\\"")),
            Mutator::SwapDelimiter => {
                bytes.iter_mut().filter(|byte| **byte == b',').for_each(|byte| *byte = b';')
            }
            Mutator::InsertNul => bytes.insert(at, 0),
            Mutator::OtherEncoding => bytes.extend_from_slice(b"caf\xe9"),
            Mutator::BadByte => bytes.insert(at, 0xff),
            Mutator::MarkInTheMiddle => drop(bytes.splice(0..0, *b"\xef\xbb\xbf")),
            Mutator::LoneReturn => bytes.insert(at, b'\r'),
            Mutator::DropCell => {
                let last = bytes.iter().rposition(|byte| *byte == b',').unwrap_or(0);
                bytes.truncate(last);
            }
            Mutator::AddCell => bytes.extend_from_slice(b",one,more"),
            Mutator::GiantField => bytes.resize(bytes.len() + (1 << 20) + 1, b'x'),
            Mutator::Truncate => {
                bytes.truncate(at);
                let cut = bytes.contains(&b'"');
                self.lines.truncate(line + 1);
                self.loose.retain(|loose| *loose <= line);
                if cut {
                    self.loosen(line);
                }
                return;
            }
            _ => {}
        }
        // Deleting a quote, or adding what stands between a quote and a delimiter, lets one loose.
        if had_quotes || self.lines[line].bytes.contains(&b'"') {
            self.loosen(line);
        }
    }

    /// Lines that a loose quote may reach: from the first to the last, and the line after.
    fn reach(&self) -> Range<usize> {
        match (self.loose.iter().min(), self.loose.iter().max()) {
            (Some(first), Some(last)) => {
                // A quote may close at the next quoted value, wherever that is.
                let next = (last + 1..self.lines.len()).find(|line| self.lines[*line].bytes.contains(&b'"'));
                *first..next.unwrap_or(*last) + 2
            }
            _ => 0..0,
        }
    }

    /// Invoices that have to be loaded.
    fn expected(&self) -> BTreeSet<String> {
        let reach = self.reach();
        let sound = |(line, held): &(usize, &Line)| !held.is_touched && !reach.contains(line);
        self.lines.iter().enumerate().filter(sound).filter_map(|(_, line)| line.invoice.clone()).collect()
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in &self.lines {
            bytes.extend_from_slice(&line.bytes);
            bytes.push(b'\n');
        }
        bytes
    }
}

/// The account of files of these sizes.
fn check_account(rows: &SourceRows, bytes: usize) {
    let balance = &rows.balance;
    assert!(balance.holds(), "{balance:?}");
    assert_eq!(balance.bytes_in, bytes as u64);
    let batched: usize = rows.batches.iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(batched as u64, balance.loaded.rows);
    assert_eq!(rows.quarantined.len() as u64, balance.quarantined.rows);
    let set_aside: u64 = rows.quarantined.iter().map(|row| row.byte_last + 1 - row.byte_first).sum();
    assert!(set_aside <= balance.bytes_quarantined, "{set_aside} of {}", balance.bytes_quarantined);
}

/// Each record that was set aside can be found in its file again by its offsets.
fn check_records(rows: &SourceRows, bytes: &[u8]) {
    for row in &rows.quarantined {
        let record = &bytes[row.byte_first as usize..=row.byte_last as usize];
        assert!(record.starts_with(row.raw()), "{row:?}");
        assert_eq!(row.is_cut, row.raw().len() < record.len(), "{row:?}");
        assert!(row.raw().len() <= 64 << 10);
        let account = rows.files.iter().find(|file| file.label == row.file).expect("its file");
        assert_eq!(row.content_hash, account.content_hash);
    }
}

fn check(draft: &Draft) -> Result<(), TestCaseError> {
    let bytes = draft.bytes();
    let folder = tempfile::tempdir().expect("a folder");
    let mut files: Vec<InputFile> = vec![write(folder.path(), "a.csv", &bytes)];
    if draft.is_repeated {
        files.push(write(folder.path(), "b.csv", &bytes));
    }
    let mut spec = sales();
    spec.options.max_quarantine_rate = 1.0;
    let rows = match read_source(&spec, &files, &NoProgress) {
        Ok(rows) => rows,
        // A column may be left with nothing but `1,234` in quotes.
        Err(error) => {
            prop_assert!(["numbers-ambiguous", "dates-ambiguous"].contains(&error.code()), "{error}");
            return Ok(());
        }
    };
    check_account(&rows, bytes.len() * files.len());
    check_records(&rows, &bytes);
    let loaded: String = rows.batches.iter().flat_map(cell_texts).collect::<Vec<_>>().join("\n");
    for invoice in draft.expected() {
        prop_assert!(
            loaded.contains(&format!("invoice_no=\"{invoice}\"")),
            "{invoice} is missing of\n{loaded}"
        );
    }
    if draft.is_repeated {
        let [first, second] = &rows.files[..] else { panic!("two files") };
        prop_assert_eq!(second.rows.deduplicated.rows, first.rows.rows_in);
        prop_assert_eq!(&first.content_hash, &second.content_hash);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn rows_that_no_corruption_comes_near_are_loaded(
        rows in proptest::collection::vec(row(), 0..30),
        steps in proptest::collection::vec((prop::sample::select(&MUTATORS[..]), any::<Index>(), any::<Index>()), 0..8),
    ) {
        let mut draft = Draft::new(&rows);
        for (mutator, place, inner) in steps {
            draft.apply(mutator, place, inner);
        }
        check(&draft)?;
    }
}

#[test]
fn each_corruption_alone_costs_no_other_row() {
    let row = |number: usize| Row {
        cells: ["", "2024-01-05", "X1", "2", "1.50", if number == 9 { "two\nlines" } else { "tea" }]
            .map(str::to_owned),
    };
    let rows: Vec<Row> = (0..20).map(row).collect();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for mutator in MUTATORS {
        for _ in 0..20 {
            let places = (any::<Index>(), any::<Index>()).new_tree(&mut runner).expect("a place");
            let (place, inner) = proptest::strategy::ValueTree::current(&places);
            let mut draft = Draft::new(&rows);
            draft.apply(mutator, place, inner);
            let least = if mutator == Mutator::Truncate { 0 } else { 9 };
            assert!(draft.expected().len() >= least, "{mutator:?} tests too little");
            check(&draft).unwrap_or_else(|error| panic!("{mutator:?}: {error}"));
        }
    }
}
