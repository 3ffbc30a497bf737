//! Faults that need big, compressed or odd files.

#![allow(clippy::result_large_err)]

mod support;

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use confect_domain::{Entity, Problem};
use confect_ingest::{
    IngestError, InputFile, NoProgress, Progress, SourceRows, SourceSpec, read_source, stream_source,
};
use support::{mapping, sales, write};

const HEADER: &str = "Invoice,Date,Code,Qty,Price,Text\n";

fn read(spec: &SourceSpec, bytes: &[u8]) -> Result<SourceRows, IngestError> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "till.csv", bytes);
    read_source(spec, &[file], &NoProgress)
}

fn lines(count: usize) -> String {
    let mut text = HEADER.to_owned();
    for number in 0..count {
        text.push_str(&format!("A{number},2024-01-05 10:00:00,X{},1,2.50,some text {number}\n", number % 97));
    }
    text
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

/// With a checksum, as the command line tool writes it; without one no reader could notice damage.
fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.include_checksum(true).expect("set");
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

#[test]
fn compressed_files_are_read_whatever_their_name_and_in_several_parts() {
    let text = lines(5_000);
    let (first, second) = text.split_at(text.len() / 3);
    let parts = |pack: fn(&[u8]) -> Vec<u8>| [pack(first.as_bytes()), pack(second.as_bytes())].concat();
    for packed in [parts(gzip), parts(zstd_frame), gzip(text.as_bytes()), zstd_frame(text.as_bytes())] {
        let rows = read(&sales(), &packed).expect("read");
        assert_eq!(rows.balance.loaded.rows, 5_000);
        assert_eq!(rows.balance.loaded.amount_text(), "12500");
        assert_eq!(rows.balance.bytes_in, text.len() as u64);
    }
}

#[test]
fn a_zstd_file_with_a_long_window_is_read_and_a_longer_one_is_not() {
    for (log, accepted) in [(27, true), (28, false)] {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.long_distance_matching(true).expect("set");
        encoder.window_log(log).expect("set");
        encoder.write_all(lines(10).as_bytes()).expect("written");
        // Without a known size the frame states its window.
        let outcome = read(&sales(), &encoder.finish().expect("finished"));
        assert_eq!(outcome.is_ok(), accepted, "{log}: {:?}", outcome.err());
    }
}

#[test]
fn truncated_and_damaged_archives_are_refused_wherever_they_break() {
    let text = lines(20_000);
    for packed in [gzip(text.as_bytes()), zstd_frame(text.as_bytes())] {
        for keep in [packed.len() / 20, packed.len() / 2, packed.len() - 1] {
            let error = read(&sales(), &packed[..keep]).expect_err("refused");
            assert_eq!(error, IngestError::Truncated { file: "till.csv".to_owned() });
        }
        let mut damaged = packed.clone();
        let middle = damaged.len() / 2;
        damaged[middle..middle + 40].fill(0xff);
        let outcome = read(&sales(), &damaged);
        assert!(matches!(outcome, Err(IngestError::Damaged { .. } | IngestError::Truncated { .. })));
        let garbage = [packed, b"garbage behind the archive".to_vec()].concat();
        assert!(read(&sales(), &garbage).is_err());
    }
}

#[test]
fn compression_bombs_are_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bomb.csv");
    let file = std::fs::File::create(&path).expect("created");
    let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::best());
    encoder.write_all(HEADER.as_bytes()).expect("written");
    for _ in 0..200 {
        encoder.write_all(&vec![b'\n'; 1 << 20]).expect("written");
    }
    encoder.finish().expect("finished");
    let input = InputFile { path, label: "bomb.csv".to_owned() };
    let error = read_source(&sales(), &[input], &NoProgress).expect_err("refused");
    assert!(matches!(error, IngestError::Bomb { limit: 200, .. }), "{error:?}");
    assert_eq!(Problem::from(error).kind.exit_code(), 1);
}

