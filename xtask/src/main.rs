//! `cargo xtask`: the one place for commands that people run on the repository.
//!
//! `demo` builds what is stale and opens an invented shop; `test` runs everything that must pass; `web`
//! builds the dashboard; `tidy` checks the map and the house rules; `bench` measures; `bless` accepts
//! changed golden files. Uses the standard library alone, so that it compiles at once.
#![allow(clippy::print_stdout, clippy::print_stderr)] // It has nothing to do but print.

mod browser;
mod steps;
mod test;
mod tidy;
mod web;

use std::process::ExitCode;

use steps::{Failure, Step, cargo, root};

const HELP: &str = "cargo xtask COMMAND

  demo [ARGUMENTS]   build the dashboard and the program, then `confect demo ARGUMENTS`
  test               dashboard, unit and whole-command tests, tidy, and the browser if there is one
  web                build the dashboard into web/dist
  tidy               check ARCHITECTURE.md against the crates, headers, sizes, leftovers
  bench [ARGUMENTS]  build for release and run benches/star.py
  bless              accept the present output of the golden tests; look at the difference afterwards";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let result = match command.as_str() {
        "demo" => demo(&rest),
        "test" => test::run(),
        "web" => web::build(),
        "tidy" => tidy::run(),
        "bench" => bench(&rest),
        "bless" => bless(),
        "" | "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(Failure(format!("there is no command `{other}`\n\n{HELP}"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(text)) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn demo(arguments: &[String]) -> Result<(), Failure> {
    web::build_if_possible()?;
    let fixed = ["run", "--package", "confect", "--", "demo"].map(str::to_owned);
    cargo("demo", fixed.iter().chain(arguments)).run()
}

fn bench(arguments: &[String]) -> Result<(), Failure> {
    let script = root().join("benches").join("star.py");
    if !script.is_file() {
        return Err(Failure("benches/star.py is not there".to_owned()));
    }
    cargo("build for release", ["build", "--release", "--package", "confect"]).run()?;
    Step::new("bench", "python3")
        .argument(&script.display().to_string())
        .argument("target/release/confect")
        .arguments(arguments)
        .run()
}

fn bless() -> Result<(), Failure> {
    let packages = ["test", "-p", "confect-metrics", "-p", "confect-project", "-p", "confect"];
    cargo("bless the golden files", packages).environment("CONFECT_BLESS", "1").run()?;
    println!("look at what changed under tests/golden before you commit it");
    Ok(())
}
