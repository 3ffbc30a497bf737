//! The converting child on its own: what `confect __convert` does, for tests and benches of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    confect_ingest::convert::run_child(std::env::args_os().skip(1))
}
