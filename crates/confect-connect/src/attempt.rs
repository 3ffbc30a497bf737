//! One attempt at an extract, whatever the kind of database.
//!
//! A [`Session`] is one signed-in connection that sees one snapshot. This file asks it for the columns, for where
//! the watermark stands, and for everything or for what is new; it merges, counts, and puts the file in its place
//! only after the server has confirmed the end.
//! Deliberately absent: SQL and protocols, which are the sessions' own.

use std::cell::Cell;
use std::time::{Duration, Instant};

use confect_domain::{Finding, Severity};

use crate::error::{Cause, ConnectError};
use crate::folder::{extract_path, label_of};
use crate::merge::Merge;
use crate::retained::{Retained, question_of};
use crate::retry::LOOK;
use crate::secret::Secret;
use crate::shape::{Shape, Standing, Wm};
use crate::spool::Spool;
use crate::{Extract, ExtractProgress, Request};

/// Longest wait for a connection, signing in included.
pub(crate) const CONNECT: Duration = Duration::from_secs(15);
/// Longest wait for a server to say that it stops.
const STOPPING: Duration = Duration::from_secs(1);
/// One signed-in connection with its snapshot; ends when dropped.
pub(crate) trait Session: Sized {
    /// Connects and begins the snapshot.
    async fn open(request: &Request<'_>, url: &Secret) -> Result<Self, ConnectError>;
    /// Why what is read may be less than one snapshot, or may keep others waiting: message and remedy.
    fn doubt(&self) -> Option<(&'static str, String)>;
    /// Looks at the query's columns without running it.
    async fn describe(&mut self, request: &Request<'_>) -> Result<Shape, ConnectError>;
    /// Counts rows and finds the highest watermark.
    async fn standing(
        &mut self,
        request: &Request<'_>,
        watermark: &Wm,
        from: Option<&str>,
    ) -> Result<Standing, ConnectError>;
    /// Reads everything, or what is new since a value of the watermark and what has none.
    async fn read(
        &mut self,
        request: &Request<'_>,
        shape: &Shape,
        since: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), ConnectError>;
    /// Ends the snapshot; the server confirms that all it had to say was said.
    async fn finish(&mut self, rows: u64) -> Result<(), ConnectError>;
    /// Asks the server to stop what it does, and waits until it has; called after a request was left alone.
    async fn stop(&mut self);
}

/// Where rows go.
pub(crate) struct Sink<'a> {
    spool: &'a mut Spool,
    progress: &'a dyn ExtractProgress,
    /// Rows so far, also for whoever ends the attempt.
    received: &'a Cell<u64>,
    bytes: u64,
    told: u64,
}

impl Sink<'_> {
    /// Takes a piece of text, cut anywhere.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), ConnectError> {
        self.spool.feed(piece)?;
        self.took(piece.len());
        Ok(())
    }

    /// Takes one record; the first one is the heading.
    pub(crate) fn record(&mut self, record: &[u8]) -> Result<(), ConnectError> {
        self.spool.record(record)?;
        self.took(record.len() + 1);
        Ok(())
    }

    /// Rows so far.
    pub(crate) fn rows(&self) -> u64 {
        self.received.get()
    }

    fn took(&mut self, bytes: usize) {
        self.received.set(self.spool.summary().rows);
        self.bytes += bytes as u64;
        if self.bytes - self.told >= 1 << 18 {
            self.told = self.bytes;
            self.progress.advanced(self.bytes, self.received.get());
        }
    }
}

/// One attempt: connects, reads, and puts the extract in its place.
pub(crate) async fn attempt<S: Session>(
    request: &Request<'_>,
    url: &Secret,
    progress: &dyn ExtractProgress,
) -> Result<Extract, ConnectError> {
    let connecting = S::open(request, url);
    let mut session = tokio::select! {
        session = connecting => session?,
        () = until_cancelled(progress) => return Err(cancelled(request)),
    };
    let deadline = Instant::now() + request.database.timeout;
    let received = Cell::new(0);
    let stopped = {
        let mut attempt = Attempt { request, progress, session: &mut session, received: &received };
        let mut work = std::pin::pin!(attempt.run());
        tokio::select! {
            done = &mut work => return done,
            () = until_cancelled(progress) => cancelled(request),
            () = tokio::time::sleep_until(deadline.into()) => timed_out(request, received.get()),
        }
    };
    // Closing the line alone would leave a server at work that has nothing to send yet.
    let _ = tokio::time::timeout(STOPPING, session.stop()).await;
    Err(stopped)
}

async fn until_cancelled(progress: &dyn ExtractProgress) {
    while !progress.cancelled() {
        tokio::time::sleep(LOOK).await;
    }
}

fn cancelled(request: &Request<'_>) -> ConnectError {
    ConnectError::new(Cause::Cancelled, request.source, "it was cancelled")
}

fn timed_out(request: &Request<'_>, rows: u64) -> ConnectError {
    let seconds = request.database.timeout.as_secs();
    let message =
        format!("it took more than {seconds} s ({rows} rows had come), and the server was asked to stop");
    ConnectError::new(Cause::TimedOut, request.source, message)
        .hint("raise `timeout` under `[source.database]`, or read less")
}

/// One attempt under way.
struct Attempt<'a, S> {
    request: &'a Request<'a>,
    progress: &'a dyn ExtractProgress,
    session: &'a mut S,
    received: &'a Cell<u64>,
}

