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
use confect_service::convert;

use crate::arguments::Arguments;
use crate::printer::Printer;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut raw = std::env::args_os().skip(1);
    if raw.next().is_some_and(|first| first == "__convert") {
        // This process was started by another one to read a workbook or the like within limits.
        return convert::run_child(raw);
    }
    if let Ok(program) = std::env::current_exe() {
        convert::install(convert::Converter::new(program));
    }
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
