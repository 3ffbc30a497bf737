//! `confect`, the one binary: arguments, printing, exit codes.
//!
//! Data go to standard output, everything else to standard error. Exit codes: 0 ok; 1 data over a
//! threshold; 2 usage or configuration; 3 source; 4 storage; 5 internal.
//! Deliberately absent: anything that another surface would need as well; that is `confect-service`'s.

mod arguments;
mod commands;
mod printer;
mod progress;
mod table;

use std::process::ExitCode;

use clap::Parser;

use crate::arguments::Arguments;
use crate::printer::Printer;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let printer = Printer::new();
    match commands::run(arguments, &printer) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for problem in &problems {
                printer.problem(problem);
            }
            ExitCode::from(problems.first().map_or(5, |problem| problem.kind.exit_code()))
        }
    }
}