#[test]
fn a_record_of_20_mib_is_set_aside_and_the_rest_read() {
    let mut text = HEADER.to_owned().into_bytes();
    text.extend_from_slice(b"A1,2024-01-05,X1,1,1,");
    text.resize(text.len() + (20 << 20), b'x');
    text.extend_from_slice(b"\r\nA2,2024-01-05,X1,1,1,fine\n");
    let rows = read(&sales(), &text).expect("read");
    assert_eq!((rows.balance.loaded.rows, rows.balance.quarantined.rows), (1, 1));
    let aside = &rows.quarantined[0];
    assert_eq!((aside.code, aside.line_first, aside.line_last), ("record-too-long", 2, 2));
    assert_eq!(aside.byte_first, HEADER.len() as u64);
    assert_eq!(aside.byte_last, (HEADER.len() + 21 + (20 << 20) - 1) as u64);
    assert_eq!(aside.record.len(), 64 << 10);
    assert_eq!(rows.balance.bytes_in, text.len() as u64);
}

#[test]
fn a_field_of_more_than_1_mib_is_set_aside() {
    for quote in ["", "\""] {
        let long = "y".repeat((1 << 20) + 1);
        let text = format!("{HEADER}A1,2024-01-05,X1,1,1,{quote}{long}{quote}\nA2,2024-01-05,X1,1,1,fine\n");
        let rows = read(&sales(), text.as_bytes()).expect("read");
        let expected = if quote.is_empty() { "field-too-long" } else { "unclosed-quote" };
        assert_eq!(rows.quarantined[0].code, expected);
        assert_eq!((rows.balance.loaded.rows, rows.balance.quarantined.rows), (1, 1));
    }
}

#[test]
fn an_unclosed_quote_costs_one_line_also_far_from_the_end() {
    for position in [10, 40_000] {
        let mut all: Vec<String> = lines(60_000).lines().map(str::to_owned).collect();
        all[position] = all[position].replace("some text", "\"some text");
        let text = all.join("\n");
        let rows = read(&sales(), text.as_bytes()).expect("read");
        assert_eq!((rows.balance.rows_in, rows.balance.loaded.rows), (60_000, 59_999));
        let aside = &rows.quarantined[0];
        assert_eq!((aside.code, aside.line_first), ("unclosed-quote", position as u64 + 1));
        assert_eq!(aside.record, all[position]);
    }
}

#[test]
fn fifty_thousand_columns_are_too_many() {
    let text = format!("{}\n{}\n", vec!["c"; 50_000].join(","), vec!["1"; 50_000].join(","));
    let error = read(&sales(), text.as_bytes()).expect_err("refused");
    assert_eq!(error, IngestError::TooWide { file: "till.csv".to_owned(), limit: 4_096 });
    assert_eq!(Problem::from(error).kind.exit_code(), 1);
}

#[test]
fn a_bad_date_on_line_300_000_is_told_with_place_value_and_remedy() {
    let mut all: Vec<String> = lines(300_100).lines().map(str::to_owned).collect();
    all[299_999] = "A299998,2024-02-30 10:00:00,X1,3,2.50,bad".to_owned();
    let before: usize = all[..299_999].iter().map(|line| line.len() + 1).sum();
    let rows = read(&sales(), (all.join("\n") + "\n").as_bytes()).expect("read");
    assert_eq!(rows.balance.quarantined.rows, 1);
    let aside = &rows.quarantined[0];
    assert_eq!((aside.line_first, aside.line_last), (300_000, 300_000));
    assert_eq!(
        (aside.byte_first, aside.byte_last),
        (before as u64, (before + all[299_999].len() - 1) as u64)
    );
    assert_eq!((aside.column.as_deref(), aside.column_index), (Some("Date"), Some(1)));
    assert_eq!(aside.value.as_deref(), Some("2024-02-30 10:00:00"));
    assert_eq!(aside.code, "bad-date");
    assert_eq!(aside.message, "`2024-02-30 10:00:00` in `Date` is a day that does not exist");
    assert_eq!(aside.remedy, "correct the date in the system it was exported from");
    assert_eq!(aside.record, all[299_999]);
    assert_eq!(aside.amount, Some(75_000));
}

