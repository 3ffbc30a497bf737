//! Every fault that fits on a few lines: `tests/golden/faults.txt` holds input and outcome as a person reads them.
//!
//! `CONFECT_BLESS=1 cargo test -p confect-ingest --test faults` writes the outcomes anew; the diff is the review.

mod support;

use std::fmt::Write as _;

use confect_domain::{Bucket, Problem};
use confect_ingest::{NoProgress, SourceRows, read_source};
use support::{Case, cases, cell_texts};

fn bucket(bucket: &Bucket) -> String {
    let unread = match bucket.rows_without_amount {
        0 => String::new(),
        rows => format!(", {rows} unread"),
    };
    format!("{} ({}{unread})", bucket.rows, bucket.amount_text())
}

fn outcome(rows: &SourceRows) -> String {
    let mut text = String::new();
    let balance = &rows.balance;
    let _ = writeln!(
        text,
        "{} in: {} loaded, {} aside, {} dropped; bytes {} = {} + {}",
        balance.rows_in,
        bucket(&balance.loaded),
        bucket(&balance.quarantined),
        bucket(&balance.deduplicated),
        balance.bytes_in,
        balance.bytes_parsed,
        balance.bytes_quarantined,
    );
    for file in &rows.files {
        if file.encoding != "UTF-8" || file.delimiter != b',' {
            let _ = writeln!(text, "read as {}, {:?}", file.encoding, char::from(file.delimiter));
        }
    }
    for line in rows.batches.iter().flat_map(cell_texts) {
        let _ = writeln!(text, "row {line}");
    }
    for row in &rows.superseded {
        let changes = row
            .changes
            .iter()
            .map(|change| format!(" {} {:?} -> {:?}", change.column, change.from, change.to));
        let changes: String = changes.collect();
        let _ = writeln!(
            text,
            "was {}:{} {} until {}:{}{changes}",
            row.file, row.line, row.member, row.by_file, row.by_line
        );
    }
    if let Some(newest) = &rows.newest {
        let day = newest.day.map_or(String::new(), |day| format!(" of {day}"));
        let _ = writeln!(text, "gone in the newest delivery{day}: {:?}", newest.gone);
    }
    for row in &rows.quarantined {
        let column = row.column_index.map_or(String::new(), |index| format!(" column {index}"));
        let _ = writeln!(
            text,
            "aside {}:{}-{} bytes {}-{}{column} {}: {}; {}",
            row.file,
            row.line_first,
            row.line_last,
            row.byte_first,
            row.byte_last,
            row.code,
            row.message,
            row.remedy
        );
    }
    let of_file = |code| ["schema-drift", "encoding-strict"].contains(&code);
    for finding in rows
        .findings
        .iter()
        .filter(|finding| finding.severity.word() != "quarantine" || of_file(finding.code))
    {
        let line = finding.line.map_or(String::new(), |line| format!(" line {line}"));
        let _ = writeln!(
            text,
            "{} {}{line}: {}; {} ({} rows)",
            finding.severity.word(),
            finding.code,
            finding.message,
            finding.remedy,
            finding.rows
        );
    }
    text
}

fn run(case: &Case) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let files = case.write(folder.path());
    match read_source(&case.spec, &files, &NoProgress) {
        Ok(rows) => {
            assert!(rows.balance.holds(), "{}", case.name);
            let batched: usize = rows.batches.iter().map(|batch| batch.num_rows()).sum();
            let kept = batched + rows.superseded.iter().filter(|row| !row.stays).count();
            assert_eq!(kept as u64, rows.balance.loaded.rows, "{}", case.name);
            assert_eq!(rows.quarantined.len() as u64, rows.balance.quarantined.rows, "{}", case.name);
            outcome(&rows)
        }
        Err(error) => {
            let problem = Problem::from(error);
            format!("{problem}\nexit {}\n", problem.kind.exit_code())
        }
    }
}

#[test]
fn every_fault_ends_as_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/faults.txt");
    let table = std::fs::read_to_string(path).expect("the table");
    let bless = std::env::var_os("CONFECT_BLESS").is_some();
    let (mut blessed, mut wrong) = (String::new(), String::new());
    let (preface, _) = table.split_once("\n## ").expect("cases");
    blessed.push_str(preface.trim_end());
    blessed.push('\n');
    for case in cases(&table) {
        let got = run(&case);
        let _ = write!(blessed, "\n## {}\n{}=>\n{got}", case.name, case.given);
        if got.trim() != case.expected.trim() {
            let _ = write!(wrong, "\n## {}\nexpected:\n{}\ngot:\n{got}", case.name, case.expected.trim());
        }
    }
    if bless {
        std::fs::write(path, blessed).expect("the table is written");
    } else {
        assert!(wrong.is_empty(), "{wrong}");
    }
}
