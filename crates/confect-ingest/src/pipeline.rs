//! The three stages and the threads they run on.
//!
//! One thread opens, decompresses and cuts; as many as there are cores tokenise and type; the caller's
//! thread puts the results back in order. Pieces of about 1 MiB travel through bounded channels, and stage 1
//! never runs more than a few pieces ahead of stage 3, so memory does not grow with the files.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use arrow::array::RecordBatch;

use crate::account::{Account, Parsed};
use crate::cells::tokenise;
use crate::columns::{Plan, schema_of};
use crate::convert::Opening;
use crate::delivery::{check_inside, twins};
use crate::error::IngestError;
use crate::files::{Input, open};
use crate::layout::{FileLayout, layout_of};
use crate::rows::SourceRows;
use crate::spec::{InputFile, Progress, SourceSpec};
use crate::survey::Decisions;
use crate::text::splitter::{Piece, Splitter};
use crate::typing::{Context, type_cells};

/// Size of a block that is read, and about that of a piece and a batch's text. Small for a fuzzer, whose
/// small inputs shall be cut too.
pub(crate) const BLOCK_BYTES: usize = if cfg!(feature = "fuzzing") { 1 << 8 } else { 1 << 20 };
/// Pieces under way per core.
const PIECES_PER_CORE: usize = 4;

/// Reads all files of a source.
///
/// Files are read in the order of their labels. Every row is typed, also those that are dropped or set
/// aside, so that the account is exact in money too. A row with several troubles is set aside for the first;
/// a row that is set aside is never counted as a duplicate.
///
/// A load is refused if too many rows are set aside: up to 10 always pass; below 100,000 rows
/// `max_quarantine_rate` decides; from there on both it and `max_quarantine_rows` have to be exceeded.
/// The rule is applied at the end, and from 250,000 rows set aside on also meanwhile.
///
/// # Errors
/// See [`IngestError`]. Nothing is partly loaded.
pub fn read_source(
    spec: &SourceSpec,
    files: &[InputFile],
    progress: &dyn Progress,
) -> Result<SourceRows, IngestError> {
    let mut batches = Vec::new();
    let mut rows = stream_source(spec, files, progress, &mut |batch| batches.push(batch))?;
    rows.batches = batches;
    Ok(rows)
}

/// The heading of a file of the source as a record of its own, without the line end, in its own delimiter:
/// what has to stand above records that are taken out of it.
///
/// # Errors
/// As [`read_source`], for a file whose heading cannot be found.
pub fn heading_line(spec: &SourceSpec, file: &InputFile) -> Result<String, IngestError> {
    let plan = Plan::new(spec)?;
    let layout = crate::layout::layout_of(&plan, file)?;
    let delimiter = char::from(layout.dialect.delimiter);
    let quoted = |name: &String| {
        if name.contains([delimiter, '"', '\n', '\r']) {
            format!("\"{}\"", name.replace('"', "\"\""))
        } else {
            name.clone()
        }
    };
    Ok(layout.header.iter().map(quoted).collect::<Vec<_>>().join(&delimiter.to_string()))
}

/// Reads all files of a source and hands each batch to `sink`, on the caller's thread and in order.
///
/// What was handed on is provisional until this returns: a file may turn out to be truncated, or too many
/// rows bad, at its very end. The returned rows have no batches. Memory is bounded but for the rows set
/// aside and, if lines are deduplicated, 16-32 bytes per row.
///
/// # Errors
/// As [`read_source`].
pub fn stream_source(
    spec: &SourceSpec,
    files: &[InputFile],
    progress: &dyn Progress,
    sink: &mut dyn FnMut(RecordBatch),
) -> Result<SourceRows, IngestError> {
    read_by(spec, files, progress, sink, run)
}

