//! The parent's side of a conversion: starts the child, reads its text, ends it, and tells why it died.
//!
//! Two threads empty the child's pipes, so that neither side ever waits for the other and cancelling is
//! noticed within a tenth of a second. Dropping a conversion ends its child.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::Duration;

use memchr::memmem;

use super::options::{Opening, Origin, Waiting};
use super::{CODES, Converter, Failure, NOTICES, Notice, installed};
use crate::error::IngestError;

/// Pieces that may wait to be read, of 64 KiB each.
const WAITING: usize = 16;
const PIECE_BYTES: usize = 64 << 10;
/// How much a child may say.
const WORDS_BYTES: u64 = 64 << 10;
/// How often a waiting reader looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(50);
/// Processor time that every file gets, and more for each MiB.
const SECONDS: u64 = 60;
const SECONDS_PER_MIB: u64 = 2;
/// What a child may inherit; a shop's secrets stand in the environment too.
const INHERITED: [&str; 4] = ["LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SystemRoot", "TMPDIR"];

/// A child that converts a file.
pub(crate) struct Conversion {
    label: String,
    origin: Origin,
    name: String,
    child: Child,
    status: Option<ExitStatus>,
    text: Receiver<Vec<u8>>,
    /// Lines that the child says, and those that were heard.
    words: Receiver<serde_json::Value>,
    said: Vec<serde_json::Value>,
    /// Whether its memory ran out, which the run-time says in words of its own.
    out_of_memory: Arc<AtomicBool>,
    piece: Vec<u8>,
    at: usize,
    cancel: Arc<AtomicBool>,
    _waiting: Waiting,
    memory_bytes: u64,
    seconds: u64,
}

