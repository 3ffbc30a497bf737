//! Faults of delivery: links, devices, odd names, files replaced while they are read, and a file that is far
//! bigger than what memory may grow by. And what a row that was set aside carries to be read again.

#![allow(clippy::result_large_err)]
#![cfg(unix)]

mod support;

use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use confect_domain::Problem;
use confect_ingest::{
    IngestError, InputFile, NoProgress, Progress, SourceRows, SourceSpec, label_of, read_source,
    stream_source,
};
use support::{sales, write};

const TEXT: &str = "Invoice,Date,Code,Qty,Price,Text\nA1,2024-01-05,X1,1,2.50,a\n";

fn at(path: PathBuf) -> InputFile {
    InputFile { label: label_of(Path::new(path.file_name().unwrap_or_default())), path }
}

fn read(spec: &SourceSpec, path: PathBuf) -> Result<SourceRows, IngestError> {
    read_source(spec, &[at(path)], &NoProgress)
}

/// A project's folder with a neighbour, and a source that has to stay inside.
fn project() -> (tempfile::TempDir, PathBuf, PathBuf, SourceSpec) {
    let folder = tempfile::tempdir().expect("a folder");
    let (inside, outside) = (folder.path().join("shop"), folder.path().join("shop-of-others"));
    std::fs::create_dir(&inside).expect("created");
    std::fs::create_dir(&outside).expect("created");
    std::fs::write(inside.join("till.csv"), TEXT).expect("written");
    std::fs::write(outside.join("till.csv"), TEXT).expect("written");
    let mut spec = sales();
    spec.options.inside = vec![inside.clone()];
    (folder, inside, outside, spec)
}

#[test]
fn links_that_stay_inside_are_followed() {
    let (_folder, inside, _, spec) = project();
    symlink(inside.join("till.csv"), inside.join("link.csv")).expect("linked");
    for name in ["till.csv", "link.csv", "../shop/till.csv", "./till.csv"] {
        assert_eq!(read(&spec, inside.join(name)).expect("read").balance.loaded.rows, 1, "{name}");
    }
}

#[test]
fn files_outside_are_refused_however_they_are_reached() {
    let (folder, inside, outside, spec) = project();
    symlink(outside.join("till.csv"), inside.join("link.csv")).expect("linked");
    symlink(&outside, inside.join("folder")).expect("linked");
    symlink("/dev/null", inside.join("device.csv")).expect("linked");
    symlink(inside.join("device.csv"), inside.join("chain.csv")).expect("linked");
    let cases = [
        (inside.join("link.csv"), true),
        (inside.join("folder/till.csv"), true),
        (inside.join("device.csv"), true),
        (inside.join("chain.csv"), true),
        (inside.join("../shop-of-others/till.csv"), false),
        (outside.join("till.csv"), false),
        (PathBuf::from("/etc/hostname"), false),
    ];
    for (path, is_link) in cases {
        let error = read(&spec, path.clone()).expect_err("refused");
        assert_eq!(error, IngestError::OutsideFolder { file: at(path).label, is_link });
    }
    let problem = Problem::from(read(&spec, inside.join("link.csv")).expect_err("refused"));
    assert_eq!(
        problem.to_string(),
        "error[file-outside]: `link.csv` lies outside the project's folder\n  detail: a link leads there\n  \
         hint: copy the file into the project's folder; links out of it are not followed"
    );
    assert_eq!(problem.kind.exit_code(), 3);
    let mut both = spec;
    both.options.inside.push(folder.path().to_path_buf());
    assert!(read(&both, outside.join("till.csv")).is_ok());
}