/// Reads on the caller's thread alone, as the fuzz targets do, so that each run takes the same way.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_on_this_thread(spec: &SourceSpec, files: &[InputFile]) -> Result<SourceRows, IngestError> {
    let mut batches = Vec::new();
    let mut keep = |batch| batches.push(batch);
    let mut rows =
        read_by(spec, files, &crate::spec::NoProgress, &mut keep, |shared, progress, account, sink| {
            for file in 0..shared.layouts.len() {
                let mut failure = None;
                let mut take = |job| {
                    let taken = settle(shared, account, sink, work_one(shared, job));
                    failure = taken.err();
                    failure.is_none()
                };
                produce_file(shared, progress, file, 0, &mut take)?;
                failure.map_or(Ok(()), Err)?;
            }
            Ok(())
        })?;
    rows.batches = batches;
    Ok(rows)
}

/// Runs the stages.
type Run =
    fn(&Shared<'_>, &dyn Progress, &mut Account<'_>, &mut dyn FnMut(RecordBatch)) -> Result<(), IngestError>;

/// Prepares, runs the stages with `run`, and closes the account.
fn read_by(
    spec: &SourceSpec,
    files: &[InputFile],
    progress: &dyn Progress,
    sink: &mut dyn FnMut(RecordBatch),
    run: Run,
) -> Result<SourceRows, IngestError> {
    let mut plan = Plan::new(spec)?;
    plan.lookups = crate::derive::load(&plan)?;
    plan.one_file = files.len() == 1;
    if files.is_empty() {
        return Err(IngestError::NoFiles { name: plan.name });
    }
    let opening = &plan.opening;
    thread::scope(|scope| {
        // Dropped when reading ends, which ends the watch.
        let (_reading, ended) = sync_channel::<()>(0);
        scope.spawn(move || watch(opening, progress, &ended));
        read_files(&plan, files, progress, sink, run)
    })
}

/// How often a cancelled load is noticed while a child makes everybody wait.
const LOOK: Duration = Duration::from_millis(100);

/// Ends the children that convert files when the caller asks to stop; stage 1 may be waiting for one.
fn watch(opening: &Opening, progress: &dyn Progress, ended: &Receiver<()>) {
    while ended.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
        if opening.is_waiting() && progress.cancelled() {
            opening.cancel();
        }
    }
}

fn read_files(
    plan: &Plan,
    files: &[InputFile],
    progress: &dyn Progress,
    sink: &mut dyn FnMut(RecordBatch),
    run: Run,
) -> Result<SourceRows, IngestError> {
    let mut files = files.to_vec();
    files.sort_by(|left, right| left.label.cmp(&right.label));
    check_inside(&plan.options, &files)?;
    let layouts = files.iter().map(|file| layout_of(plan, file)).collect::<Result<Vec<_>, _>>()?;
    let (schema, extras) = schema_of(plan, &layouts);
    let decisions = Decisions::new(plan, &layouts, progress);
    let mut account = Account::new(plan, &layouts, schema, twins(&layouts)?);
    run(
        &Shared { plan, layouts: &layouts, decisions: &decisions, extras: &extras },
        progress,
        &mut account,
        sink,
    )?;
    account.close(&decisions)
}

/// What all threads may look at.
struct Shared<'a> {
    plan: &'a Plan,
    layouts: &'a [FileLayout],
    decisions: &'a Decisions<'a>,
    extras: &'a [String],
}

/// What stage 1 knows at the end of a file.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    /// Bytes that the reader delivered.
    pub(crate) delivered: u64,
    /// Hash of these bytes.
    pub(crate) content: u128,
}

/// What stage 1 hands on.
enum Job {
    Pieces { file: usize, pieces: Vec<Piece>, bytes_read: u64 },
    EndOfFile { file: usize, ended: Ended, bytes_read: u64 },
    Failed(IngestError),
}

/// A piece after stage 2.
enum Part {
    Parsed(Box<Parsed>),
    Rejected(Piece),
}

