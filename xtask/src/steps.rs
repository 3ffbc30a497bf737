//! Programs that are run one after the other, each announced, timed and checked.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Why a command ends.
pub(crate) struct Failure(pub(crate) String);

/// The repository.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// One program to run.
pub(crate) struct Step {
    name: String,
    command: Command,
}

/// `cargo` in the repository, as if it were called from a shell.
pub(crate) fn cargo<S: AsRef<str>>(name: &str, arguments: impl IntoIterator<Item = S>) -> Step {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut step = Step::new(name, &program).arguments(arguments);
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(is_of_this_run) {
            step.command.env_remove(variable);
        }
    }
    step
}

/// Whether cargo set the variable to run us. Handed on, it would make build scripts that look at it
/// (ring's does) run again, and the whole engine be compiled again, at each change between
/// `cargo xtask` and plain `cargo`.
fn is_of_this_run(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_MANIFEST_LINKS", "CARGO_BIN_NAME"]
            .contains(&variable)
        || ["CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"].contains(&variable)
}

impl Step {
    pub(crate) fn new(name: &str, program: &str) -> Self {
        let mut command = Command::new(program);
        command.current_dir(root());
        Self { name: name.to_owned(), command }
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn arguments<S: AsRef<str>>(mut self, arguments: impl IntoIterator<Item = S>) -> Self {
        for argument in arguments {
            self.command.arg(argument.as_ref());
        }
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(mut self) -> Result<(), Failure> {
        println!("── {}", self.name);
        let began = Instant::now();
        match self.command.status() {
            Ok(status) if status.success() => {
                println!("── {}: {:.1} s", self.name, began.elapsed().as_secs_f64());
                Ok(())
            }
            Ok(status) => Err(Failure(format!("{} failed ({status})", self.name))),
            Err(error) => {
                let program = self.command.get_program().to_string_lossy().into_owned();
                Err(Failure(format!("{}: cannot run `{program}`: {error}", self.name)))
            }
        }
    }

    /// Runs it quietly; what it printed, or `None` if it failed.
    pub(crate) fn output(mut self) -> Option<String> {
        let output = self.command.output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    }
}