#[test]
fn links_to_nowhere_and_in_circles_and_devices_are_told() {
    let (_folder, inside, _, spec) = project();
    symlink(inside.join("gone"), inside.join("nowhere.csv")).expect("linked");
    symlink(inside.join("circle.csv"), inside.join("circle.csv")).expect("linked");
    let code = |spec: &SourceSpec, path: PathBuf| read(spec, path).expect_err("refused").code();
    assert_eq!(code(&spec, inside.join("nowhere.csv")), "file-missing");
    assert_eq!(code(&spec, inside.join("circle.csv")), "file-unreadable");
    let anywhere = sales();
    let device = read(&anywhere, PathBuf::from("/dev/zero")).expect_err("refused");
    assert_eq!(device, IngestError::NotAFile { file: "zero".to_owned(), what: "device" });
    let _socket = std::os::unix::net::UnixListener::bind(inside.join("socket.csv")).expect("bound");
    let socket = read(&spec, inside.join("socket.csv")).expect_err("refused");
    assert_eq!(socket, IngestError::NotAFile { file: "socket.csv".to_owned(), what: "socket" });
}

#[test]
fn names_of_any_bytes_are_read_and_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let names: [&[u8]; 5] =
        [b"line\nend.csv", "🎂\u{202e}.csv".as_bytes(), b"caf\xe9.csv", b"caf\xe8.csv", &[b'n'; 255]];
    let files: Vec<InputFile> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let path = folder.path().join(OsStr::from_bytes(name));
            std::fs::write(&path, TEXT.replace("A1", &format!("A{number}"))).expect("written");
            at(path)
        })
        .collect();
    let rows = read_source(&sales(), &files, &NoProgress).expect("read");
    assert_eq!(rows.balance.loaded.rows, 5);
    let labels: std::collections::BTreeSet<&str> =
        rows.files.iter().map(|file| file.label.as_str()).collect();
    assert_eq!(labels.len(), 5);
    assert!(labels.contains("caf\\xe9.csv"));
    for file in &files {
        std::fs::write(&file.path, "").expect("written");
        let problem =
            Problem::from(read_source(&sales(), std::slice::from_ref(file), &NoProgress).expect_err("empty"));
        assert!(!problem.message.contains(['\n', '\u{202e}']), "{problem}");
    }
}

#[test]
fn messages_about_many_bad_rows_stay_on_their_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!("{}{}", TEXT, "one,two\n".repeat(40));
    let file = write(folder.path(), "a\nb.csv", text.as_bytes());
    let problem = Problem::from(read_source(&sales(), &[file], &NoProgress).expect_err("refused"));
    assert!(problem.to_string().contains("a\\u{a}b.csv:3: the row has fewer fields"), "{problem}");
}

/// Puts another file in the place of the one that is read, of the same size and time of change.
struct Replaces<'a> {
    file: &'a InputFile,
    calls: AtomicU64,
}

impl Progress for Replaces<'_> {
    fn advanced(&self, _bytes_read: u64, _rows: u64) {
        if self.calls.fetch_add(1, Ordering::Relaxed) == 0 {
            let other = self.file.path.with_extension("new");
            let before = std::fs::metadata(&self.file.path).expect("there").modified().expect("a time");
            let text = std::fs::read_to_string(&self.file.path).expect("read").replace("tea", "pie");
            std::fs::write(&other, text).expect("written");
            std::fs::File::options()
                .write(true)
                .open(&other)
                .expect("opened")
                .set_modified(before)
                .expect("set");
            std::fs::rename(&other, &self.file.path).expect("replaced");
        }
    }
}

#[test]
fn a_file_that_is_replaced_while_it_is_read_is_refused_and_can_be_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = TEXT.to_owned();
    for number in 0..300_000 {
        text.push_str(&format!("B{number},2024-01-05,X1,1,1,tea tea tea tea\n"));
    }
    let file = write(folder.path(), "till.csv", text.as_bytes());
    let progress = Replaces { file: &file, calls: AtomicU64::new(0) };
    let error = read_source(&sales(), std::slice::from_ref(&file), &progress).expect_err("refused");
    assert_eq!(error, IngestError::FileChanged { file: "till.csv".to_owned() });
    assert!(read_source(&sales(), &[file], &NoProgress).is_ok());
}