/// What stage 2 hands on.
enum Outcome {
    Parts { file: usize, parts: Vec<Part>, bytes_read: u64 },
    EndOfFile { file: usize, ended: Ended, bytes_read: u64 },
    Failed(IngestError),
}

fn run(
    shared: &Shared<'_>,
    progress: &dyn Progress,
    account: &mut Account<'_>,
    sink: &mut dyn FnMut(RecordBatch),
) -> Result<(), IngestError> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (permit, permits) = channel();
    for _ in 0..cores * PIECES_PER_CORE {
        let _ = permit.send(());
    }
    let (job_sender, jobs) = sync_channel(cores * PIECES_PER_CORE);
    let jobs = Arc::new(Mutex::new(jobs));
    let (outcome_sender, outcomes) = channel();
    thread::scope(|scope| {
        scope.spawn(move || produce(shared, progress, &permits, &job_sender));
        for _ in 0..cores {
            let (jobs, outcomes) = (Arc::clone(&jobs), outcome_sender.clone());
            scope.spawn(move || work(shared, &jobs, &outcomes));
        }
        // Only the workers may hold on to these, or nobody would notice that all have left.
        drop((jobs, outcome_sender));
        consume(shared, progress, account, sink, &Ends { outcomes, permit })
    })
}

/// Stage 3's ends of the channels; dropping them stops all threads.
struct Ends {
    outcomes: Receiver<(u64, Outcome)>,
    permit: Sender<()>,
}

/// Stage 1. Ends early when nobody listens any more.
fn produce(
    shared: &Shared<'_>,
    progress: &dyn Progress,
    permits: &Receiver<()>,
    jobs: &SyncSender<(u64, Job)>,
) {
    let mut number = 0;
    let mut send = |job: Job| {
        let sent = permits.recv().is_ok() && jobs.send((number, job)).is_ok();
        number += 1;
        sent
    };
    let mut bytes_before = 0;
    for file in 0..shared.layouts.len() {
        match produce_file(shared, progress, file, bytes_before, &mut send) {
            Ok(Some(bytes)) => bytes_before += bytes,
            Ok(None) => return,
            Err(error) => {
                send(Job::Failed(error));
                return;
            }
        }
    }
}

/// Cuts one file; gives its size on disk, or `None` when nobody listens any more.
fn produce_file(
    shared: &Shared<'_>,
    progress: &dyn Progress,
    file: usize,
    bytes_before: u64,
    send: &mut dyn FnMut(Job) -> bool,
) -> Result<Option<u64>, IngestError> {
    let layout = &shared.layouts[file];
    let opened = open(&layout.input, &shared.plan.opening)?;
    if *opened.identity() != layout.identity {
        return Err(IngestError::FileChanged { file: opened.label().to_owned() });
    }
    let input = Input::new(opened, layout.reading);
    let mut splitter = Splitter::new(input, layout.dialect.clone(), layout.width, BLOCK_BYTES);
    splitter.skip(layout.skip)?;
    loop {
        if progress.cancelled() {
            return Err(IngestError::Cancelled { name: shared.plan.name.clone() });
        }
        let pieces = next_pieces(&mut splitter)?;
        if pieces.is_empty() {
            break;
        }
        let bytes_read = bytes_before + splitter.blocks().file().packed();
        if !send(Job::Pieces { file, pieces, bytes_read }) {
            return Ok(None);
        }
    }
    let input = splitter.blocks();
    input.file().check_unchanged()?;
    let (delivered, packed) = (input.delivered(), input.file().packed());
    let ended = Ended { delivered, content: splitter.content_hash() };
    let sent = send(Job::EndOfFile { file, ended, bytes_read: bytes_before + packed });
    Ok(sent.then_some(packed))
}

/// Enough pieces to be worth a journey: usually one, but many where nearly every line is rejected.
fn next_pieces(splitter: &mut Splitter<Input>) -> Result<Vec<Piece>, IngestError> {
    let (mut pieces, mut bytes) = (Vec::new(), 0);
    while bytes < BLOCK_BYTES as u64 / 2 {
        let Some(piece) = splitter.next_piece()? else { break };
        bytes += piece.length;
        pieces.push(piece);
    }
    Ok(pieces)
}

