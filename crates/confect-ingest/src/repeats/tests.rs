//! The ways of big sources against the plain set, on random small ones.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use confect_domain::Entity;
use proptest::prelude::*;

use super::*;
use crate::pipeline::{Sink, read_within};
use crate::rows::SourceRows;
use crate::spec::{ColumnMapping, InputFile, NoProgress, Progress, ReadOptions, SourceSpec};

/// Every source counts as big.
const BIG: Limits = Limits { plain_rows: 0, candidates: u64::MAX, range_rows: 1, filter_percent: 100 };
const WAYS: [(&str, Limits); 4] = [
    ("candidates", BIG),
    ("a filter that is far too small", Limits { filter_percent: 0, ..BIG }),
    ("ranges", Limits { candidates: 3, range_rows: 7, ..BIG }),
    ("one range", Limits { candidates: 0, range_rows: u64::MAX, ..BIG }),
];

fn spec() -> SourceSpec {
    let columns =
        [("invoice_no", "Invoice"), ("sold_at", "Date"), ("stock_code", "Code"), ("quantity", "Qty")];
    let mapping = |(column, header): &(&str, &str)| ColumnMapping {
        column: (*column).to_owned(),
        headers: vec![(*header).to_owned()],
        ..ColumnMapping::default()
    };
    let options = ReadOptions { max_quarantine_rate: 1.0, comment: Some(b'#'), ..ReadOptions::default() };
    SourceSpec {
        name: "till".to_owned(),
        entity: Entity::SaleLines,
        columns: columns.iter().map(mapping).collect(),
        options,
    }
}

fn write(folder: &Path, files: &[Vec<u8>]) -> Vec<InputFile> {
    let one = |(number, bytes): (usize, &Vec<u8>)| {
        let label = format!("{number}.csv");
        let path = folder.join(&label);
        std::fs::write(&path, bytes).expect("written");
        InputFile { path, label }
    };
    files.iter().enumerate().map(one).collect()
}

/// Everything that reading says, batches put into one, because how they are cut may differ.
fn told(outcome: Result<(SourceRows, Vec<RecordBatch>), IngestError>) -> String {
    match outcome {
        Ok((rows, batches)) => {
            let all = concat_batches(&rows.schema, &batches).expect("one batch");
            let (balance, files) = (rows.balance, rows.files);
            format!("{balance:?}\n{files:?}\n{:?}\n{:?}\n{all:?}", rows.findings, rows.quarantined)
        }
        Err(error) => format!("{error:?}"),
    }
}

fn read(spec: &SourceSpec, files: &[InputFile], limits: Limits) -> String {
    let mut batches = Vec::new();
    let rows = read_within(spec, files, &NoProgress, &mut Sink::Keep(&mut batches), limits, None);
    let rows = rows.map(|(rows, _)| rows);
    told(rows.map(|rows| (rows, batches)))
}

/// Lines of few kinds, so that many repeat: fine ones, some that are set aside, some that are none.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let fine = (0..40_u32).prop_map(|n| format!("A{n},2024-01-{:02},X{n},{}", n % 28 + 1, n % 5));
    let odd = prop::sample::select(vec![
        "A1,no date,X1,1",
        "A2,2024-01-05,X1,one",
        "A3,2024-01-05",
        "",
        "# a comment, \"with a quote",
        "\"A,4\",2024-01-05,X1,1",
        "\"A\"\"5\",2024-01-05,\"X\n1\",1",
        "A6,2024-01-05,\"X1,1",
        "A\"7,2024-01-05,X1,1",
        "Total,,,99",
        "A8,2024-01-05,M\u{e4}rz,1",
        "A8,2024-01-05,X,1\u{a0}000",
    ]);
    let bytes =
        prop::sample::select(vec![b"A9,2024-01-05,M\xe4rz,1".to_vec(), b"A9,2024-01-05,X,1\0".to_vec()]);
    prop_oneof![
        8 => fine.prop_map(String::into_bytes),
        2 => odd.prop_map(|text| text.as_bytes().to_vec()),
        1 => bytes,
    ]
}

