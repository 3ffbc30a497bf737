//! The child: reads the file on its standard input within limits and writes text to its standard output.
//!
//! On standard error it says, one JSON object a line, what a person should know (`{"notice": …}`), then
//! `{"ready": true}` before any text, and why it failed (`{"code": …, "message": …, "remedy": …}`). It opens no file by name.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use super::writer::Records;
use super::{Failure, Notice, parquet, sheet};

/// Buffer towards the parent; about what a pipe holds.
const OUTPUT_BYTES: usize = 64 << 10;

/// What the parent asked for.
pub(super) struct Task {
    pub(super) format: String,
    pub(super) sheet: Option<String>,
    pub(super) decimal_comma: bool,
    memory_bytes: Option<u64>,
    seconds: Option<u64>,
}

impl Task {
    fn read(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        let format = arguments.next()?.into_string().ok()?;
        let mut task = Self { format, sheet: None, decimal_comma: false, memory_bytes: None, seconds: None };
        while let Some(argument) = arguments.next() {
            match argument.to_str()? {
                "--decimal-comma" => task.decimal_comma = true,
                "--sheet" => task.sheet = Some(arguments.next()?.into_string().ok()?),
                "--memory" => task.memory_bytes = Some(arguments.next()?.to_str()?.parse().ok()?),
                "--seconds" => task.seconds = Some(arguments.next()?.to_str()?.parse().ok()?),
                _ => return None,
            }
        }
        Some(task)
    }
}

/// What the hidden subcommand `__convert` does with the arguments after it.
///
/// Limits the memory and processor time of this process, so nothing else may run in it.
pub fn run_child(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Some(task) = Task::read(arguments) else {
        let _ = writeln!(io::stderr(), "usage: FORMAT [--sheet NAME] [--decimal-comma] < FILE");
        return ExitCode::from(2);
    };
    limit(&task);
    match convert(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            report(&serde_json::json!({
                "code": failure.code, "message": failure.message, "remedy": failure.remedy,
            }));
            ExitCode::FAILURE
        }
    }
}

fn convert(task: &Task) -> Result<(), Failure> {
    let file = input()?;
    let file_bytes = file.metadata()?.len();
    let mut records = Records::new(BufWriter::with_capacity(OUTPUT_BYTES, io::stdout().lock()), file_bytes);
    match task.format.as_str() {
        "workbook" => sheet::convert_zip(file, task, &mut records)?,
        "old-workbook" => sheet::convert_old(file, task, &mut records)?,
        "parquet" => parquet::convert(file, task, &mut records)?,
        other => return Err(Failure::workbook(format!("`{other}` is no format"))),
    }
    Ok(records.finish()?)
}

/// Tells the parent the columns' types, a letter each, before anything is ready.
pub(super) fn tell_types(types: &str) {
    report(&serde_json::json!({ "types": types }));
}

/// Tells the parent what a person should know.
pub(super) fn tell(notices: &[Notice]) {
    for notice in notices {
        report(&serde_json::json!({ "notice": {
            "code": notice.code, "message": notice.message, "remedy": notice.remedy,
            "line": notice.line, "rows": notice.rows,
        }}));
    }
    report(&serde_json::json!({ "ready": true }));
}

fn report(value: &serde_json::Value) {
    let _ = writeln!(io::stderr(), "{value}");
}

/// Standard input as the file it is.
#[cfg(unix)]
fn input() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

#[cfg(windows)]
fn input() -> io::Result<File> {
    use std::os::windows::io::AsHandle;
    Ok(File::from(io::stdin().as_handle().try_clone_to_owned()?))
}

/// A limit that the system refuses is no reason not to read: the parent bounds time and text as well.
#[cfg(unix)]
fn limit(task: &Task) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |resource, most: u64| {
        let _ = setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) });
    };
    if let Some(bytes) = task.memory_bytes {
        set(Resource::As, bytes);
    }
    if let Some(seconds) = task.seconds {
        set(Resource::Cpu, seconds);
    }
    // No memory dump of a shop's customers, no file written, no network or further files to speak of.
    set(Resource::Core, 0);
    set(Resource::Fsize, 0);
    set(Resource::Nofile, 64);
}

#[cfg(not(unix))]
fn limit(_task: &Task) {}
