//! Prints what a file looks like: `cargo run --example profile -- FILE…`.

#![allow(clippy::print_stdout)]

use confect_ingest::{InputFile, profile_file};

fn main() {
    for path in std::env::args().skip(1) {
        let started = std::time::Instant::now();
        match profile_file(&InputFile { path: path.clone().into(), label: path }) {
            Ok(profile) => {
                println!(
                    "{}: {} bytes, {} records, {} seen, {} odd, {}, header line {}, {:?}",
                    profile.input.label,
                    profile.bytes,
                    profile.records,
                    profile.records_seen,
                    profile.odd_records,
                    profile.encoding,
                    profile.header_line,
                    started.elapsed()
                );
                for column in &profile.columns {
                    println!(
                        "  {:24} filled {:.3} distinct {} numbers {:.2} days {:.2} {:?}",
                        column.heading,
                        column.fill_rate(),
                        column.distinct(),
                        column.number_rate(),
                        column.date_rate(),
                        column.samples
                    );
                }
            }
            Err(error) => println!("{}", confect_domain::Problem::from(error)),
        }
    }
}