/// A file: with a byte order mark or not, of either line end.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let ends = prop::sample::select(vec![&b"\n"[..], b"\r\n", b"\r"]);
    let lines = proptest::collection::vec(line(), 0..120);
    let header = prop::sample::select(vec!["Invoice,Date,Code,Qty", "Date,Invoice,Code,Qty"]);
    (any::<bool>(), header, lines, ends).prop_map(|(mark, header, lines, end)| {
        let mut bytes = if mark { vec![0xef, 0xbb, 0xbf] } else { Vec::new() };
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(end);
        for line in lines {
            bytes.extend_from_slice(&line);
            bytes.extend_from_slice(end);
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_way_keeps_the_same_rows_and_counts(
        mut files in proptest::collection::vec(file(), 1..4),
        again in any::<bool>(),
        declared in any::<bool>(),
    ) {
        if again {
            files.push(files[0].clone());
        }
        let folder = tempfile::tempdir().expect("a folder");
        let files = write(folder.path(), &files);
        let mut spec = spec();
        if declared {
            spec.options.encoding = Some("windows-1252".to_owned());
        }
        let expected = read(&spec, &files, Limits::USUAL);
        for (name, limits) in WAYS {
            prop_assert_eq!(&read(&spec, &files, limits), &expected, "{}", name);
        }
    }
}

#[test]
fn a_row_that_is_set_aside_makes_no_later_one_a_repetition() {
    // The mark makes the first file UTF-8, the declaration the second one windows-1252: the same bytes are a
    // quantity of 1000 in one and none in the other.
    let header = "Invoice,Date,Code,Qty\n";
    let lines = "A8,2024-01-05,X,1\u{a0}000\nA9,2024-01-05,X,1\n".repeat(2);
    let second = format!("{header}{lines}");
    let first = format!("\u{feff}{second}");
    let mut spec = spec();
    spec.options.encoding = Some("windows-1252".to_owned());
    for (files, loaded, repeated) in [([&second, &first], 2, 4), ([&first, &second], 2, 4)] {
        let folder = tempfile::tempdir().expect("a folder");
        let files = files.map(|text| text.as_bytes().to_vec());
        let files = write(folder.path(), &files);
        for (name, limits) in WAYS.into_iter().chain([("plain", Limits::USUAL)]) {
            let (rows, _) =
                read_within(&spec, &files, &NoProgress, &mut Sink::Stream(&mut |_| ()), limits, None)
                    .expect("read");
            let counts = (rows.balance.loaded.rows, rows.balance.deduplicated.rows);
            assert_eq!(counts, (loaded, repeated), "{name}");
            assert_eq!(rows.balance.quarantined.rows, 2, "{name}");
        }
    }
}

/// Remembers what it was told, and stops at some point.
struct Watcher {
    last: AtomicU64,
    calls: AtomicU64,
    stop_after: u64,
}

impl Progress for Watcher {
    fn advanced(&self, bytes_read: u64, _rows: u64) {
        let before = self.last.swap(bytes_read, Ordering::Relaxed);
        assert!(before <= bytes_read, "{before} {bytes_read}");
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.calls.load(Ordering::Relaxed) >= self.stop_after
    }
}

#[test]
fn progress_grows_to_the_size_of_the_files_and_every_pass_can_be_stopped() {
    let text = |file: u32| {
        let lines = (0..600).map(|n| format!("A{},2024-01-05,X{n},{file}\n", n % 400));
        format!("Invoice,Date,Code,Qty\n{}", lines.collect::<String>()).into_bytes()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let files = write(folder.path(), &[text(1), text(2), text(2)]);
    let size = files.iter().map(|file| std::fs::metadata(&file.path).expect("there").len()).sum::<u64>();
    let watcher = |stop_after| Watcher { last: AtomicU64::new(0), calls: AtomicU64::new(0), stop_after };
    for (name, limits) in WAYS.into_iter().chain([("plain", Limits::USUAL)]) {
        let all = watcher(u64::MAX);
        read_within(&spec(), &files, &all, &mut Sink::Stream(&mut |_| ()), limits, None).expect("read");
        assert_eq!(all.last.load(Ordering::Relaxed), size, "{name}");
        for stop_after in [1, 2, 60, all.calls.load(Ordering::Relaxed) / 4 * 3] {
            let stops = watcher(stop_after);
            let error = read_within(&spec(), &files, &stops, &mut Sink::Stream(&mut |_| ()), limits, None)
                .map(|_| ());
            assert_eq!(error, Err(IngestError::Cancelled { name: "till".to_owned() }), "{name} {stop_after}");
        }
    }
}

/// What earlier reads have loaded, as a set.
#[derive(Default)]
struct Remembered(std::collections::BTreeSet<u128>);

impl KnownRows for Remembered {
    fn knows(&self, hash: u128) -> std::io::Result<bool> {
        Ok(self.0.contains(&hash))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Files that are read one after the other, each knowing the lines before it, give the rows of all at once.
    #[test]
    fn files_one_by_one_are_the_files_at_once(
        lines in proptest::collection::vec(proptest::collection::vec(0..12_u8, 0..20), 1..5),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let text = |lines: &Vec<u8>| {
            let line = |number: &u8| format!("i{number},2024-01-02,a{number},{number}\n");
            format!("Invoice,Date,Code,Qty\n{}", lines.iter().map(line).collect::<String>()).into_bytes()
        };
        let files = write(folder.path(), &lines.iter().map(text).collect::<Vec<_>>());
        let spec = spec();
        let at_once = crate::read_source(&spec, &files, &NoProgress).expect("read");
        let (mut known, mut balance, mut batches) = (Remembered::default(), confect_domain::Balance::default(), vec![]);
        for file in &files {
            let one = std::slice::from_ref(file);
            let (rows, new) = crate::read_new_rows(&spec, one, &NoProgress, Some(&known)).expect("read");
            prop_assert!(known.0.is_disjoint(&new.clone().expect("few").into_iter().collect()));
            known.0.extend(new.expect("few"));
            balance.merge(&rows.balance);
            batches.extend(rows.batches);
        }
        prop_assert_eq!(balance, at_once.balance);
        let all = |batches: &[RecordBatch]| concat_batches(&at_once.schema, batches).expect("one batch");
        prop_assert_eq!(all(&batches), all(&at_once.batches));
    }
}
