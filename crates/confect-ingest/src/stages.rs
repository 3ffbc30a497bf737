//! The three stages and the threads they run on, whatever the middle one makes of a piece.
//!
//! One thread opens, decompresses and cuts; as many as there are cores work on pieces; the caller's thread
//! takes the results in order. Pieces of about 1 MiB travel through bounded channels, and stage 1 never runs
//! more than a few pieces ahead of stage 3, so memory does not grow with the files.
//! Deliberately absent: rows (`pipeline` and `repeats` say what is made of a piece).

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::columns::Plan;
use crate::error::IngestError;
use crate::files::{Input, open};
use crate::layout::FileLayout;
use crate::spec::Progress;
use crate::text::splitter::{Piece, Splitter};

/// Size of a block that is read, and about that of a piece and a batch's text. Small for a fuzzer and the
/// tests beside the code, whose small inputs shall be cut too.
pub(crate) const BLOCK_BYTES: usize = if cfg!(any(feature = "fuzzing", test)) { 1 << 8 } else { 1 << 20 };
/// Pieces under way per core.
const PIECES_PER_CORE: usize = 4;

/// Files to go through once.
#[derive(Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) layouts: &'a [FileLayout],
    /// Which of them, in order.
    pub(crate) files: &'a [usize],
    pub(crate) progress: &'a dyn Progress,
}

/// What stage 1 knows at the end of a file.
#[derive(Clone, Copy)]
pub(crate) struct Ended {
    /// Bytes that the reader delivered.
    pub(crate) delivered: u64,
    /// Hash of these bytes.
    pub(crate) content: u128,
}

/// What travels between stages, with the bytes read from disk so far.
pub(crate) struct Step<T> {
    pub(crate) file: usize,
    pub(crate) bytes_read: u64,
    pub(crate) what: What<T>,
}

/// What a step brings.
pub(crate) enum What<T> {
    /// Some pieces, or what was made of them.
    Pieces(T),
    EndOfFile(Ended),
}

type Job = Result<Step<Vec<Piece>>, IngestError>;
type Outcome<T> = Result<Step<T>, IngestError>;
/// Stage 2: what is made of pieces of a file, on any thread.
pub(crate) type Work<'w, T> = dyn Fn(usize, Vec<Piece>) -> Result<T, IngestError> + Sync + 'w;
/// Stage 3: takes what was made, in order, on the caller's thread.
pub(crate) type Take<'t, T, E> = dyn FnMut(Step<T>) -> Result<(), E> + 't;

