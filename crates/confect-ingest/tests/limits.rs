//! A child that may have little memory: the file is refused, the parent lives on. A process of its own,
//! because the limits are said once for each.

#![cfg(unix)]
#![allow(clippy::result_large_err, unreachable_pub)]

#[path = "support/formats.rs"]
#[allow(dead_code)]
mod formats;
mod support;

use confect_domain::Problem;
use confect_ingest::convert::{Converter, install};
use confect_ingest::{NoProgress, read_source};
use formats::*;
use support::{sales, write};

#[test]
fn a_workbook_that_takes_too_much_memory_is_refused() {
    let program = env!("CARGO_BIN_EXE_confect-convert");
    install(Converter { arguments: Vec::new(), memory_bytes: 48 << 20, ..Converter::new(program) });
    let lines: Vec<Line> = (0..60_000)
        .map(|number| Line {
            invoice: format!("A{number}"),
            sold_at: 0,
            code: Some("X1".to_owned()),
            quantity: 10_000,
            price: None,
            text: Some(format!("{number:0>600}")),
        })
        .collect();
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "till.xlsx", &xlsx(&lines));
    let error = read_source(&sales(), &[file], &NoProgress).map(|rows| rows.balance).expect_err("refused");
    assert_eq!(error.code(), "spreadsheet-unreadable");
    let text = Problem::from(error).to_string();
    assert!(text.contains("more than 48 MiB of memory"), "{text}");
}