#[test]
fn one_bad_byte_in_a_late_row_of_a_utf_8_file() {
    let mut text = lines(60_000).into_bytes();
    text.extend_from_slice("A,2024-01-05,X1,1,1,café\n".as_bytes());
    text.extend_from_slice(b"B,2024-01-05,X1,1,1,caf\xe9\n");
    let rows = read(&sales(), &text).expect("read");
    assert_eq!((rows.balance.quarantined.rows, rows.quarantined[0].code), (1, "bad-encoding"));
    assert_eq!(rows.quarantined[0].line_first, 60_003);
}

#[test]
fn windows_1252_that_shows_late_is_read() {
    let mut text = lines(60_000).into_bytes();
    text.extend_from_slice(b"B,2024-01-05,X1,1,1,caf\xe9\n");
    let rows = read(&sales(), &text).expect("read");
    assert_eq!(rows.balance.quarantined.rows, 0);
    assert_eq!(rows.files[0].encoding, "windows-1252");
    let finding = rows.findings.iter().find(|finding| finding.code == "encoding-assumed").expect("told");
    assert_eq!((finding.line, finding.rows), (Some(60_002), 1));
    assert!(finding.message.contains("`café`"), "{}", finding.message);
}

#[test]
fn dates_that_only_the_last_row_decides() {
    let mut text = HEADER.to_owned();
    for number in 0..60_000 {
        text.push_str(&format!("A{number},3/4/2024 10:00,X1,1,1,a\n"));
    }
    text.push_str("Z,4/13/2024 9:00,X1,1,1,a\n");
    let rows = read(&sales(), text.as_bytes()).expect("read");
    assert_eq!((rows.balance.loaded.rows, rows.balance.quarantined.rows), (60_001, 0));
    assert!(
        rows.findings
            .iter()
            .any(|finding| finding.code == "date-order" && finding.message.contains("month/day/year"))
    );
}

#[test]
fn missing_files_folders_and_pipes_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let input = |name: &str| InputFile { path: folder.path().join(name), label: name.to_owned() };
    let read = |name: &str| read_source(&sales(), &[input(name)], &NoProgress).expect_err("refused");
    assert_eq!(read("gone.csv"), IngestError::FileMissing { file: "gone.csv".to_owned() });
    std::fs::create_dir(folder.path().join("folder.csv")).expect("created");
    assert_eq!(
        read("folder.csv"),
        IngestError::NotAFile { file: "folder.csv".to_owned(), what: "directory" }
    );
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.csv")).status();
    if made.is_ok_and(|status| status.success()) {
        assert_eq!(read("pipe.csv"), IngestError::NotAFile { file: "pipe.csv".to_owned(), what: "pipe" });
    }
    assert_eq!(read("gone.csv").code(), "file-missing");
    assert_eq!(Problem::from(read("gone.csv")).kind.exit_code(), 3);
    let none = read_source(&sales(), &[], &NoProgress).expect_err("refused");
    assert_eq!(none, IngestError::NoFiles { name: "till".to_owned() });
}

/// Replaces the file when reading has come some way.
struct Replaces<'a> {
    file: &'a InputFile,
    calls: AtomicU64,
}

impl Progress for Replaces<'_> {
    fn advanced(&self, _bytes_read: u64, _rows: u64) {
        if self.calls.fetch_add(1, Ordering::Relaxed) == 0 {
            let mut file = std::fs::OpenOptions::new().append(true).open(&self.file.path).expect("opened");
            file.write_all(b"Z,2024-01-05,X1,1,1,late\n").expect("written");
        }
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "till.csv", lines(600_000).as_bytes());
    let progress = Replaces { file: &file, calls: AtomicU64::new(0) };
    let error = read_source(&sales(), std::slice::from_ref(&file), &progress).expect_err("refused");
    assert_eq!(error, IngestError::FileChanged { file: "till.csv".to_owned() });
}

/// Counts calls and stops after some.
struct Stops {
    after: u64,
    calls: AtomicU64,
    rows: AtomicU64,
}

impl Progress for Stops {
    fn advanced(&self, _bytes_read: u64, rows: u64) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.rows.store(rows, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.calls.load(Ordering::Relaxed) >= self.after
    }
}