/// Runs the stages over all files.
///
/// # Errors
/// The first one of any stage, and [`IngestError::Cancelled`].
pub(crate) fn run<T: Send, E: From<IngestError>>(
    source: Source<'_>,
    work: &Work<'_, T>,
    take: &mut Take<'_, T, E>,
) -> Result<(), E> {
    if cfg!(feature = "fuzzing") {
        return run_on_this_thread(source, work, take);
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let (permit, permits) = channel();
    for _ in 0..cores * PIECES_PER_CORE {
        let _ = permit.send(());
    }
    let (job_sender, jobs) = sync_channel(cores * PIECES_PER_CORE);
    let jobs = Arc::new(Mutex::new(jobs));
    let (outcome_sender, outcomes) = channel();
    thread::scope(|scope| {
        scope.spawn(move || produce(source, &permits, &job_sender));
        for _ in 0..cores {
            let (jobs, outcomes) = (Arc::clone(&jobs), outcome_sender.clone());
            scope.spawn(move || work_on(work, &jobs, &outcomes));
        }
        // Only the workers may hold on to these, or nobody would notice that all have left.
        drop((jobs, outcome_sender));
        consume(source, take, &Ends { outcomes, permit })
    })
}

/// The same on the caller's thread alone, as the fuzz targets do, so that each run takes the same way.
fn run_on_this_thread<T, E: From<IngestError>>(
    source: Source<'_>,
    work: &Work<'_, T>,
    take: &mut Take<'_, T, E>,
) -> Result<(), E> {
    let (mut failure, mut bytes_before) = (None, 0);
    let mut send = |job: Job| {
        let taken = job.and_then(|step| work_one(work, step)).map_err(E::from).and_then(&mut *take);
        failure = taken.err();
        failure.is_none()
    };
    for file in source.files {
        match produce_file(source, *file, bytes_before, &mut send)? {
            Some(bytes) => bytes_before += bytes,
            None => break,
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Stage 3's ends of the channels; dropping them stops all threads.
struct Ends<T> {
    outcomes: Receiver<(u64, Outcome<T>)>,
    permit: Sender<()>,
}

/// Stage 1. Ends early when nobody listens any more.
fn produce(source: Source<'_>, permits: &Receiver<()>, jobs: &SyncSender<(u64, Job)>) {
    let mut number = 0;
    let mut send = |job: Job| {
        let sent = permits.recv().is_ok() && jobs.send((number, job)).is_ok();
        number += 1;
        sent
    };
    let mut bytes_before = 0;
    for file in source.files {
        match produce_file(source, *file, bytes_before, &mut send) {
            Ok(Some(bytes)) => bytes_before += bytes,
            Ok(None) => return,
            Err(error) => {
                send(Err(error));
                return;
            }
        }
    }
}

/// Cuts one file; gives its size on disk, or `None` when nobody listens any more.
fn produce_file(
    source: Source<'_>,
    file: usize,
    bytes_before: u64,
    send: &mut dyn FnMut(Job) -> bool,
) -> Result<Option<u64>, IngestError> {
    let layout = &source.layouts[file];
    let opened = open(&layout.input, &source.plan.opening)?;
    if *opened.identity() != layout.identity {
        return Err(IngestError::FileChanged { file: opened.label().to_owned() });
    }
    let input = Input::new(opened, layout.reading);
    let mut splitter = Splitter::new(input, layout.dialect.clone(), layout.width, BLOCK_BYTES);
    splitter.skip(layout.skip)?;
    loop {
        if source.progress.cancelled() {
            return Err(IngestError::Cancelled { name: source.plan.name.clone() });
        }
        let pieces = next_pieces(&mut splitter)?;
        if pieces.is_empty() {
            break;
        }
        let bytes_read = bytes_before + splitter.blocks().file().packed();
        if !send(Ok(Step { file, bytes_read, what: What::Pieces(pieces) })) {
            return Ok(None);
        }
    }
    let input = splitter.blocks();
    input.file().check_unchanged()?;
    let (delivered, packed) = (input.delivered(), input.file().packed());
    let ended = Ended { delivered, content: splitter.content_hash() };
    let sent = send(Ok(Step { file, bytes_read: bytes_before + packed, what: What::EndOfFile(ended) }));
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
fn work_on<T>(work: &Work<'_, T>, jobs: &Mutex<Receiver<(u64, Job)>>, outcomes: &Sender<(u64, Outcome<T>)>) {
    loop {
        let received = match jobs.lock() {
            Ok(jobs) => jobs.recv(),
            Err(_) => return,
        };
        let Ok((number, job)) = received else { return };
        if outcomes.send((number, job.and_then(|step| work_one(work, step)))).is_err() {
            return;
        }
    }
}

fn work_one<T>(work: &Work<'_, T>, step: Step<Vec<Piece>>) -> Outcome<T> {
    let Step { file, bytes_read, what } = step;
    let what = match what {
        What::Pieces(pieces) => What::Pieces(work(file, pieces)?),
        What::EndOfFile(ended) => What::EndOfFile(ended),
    };
    Ok(Step { file, bytes_read, what })
}

/// Stage 3: takes outcomes in the order of their numbers.
fn consume<T, E: From<IngestError>>(
    source: Source<'_>,
    take: &mut Take<'_, T, E>,
    ends: &Ends<T>,
) -> Result<(), E> {
    let mut waiting: BTreeMap<u64, Outcome<T>> = BTreeMap::new();
    let (mut next, mut open_files) = (0, source.files.len());
    while open_files > 0 {
        let Some(outcome) = waiting.remove(&next) else {
            let Ok((number, outcome)) = ends.outcomes.recv() else {
                let reason = "a reading thread ended early".to_owned();
                return Err(IngestError::Batch { name: source.plan.name.clone(), reason }.into());
            };
            waiting.insert(number, outcome);
            continue;
        };
        next += 1;
        let step = outcome?;
        open_files -= usize::from(matches!(step.what, What::EndOfFile(_)));
        take(step)?;
        if source.progress.cancelled() {
            return Err(IngestError::Cancelled { name: source.plan.name.clone() }.into());
        }
        let _ = ends.permit.send(());
    }
    Ok(())
}