impl Conversion {
    /// Starts a child on an opened file.
    ///
    /// # Errors
    /// [`IngestError::NotText`] if no converter is installed, or that it cannot be started.
    pub(crate) fn start(
        file: File,
        label: &str,
        origin: Origin,
        opening: &Opening,
    ) -> Result<Self, IngestError> {
        let Some(converter) = installed() else {
            return Err(IngestError::NotText { file: label.to_owned(), format: origin.described() });
        };
        let unstarted = |reason: String| IngestError::FileUnreadable {
            file: label.to_owned(),
            reason: format!("the reader of workbooks does not start: {reason}"),
        };
        let mebibytes = file.metadata().map_or(0, |metadata| metadata.len() >> 20);
        let seconds = SECONDS + SECONDS_PER_MIB * mebibytes;
        let mut command = command(converter, origin, opening, seconds);
        let mut child =
            command.stdin(Stdio::from(file)).spawn().map_err(|error| unstarted(error.to_string()))?;
        let (sender, text) = sync_channel(WAITING);
        let (speaker, words) = channel();
        let out_of_memory = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&out_of_memory);
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let spawned = thread::Builder::new()
            .spawn(move || pump(stdout, &sender))
            .and_then(|_| thread::Builder::new().spawn(move || listen(stderr, &speaker, &noted)));
        let conversion = Self {
            label: label.to_owned(),
            origin,
            name: opening.name.clone(),
            child,
            status: None,
            text,
            words,
            out_of_memory,
            said: Vec::new(),
            piece: Vec::new(),
            at: 0,
            cancel: Arc::clone(&opening.cancel),
            _waiting: opening.wait(),
            memory_bytes: converter.memory_bytes,
            seconds,
        };
        spawned.map_err(|error| unstarted(error.to_string()))?;
        Ok(conversion)
    }

    /// Appends at most `want` bytes of text; 0 only at the end.
    ///
    /// # Errors
    /// Why the child failed, or that reading was cancelled.
    pub(crate) fn read_into(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<usize, IngestError> {
        while self.at == self.piece.len() {
            if self.cancel.load(Ordering::Relaxed) {
                self.end();
                return Err(IngestError::Cancelled { name: self.name.clone() });
            }
            match self.text.recv_timeout(LOOK) {
                Ok(piece) => (self.piece, self.at) = (piece, 0),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.close().map(|()| 0),
            }
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let taken = rest.get(..want).unwrap_or(rest);
        buffer.extend_from_slice(taken);
        self.at += taken.len();
        Ok(taken.len())
    }

    /// What the child wanted a person to know; it says `ready` before its first text.
    pub(crate) fn notices(&mut self) -> Vec<Notice> {
        while self.said.iter().all(|value| value.get("ready").is_none()) {
            let Ok(value) = self.words.recv() else { break };
            self.said.push(value);
        }
        self.said.iter().filter_map(|value| notice_of(value.get("notice")?)).collect()
    }

    /// What the child said of the columns' types; known once [`Self::notices`] was asked.
    pub(crate) fn types(&self) -> String {
        self.said.iter().find_map(|value| text_of(value, "types")).unwrap_or_default()
    }

    /// Waits for the child after its last text.
    fn close(&mut self) -> Result<(), IngestError> {
        let status = match self.status {
            Some(status) => status,
            None => self.child.wait().map_err(|error| self.failed(&Failure::workbook(error)))?,
        };
        self.status = Some(status);
        self.hear();
        if status.success() {
            return Ok(());
        }
        let told = self.said.iter().filter_map(failure_of).next_back();
        let failure = told.unwrap_or_else(|| self.died(status));
        Err(self.failed(&failure))
    }

    fn failed(&self, failure: &Failure) -> IngestError {
        IngestError::Unconverted {
            file: self.label.clone(),
            code: failure.code,
            message: failure.message.clone(),
            remedy: failure.remedy.clone(),
        }
    }

    /// Why a child died that did not say so itself.
    fn died(&self, status: ExitStatus) -> Failure {
        let reason = if self.out_of_memory.load(Ordering::Relaxed) {
            format!("reading it takes more than {} MiB of memory", self.memory_bytes >> 20)
        } else if is_out_of_time(status) {
            format!("reading it takes more than {} seconds", self.seconds)
        } else {
            "its reader broke down, so the file is damaged or made to do harm".to_owned()
        };
        match self.origin {
            Origin::Parquet => Failure::parquet(reason),
            _ => Failure::workbook(reason),
        }
    }

    /// Ends the child if it still runs, and takes what it said.
    fn end(&mut self) {
        if self.status.is_none() {
            let _ = self.child.kill();
            self.status = self.child.wait().ok();
        }
        self.hear();
    }

    fn hear(&mut self) {
        self.said.extend(self.words.iter());
    }
}

impl Drop for Conversion {
    fn drop(&mut self) {
        self.end();
    }
}

fn command(converter: &Converter, origin: Origin, opening: &Opening, seconds: u64) -> Command {
    let mut command = Command::new(&converter.program);
    command.env_clear();
    for name in INHERITED {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.args(&converter.arguments).arg(origin.word());
    if let Some(sheet) = &opening.sheet {
        command.arg("--sheet").arg(sheet);
    }
    if opening.decimal_comma {
        command.arg("--decimal-comma");
    }
    command.args(["--memory", &converter.memory_bytes.to_string(), "--seconds", &seconds.to_string()]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Hands on the child's text until it ends or nobody listens.
fn pump(stdout: Option<impl Read>, sender: &SyncSender<Vec<u8>>) {
    let Some(mut stdout) = stdout else { return };
    loop {
        let mut piece = Vec::with_capacity(PIECE_BYTES);
        match stdout.by_ref().take(PIECE_BYTES as u64).read_to_end(&mut piece) {
            Ok(0) | Err(_) => return,
            Ok(_) if sender.send(piece).is_err() => return,
            Ok(_) => {}
        }
    }
}

/// Takes what the child says, line by line; beyond a limit it is heard but not kept.
fn listen(stderr: Option<impl Read>, speaker: &Sender<serde_json::Value>, out_of_memory: &AtomicBool) {
    let Some(stderr) = stderr else { return };
    let mut stderr = BufReader::new(stderr);
    let mut limited = stderr.by_ref().take(WORDS_BYTES);
    let mut line = Vec::new();
    while limited.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        match serde_json::from_slice(&line) {
            Ok(value) => drop(speaker.send(value)),
            Err(_) if memmem::find(&line, b"memory allocation of").is_some() => {
                out_of_memory.store(true, Ordering::Relaxed);
            }
            Err(_) => {}
        }
        line.clear();
    }
    let _ = std::io::copy(&mut stderr, &mut std::io::sink());
}

fn text_of(value: &serde_json::Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn failure_of(value: &serde_json::Value) -> Option<Failure> {
    let code = value.get("code")?.as_str()?;
    let code = CODES.iter().find(|known| **known == code).or(CODES.first())?;
    Some(Failure { code, message: text_of(value, "message")?, remedy: text_of(value, "remedy")? })
}

fn notice_of(value: &serde_json::Value) -> Option<Notice> {
    let code = value.get("code")?.as_str()?;
    Some(Notice {
        code: NOTICES.iter().find(|known| **known == code)?,
        message: text_of(value, "message")?,
        remedy: text_of(value, "remedy")?,
        line: value.get("line").and_then(serde_json::Value::as_u64),
        rows: value.get("rows").and_then(serde_json::Value::as_u64).unwrap_or(0),
    })
}

#[cfg(unix)]
fn is_out_of_time(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
        || status.signal() == Some(rustix::process::Signal::KILL.as_raw())
}

#[cfg(not(unix))]
fn is_out_of_time(_status: ExitStatus) -> bool {
    false
}