#[test]
fn reading_can_be_cancelled_and_tells_how_far_it_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = lines(200_000);
    let file = [write(folder.path(), "till.csv", text.as_bytes())];
    let stops = Stops { after: 2, calls: AtomicU64::new(0), rows: AtomicU64::new(0) };
    let error = read_source(&sales(), &file, &stops).expect_err("cancelled");
    assert_eq!(error, IngestError::Cancelled { name: "till".to_owned() });
    let runs = Stops { after: u64::MAX, calls: AtomicU64::new(0), rows: AtomicU64::new(0) };
    let mut batches = 0;
    let rows = stream_source(&sales(), &file, &runs, &mut |batch| {
        assert!(batch.num_rows() > 0);
        batches += 1;
    });
    assert!(rows.expect("read").batches.is_empty());
    assert!(batches > 5);
    assert_eq!(runs.rows.load(Ordering::Relaxed), 200_000);
}

#[test]
fn a_big_load_tolerates_bad_rows_up_to_the_greater_of_share_and_number() {
    let spoil = |rows: usize, bad: usize| {
        let all: Vec<String> = lines(rows).lines().map(str::to_owned).collect();
        let spoiled = all.iter().enumerate().map(|(index, line)| match index {
            0 => line.clone(),
            index if index <= bad => line.replace(",1,2.50", ",one,2.50"),
            _ => line.clone(),
        });
        spoiled.collect::<Vec<_>>().join("\n")
    };
    let cases = [
        (5_000, 50, true),
        (5_000, 51, false),
        (100, 10, true),
        (100, 11, false),
        (100_000, 1_000, true),
        (100_000, 1_001, false),
        (150_000, 1_400, true),
    ];
    for (rows, bad, accepted) in cases {
        let outcome = read(&sales(), spoil(rows, bad).as_bytes());
        assert_eq!(outcome.is_ok(), accepted, "{bad} of {rows}");
    }
}

#[test]
fn a_file_of_one_column_is_read() {
    let spec =
        SourceSpec { entity: Entity::Customers, columns: vec![mapping("customer_id", "id")], ..sales() };
    let rows = read(&spec, b"id\n1\n2\n\n3\n").expect("read");
    assert_eq!(rows.balance.loaded.rows, 3);
    assert_eq!(rows.balance.loaded.rows_without_amount, 0);
}

#[test]
fn thousands_of_small_files_are_one_source() {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<InputFile> = (0..500)
        .rev()
        .map(|number| {
            let text = format!("{HEADER}A{number},2024-01-05,X1,1,1,a\nsame,2024-01-05,X1,1,1,a\n");
            write(folder.path(), &format!("{number:04}.csv"), text.as_bytes())
        })
        .collect();
    let rows = read_source(&sales(), &files, &NoProgress).expect("read");
    assert_eq!((rows.balance.loaded.rows, rows.balance.deduplicated.rows), (501, 499));
    assert_eq!(rows.files[0].label, "0000.csv");
    assert!(rows.files.iter().all(|file| file.rows.holds()));
}

#[test]
fn a_hopeless_file_is_refused_before_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("{HEADER}{}", "one;two;three\n".repeat(2_000_000));
    let file = [write(folder.path(), "till.csv", text.as_bytes())];
    let error = read_source(&sales(), &file, &NoProgress).map(|rows| rows.balance).expect_err("refused");
    let IngestError::TooManyQuarantined { rows, .. } = error else { panic!("{error:?}") };
    assert!(rows < 1_000_000, "{rows}");
}

#[test]
fn what_persons_are_called_is_in_no_finding() {
    let columns = vec![mapping("customer_id", "id"), mapping("name", "name"), mapping("city", "city")];
    let spec = SourceSpec { entity: Entity::Customers, columns, ..sales() };
    let text = b"id,name,city\n1,Jos\xe9,M\xe1laga\n2,Andr\xe9,Paris\n3,a\0b,Paris\n";
    let rows = read(&spec, text).expect("read");
    assert_eq!(rows.quarantined[0].value.as_deref(), Some("a\0b"));
    let told = format!("{:?}", rows.findings);
    assert!(told.contains("Málaga") && !told.contains("Jos") && !told.contains("Andr"), "{told}");
    assert!(!told.contains("a\\0b"), "{told}");
}