impl<S: Session> Attempt<'_, S> {
    async fn run(&mut self) -> Result<Extract, ConnectError> {
        let shape = self.session.describe(self.request).await?;
        let place = extract_path(self.request.root, self.request.source);
        let note = place.with_extension("json");
        let question = question_of(self.request.database);
        let last = Retained::load(&note, &place, &question);
        let from = last.as_ref().filter(|_| !self.request.full).and_then(|last| last.top.as_deref());
        let standing = match &shape.watermark {
            Some(watermark) => Some(self.session.standing(self.request, watermark, from).await?),
            None => None,
        };
        let mut findings = standing.iter().flat_map(|standing| self.doubts(standing)).collect::<Vec<_>>();
        if let Some((message, remedy)) = self.session.doubt() {
            let mut finding = self.finding("database-no-snapshot", Severity::Warning, message.to_owned(), 0);
            (finding.remedy, finding.column) = (remedy, None);
            findings.push(finding);
        }
        let mut windowed = None;
        if let (Some(last), Some(from), Some(standing)) = (&last, from, &standing)
            && !standing.went_back
        {
            windowed = self.window(&shape, last, from, standing, &mut findings).await?;
        }
        let incremental = windowed.is_some();
        let (mut spool, rows_read) = match windowed {
            Some(windowed) => windowed,
            None => self.whole(&shape).await?,
        };
        self.session.finish(self.received.get()).await?;
        spool.finish()?;
        let changed = last.as_ref().is_none_or(|last| !last.summary.is_same(spool.summary()));
        let top = standing.and_then(|standing| standing.top);
        let summary = match (changed, &last) {
            (false, Some(last)) => last.summary.clone(),
            _ => {
                // A crash between the two steps leaves an extract without a note: the next one reads all.
                if let Err(error) = std::fs::remove_file(&note)
                    && error.kind() != std::io::ErrorKind::NotFound
                {
                    return Err(ConnectError::disk(self.request.source, "replace", &note, &error));
                }
                spool.keep(&place)?
            }
        };
        let rows = summary.rows;
        Retained { question, summary, top }.save(self.request.source, &note)?;
        Ok(Extract { path: place, rows, rows_read, changed, incremental, tries: 1, findings })
    }

    /// Everything.
    async fn whole(&mut self, shape: &Shape) -> Result<(Spool, u64), ConnectError> {
        let mut spool = self.spool("csv.part")?;
        self.read(shape, None, &mut spool).await?;
        let rows = spool.summary().rows;
        Ok((spool, rows))
    }

    /// What is new, merged with the last extract; `None` if that does not add up to what the database has.
    async fn window(
        &mut self,
        shape: &Shape,
        last: &Retained,
        from: &str,
        standing: &Standing,
        findings: &mut Vec<Finding>,
    ) -> Result<Option<(Spool, u64)>, ConnectError> {
        let mut window = self.spool("new.part")?;
        self.read(shape, Some(from), &mut window).await?;
        window.finish()?;
        let rows = window.summary().rows;
        if window.summary().header != last.summary.header {
            return Ok(None);
        }
        let place = extract_path(self.request.root, self.request.source);
        let mut merged = self.spool("csv.part")?;
        let merge =
            Merge { source: self.request.source, base: &place, window: window.path(), key: &shape.key };
        merge.write(&mut merged)?;
        if merged.summary().rows == standing.rows {
            return Ok(Some((merged, rows)));
        }
        let message = format!(
            "the database has {} rows, the last extract and what is new make {}: rows were deleted, or changed without `{}`",
            standing.rows,
            merged.summary().rows,
            shape.watermark_name(),
        );
        findings.push(self.finding("watermark-missed", Severity::Note, message, 0));
        Ok(None)
    }

    /// Reads into a spool.
    async fn read(
        &mut self,
        shape: &Shape,
        since: Option<&str>,
        spool: &mut Spool,
    ) -> Result<(), ConnectError> {
        self.received.set(0);
        let (progress, received) = (self.progress, self.received);
        let mut sink = Sink { spool, progress, received, bytes: 0, told: 0 };
        self.session.read(self.request, shape, since, &mut sink).await?;
        let bytes = sink.bytes;
        progress.advanced(bytes, received.get());
        Ok(())
    }

    fn spool(&self, extension: &str) -> Result<Spool, ConnectError> {
        let place = extract_path(self.request.root, self.request.source);
        Spool::create(self.request.source, &place.with_extension(extension))
    }

    /// What is odd about a watermark.
    fn doubts(&self, standing: &Standing) -> Vec<Finding> {
        let column = self.request.database.watermark.as_ref().map_or("", |watermark| &watermark.column);
        let mut findings = Vec::new();
        if standing.went_back {
            let message = format!(
                "the watermark `{column}` is lower than at the last extract, so all rows were read again"
            );
            findings.push(self.finding("watermark-backwards", Severity::Warning, message, 0));
        }
        if standing.empty > 0 {
            let message = format!(
                "the watermark `{column}` is empty in {} rows; they are read every time",
                standing.empty
            );
            findings.push(self.finding("watermark-empty", Severity::Warning, message, standing.empty));
        }
        findings
    }

    fn finding(&self, code: &'static str, severity: Severity, message: String, rows: u64) -> Finding {
        let remedy = match code {
            "watermark-empty" => "fill the column in the database, or name another one as `watermark`",
            "watermark-backwards" => {
                "nothing, if the database was restored; else name a column that only grows"
            }
            _ => "nothing, if rows may be deleted; everything was read again",
        };
        Finding {
            code,
            severity,
            source: self.request.source.to_owned(),
            file: Some(label_of(self.request.source)),
            line: None,
            column: self.request.database.watermark.as_ref().map(|watermark| watermark.column.clone()),
            value: None,
            message,
            remedy: remedy.to_owned(),
            rows,
        }
    }
}
