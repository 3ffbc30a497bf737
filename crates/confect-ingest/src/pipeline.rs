//! From a source to its rows: prepares, runs the stages, and closes the account.
//!
//! Stage 2 makes typed rows of pieces here, stage 3 accounts for them (`account`). The threads are `stages`'.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use arrow::array::RecordBatch;

use crate::account::{Account, Parsed};
use crate::cells::tokenise;
use crate::columns::{Plan, schema_of};
use crate::convert::Opening;
use crate::delivery::{check_inside, twins};
use crate::error::IngestError;
use crate::layout::{FileLayout, layout_of};
use crate::repeats::{KnownRows, Limits, Repeats, Stretch};
use crate::rows::SourceRows;
use crate::spec::{InputFile, Progress, SourceSpec};
use crate::stages::{self, Source, Step, What};
use crate::survey::Decisions;
use crate::text::splitter::Piece;
use crate::typing::{Context, type_cells};

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
    Ok(read_new_rows(spec, files, progress, None)?.0)
}

/// Reads files of a source whose other files were read before: a line that is `known` counts as a repetition.
///
/// Also gives the hashes of the lines that were new, rising, for the next time; `None` if the files hold so many
/// that they were not remembered. A source that does not deduplicate knows nothing and remembers nothing.
///
/// # Errors
/// As [`read_source`]; and what `known` cannot read.
pub fn read_new_rows(
    spec: &SourceSpec,
    files: &[InputFile],
    progress: &dyn Progress,
    known: Option<&dyn KnownRows>,
) -> Result<(SourceRows, Option<Vec<u128>>), IngestError> {
    let mut batches = Vec::new();
    let sink = &mut |batch| batches.push(batch);
    let (mut rows, new) = read_within(spec, files, progress, sink, Limits::USUAL, known)?;
    rows.batches = batches;
    Ok((rows, new))
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
/// aside and, if lines are deduplicated, 16-32 bytes per row up to some 12 million rows; of bigger sources
/// 1.5-2 bytes per row, because they are read twice (`repeats`).
///
/// # Errors
/// As [`read_source`].
pub fn stream_source(
    spec: &SourceSpec,
    files: &[InputFile],
    progress: &dyn Progress,
    sink: &mut dyn FnMut(RecordBatch),
) -> Result<SourceRows, IngestError> {
    Ok(read_within(spec, files, progress, sink, Limits::USUAL, None)?.0)
}

/// Prepares, reads, and closes the account. Tests lower the limits to take the ways of big sources.
pub(crate) fn read_within(
    spec: &SourceSpec,
    files: &[InputFile],
    progress: &dyn Progress,
    sink: &mut dyn FnMut(RecordBatch),
    limits: Limits,
    known: Option<&dyn KnownRows>,
) -> Result<(SourceRows, Option<Vec<u128>>), IngestError> {
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
        read_files(&plan, files, progress, sink, limits, known)
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
    limits: Limits,
    known: Option<&dyn KnownRows>,
) -> Result<(SourceRows, Option<Vec<u128>>), IngestError> {
    let mut files = files.to_vec();
    files.sort_by(|left, right| left.label.cmp(&right.label));
    check_inside(&plan.options, &files)?;
    let layouts = files.iter().map(|file| layout_of(plan, file)).collect::<Result<Vec<_>, _>>()?;
    let (schema, extras) = schema_of(plan, &layouts);
    let decisions = Decisions::new(plan, &layouts, progress);
    let twins = twins(&layouts)?;
    let all: Vec<usize> = (0..layouts.len()).collect();
    let source = Source { plan, layouts: &layouts, files: &all, progress };
    let (repeats, stretch) = Repeats::prepare(source, &twins, &decisions, limits)?;
    let known = known.filter(|_| plan.options.deduplicate);
    let mut account = Account::new(plan, &layouts, schema, twins, repeats, known);
    let shared = Shared { plan, layouts: &layouts, decisions: &decisions, extras: &extras };
    read_rows(source, &shared, stretch, &mut account, sink)?;
    let new = account.take_new();
    Ok((account.close(&decisions)?, new))
}

/// What all threads may look at.
struct Shared<'a> {
    plan: &'a Plan,
    layouts: &'a [FileLayout],
    decisions: &'a Decisions<'a>,
    extras: &'a [String],
}

/// A piece after stage 2.
enum Part {
    Parsed(Box<Parsed>),
    Rejected(Piece),
}

/// Goes through all files and accounts for every row.
fn read_rows(
    source: Source<'_>,
    shared: &Shared<'_>,
    stretch: Stretch,
    account: &mut Account<'_>,
    sink: &mut dyn FnMut(RecordBatch),
) -> Result<(), IngestError> {
    let work = |file: usize, pieces: Vec<Piece>| -> Result<Vec<Part>, IngestError> {
        pieces.into_iter().map(|piece| parse(shared, file, piece)).collect()
    };
    stages::run(source, &work, &mut |step: Step<Vec<Part>>| {
        match step.what {
            What::Pieces(parts) => settle(account, sink, step.file, parts)?,
            What::EndOfFile(ended) => account.close_file(step.file, ended, shared.decisions),
        }
        source.progress.advanced(stretch.at(step.bytes_read), account.rows());
        Ok(())
    })
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

/// Accounts for some pieces of a file.
fn settle(
    account: &mut Account<'_>,
    sink: &mut dyn FnMut(RecordBatch),
    file: usize,
    parts: Vec<Part>,
) -> Result<(), IngestError> {
    for part in parts {
        match part {
            Part::Parsed(parsed) => account.take(file, *parsed)?.into_iter().for_each(&mut *sink),
            Part::Rejected(piece) => account.take_rejected(file, &piece),
        }
    }
    account.check_hopeless()
}