/// Stage 2. Ends when there are no jobs any more, or nobody listens.
fn work(shared: &Shared<'_>, jobs: &Mutex<Receiver<(u64, Job)>>, outcomes: &Sender<(u64, Outcome)>) {
    loop {
        let received = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok((number, job)) = received else { return };
        if outcomes.send((number, work_one(shared, job))).is_err() {
            return;
        }
    }
}

fn work_one(shared: &Shared<'_>, job: Job) -> Outcome {
    match job {
        Job::Pieces { file, pieces, bytes_read } => {
            let parts: Result<Vec<Part>, _> =
                pieces.into_iter().map(|piece| parse(shared, file, piece)).collect();
            parts.map_or_else(Outcome::Failed, |parts| Outcome::Parts { file, parts, bytes_read })
        }
        Job::EndOfFile { file, ended, bytes_read } => Outcome::EndOfFile { file, ended, bytes_read },
        Job::Failed(error) => Outcome::Failed(error),
    }
}

fn parse(shared: &Shared<'_>, file: usize, piece: Piece) -> Result<Part, IngestError> {
    if piece.rejection.is_some() {
        return Ok(Part::Rejected(piece));
    }
    let layout = &shared.layouts[file];
    let cells = tokenise(layout, piece.bytes, || shared.decisions.fallback(file))?;
    let context = Context { plan: shared.plan, layout, decisions: shared.decisions, extras: shared.extras };
    let typed = type_cells(context, &cells, piece.line)?;
    Ok(Part::Parsed(Box::new(Parsed { offset: piece.offset, line: piece.line, cells, typed })))
}

/// Stage 3: takes outcomes in the order of their numbers.
fn consume(
    shared: &Shared<'_>,
    progress: &dyn Progress,
    account: &mut Account<'_>,
    sink: &mut dyn FnMut(RecordBatch),
    ends: &Ends,
) -> Result<(), IngestError> {
    let mut waiting: BTreeMap<u64, Outcome> = BTreeMap::new();
    let (mut next, mut open_files) = (0, shared.layouts.len());
    while open_files > 0 {
        let Some(outcome) = waiting.remove(&next) else {
            let Ok((number, outcome)) = ends.outcomes.recv() else {
                let reason = "a reading thread ended early".to_owned();
                return Err(IngestError::Batch { name: shared.plan.name.clone(), reason });
            };
            waiting.insert(number, outcome);
            continue;
        };
        next += 1;
        open_files -= usize::from(matches!(outcome, Outcome::EndOfFile { .. }));
        let bytes_read = settle(shared, account, sink, outcome)?;
        progress.advanced(bytes_read, account.rows());
        if progress.cancelled() {
            return Err(IngestError::Cancelled { name: shared.plan.name.clone() });
        }
        let _ = ends.permit.send(());
    }
    Ok(())
}

/// Accounts for one outcome; gives the bytes read so far.
fn settle(
    shared: &Shared<'_>,
    account: &mut Account<'_>,
    sink: &mut dyn FnMut(RecordBatch),
    outcome: Outcome,
) -> Result<u64, IngestError> {
    match outcome {
        Outcome::Parts { file, parts, bytes_read } => {
            for part in parts {
                match part {
                    Part::Parsed(parsed) => account.take(file, *parsed)?.into_iter().for_each(&mut *sink),
                    Part::Rejected(piece) => account.take_rejected(file, &piece),
                }
            }
            account.check_hopeless()?;
            Ok(bytes_read)
        }
        Outcome::EndOfFile { file, ended, bytes_read } => {
            account.close_file(file, ended, shared.decisions);
            Ok(bytes_read)
        }
        Outcome::Failed(error) => Err(error),
    }
}