#[test]
fn a_row_that_was_set_aside_carries_all_that_reading_it_again_needs() {
    let folder = tempfile::tempdir().expect("a folder");
    let long = "x".repeat(70_000);
    let text = format!("{TEXT}A2,2024-01-05,X1,many,1,short\nA3,2024-01-05,X1,many,1,{long}\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice("A4,2024-01-05,X1,1,1,thé\nA5,2024-01-05,X1,1,1,thé\n".as_bytes());
    bytes.extend_from_slice(b"A6,2024-01-05,X1,1,1,caf\xe9");
    let file = write(folder.path(), "till.csv", &bytes);
    let rows = read_source(&sales(), std::slice::from_ref(&file), &NoProgress).expect("read");
    let [short, cut, odd] = &rows.quarantined[..] else { panic!("{:?}", rows.quarantined.len()) };
    for row in &rows.quarantined {
        assert_eq!(row.content_hash, rows.files[0].content_hash);
        let place = row.byte_first as usize..=row.byte_last as usize;
        assert!(bytes[place].starts_with(row.raw()));
    }
    assert_eq!((short.raw(), short.is_cut), (&b"A2,2024-01-05,X1,many,1,short"[..], false));
    assert_eq!((cut.raw().len(), cut.is_cut), (64 << 10, true));
    assert_eq!((odd.raw(), odd.is_cut), (&b"A6,2024-01-05,X1,1,1,caf\xe9"[..], false));
    assert_eq!((odd.record.ends_with('\u{fffd}'), odd.code), (true, "bad-encoding"));
    assert!(rows.files[0].content_hash.starts_with("xxh3:") && rows.files[0].content_hash.len() == 37);
    // The hash is that of the content: another byte, another hash; packed, the same.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&bytes).expect("written");
    let packed = write(folder.path(), "packed.csv", &packed.finish().expect("finished"));
    let again = read_source(&sales(), &[packed], &NoProgress).expect("read");
    assert_eq!(again.files[0].content_hash, rows.files[0].content_hash);
    bytes[60] ^= 1;
    let other = write(folder.path(), "other.csv", &bytes);
    let other = read_source(&sales(), &[other], &NoProgress).expect("read");
    assert_ne!(other.files[0].content_hash, rows.files[0].content_hash);
}

/// The most memory that the process ever had, in MiB.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1_024)
}

/// 300 MB and more; `cargo test -p confect-ingest --release --test delivery -- --ignored`.
#[test]
#[ignore = "writes 300 MB and takes a while without optimisation"]
fn a_big_file_is_read_in_little_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("big.csv");
    let mut out = std::io::BufWriter::new(std::fs::File::create(&path).expect("created"));
    out.write_all(TEXT.as_bytes()).expect("written");
    let mut lines = 0_u64;
    let mut bytes = TEXT.len() as u64;
    while bytes < 300_000_000 {
        let line = format!("B{lines},2024-01-05 10:00:00,X{},2,1.25,some text {lines}\n", lines % 997);
        out.write_all(line.as_bytes()).expect("written");
        lines += 1;
        bytes += line.len() as u64;
    }
    out.flush().expect("written");
    drop(out);
    let mut spec = sales();
    spec.options.deduplicate = false;
    let Some(before) = peak_mib() else { return println!("skipped: the system does not tell its memory") };
    let mut batched = 0;
    let rows =
        stream_source(&spec, &[at(path)], &NoProgress, &mut |batch| batched += batch.num_rows() as u64);
    let rows = rows.expect("read");
    assert_eq!((rows.balance.loaded.rows, batched), (lines + 1, lines + 1));
    assert_eq!(rows.balance.bytes_in, bytes);
    let grown = peak_mib().expect("told before") - before;
    println!("{bytes} bytes, {lines} lines, {grown} MiB more than before");
    assert!(grown < 128, "memory grew by {grown} MiB");
}
