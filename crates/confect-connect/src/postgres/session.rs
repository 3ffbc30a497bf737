//! One signed-in connection with its transaction.

use std::pin::Pin;

use bytes::Bytes;
use confect_domain::database::{Overlap, Watermark};
use confect_domain::names::nearest;
use futures::StreamExt;
use tokio::task::JoinHandle;
use tokio_postgres::{CancelToken, Client, CopyOutStream, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{CONNECT, failure, sql};
use crate::Request;
use crate::address::Address;
use crate::error::{Cause, ConnectError};
use crate::secret::Secret;
use crate::tls::connector;

/// How a watermark grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grows {
    Time,
    Number,
}

/// A watermark that the query has.
#[derive(Clone, Debug)]
pub(super) struct Wm {
    pub(super) column: String,
    pub(super) type_name: &'static str,
    pub(super) grows: Grows,
    pub(super) overlap: Option<Overlap>,
}

/// What the query's columns are.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) key_names: Vec<String>,
    /// Places of the key's columns.
    pub(super) key: Vec<usize>,
    pub(super) watermark: Option<Wm>,
}

impl Shape {
    pub(super) fn watermark_name(&self) -> &str {
        self.watermark.as_ref().map_or("", |watermark| &watermark.column)
    }
}

/// Where the database stands, in this snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Standing {
    /// Rows of the query.
    pub(super) rows: u64,
    /// Rows without a watermark.
    pub(super) empty: u64,
    /// Highest watermark.
    pub(super) top: Option<String>,
    /// Whether it is lower than last time, or gone.
    pub(super) went_back: bool,
}

/// A session; ends when dropped.
pub(super) struct Session {
    source: String,
    client: Client,
    cancel: CancelToken,
    tls: MakeRustlsConnect,
    line: JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.line.abort();
    }
}

impl Session {
    /// Connects and begins the snapshot.
    pub(super) async fn open(request: &Request<'_>, url: &Secret) -> Result<Self, ConnectError> {
        let source = request.source;
        let address = Address::parse(request, url)?;
        let tls = connector(source, &address.encryption)?;
        let mut failed = None;
        for way in address.ways(source).await? {
            let connected = match tokio::time::timeout(CONNECT, way.connect(tls.clone())).await {
                Ok(connected) => {
                    connected.map_err(|error| failure::connecting(source, &address.host, &error))
                }
                Err(_) => {
                    let message = format!("no connection to `{}`: no answer", address.host);
                    Err(ConnectError::new(Cause::Unreachable, source, message)
                        .hint("check that the database runs and that a firewall lets this machine in"))
                }
            };
            match connected {
                Ok((client, connection)) => {
                    let line = tokio::spawn(async move {
                        // Its failure is told to whoever waits for an answer.
                        let _ = connection.await;
                    });
                    let cancel = client.cancel_token();
                    let session = Self { source: source.to_owned(), client, cancel, tls, line };
                    session.begin(request).await?;
                    return Ok(session);
                }
                // The next address may be the one that is listened on; a refused password stays refused.
                Err(error) if error.cause == Cause::Unreachable => failed = Some(error),
                Err(error) => return Err(error),
            }
        }
        Err(failed.unwrap_or_else(|| ConnectError::internal(source)))
    }

    async fn begin(&self, request: &Request<'_>) -> Result<(), ConnectError> {
        // Ours ends the query first; this one is for the case that this machine is gone.
        let timeout = request.database.timeout.as_millis().saturating_add(10_000);
        self.told(0, self.client.batch_execute(&sql::begin(timeout)).await)?;
        // A server from 14 on notices by itself that nobody waits for its answer any more.
        let version = self.told(0, self.client.simple_query("show server_version_num").await)?;
        if first_row(&version).first().is_some_and(|text| number(text) >= 140_000) {
            let watch = "set local client_connection_check_interval = '2s'";
            self.told(0, self.client.batch_execute(watch).await)?;
        }
        Ok(())
    }

    fn told<T>(&self, rows: u64, outcome: Result<T, tokio_postgres::Error>) -> Result<T, ConnectError> {
        outcome.map_err(|error| failure::in_session(&self.source, rows, &error))
    }

    /// Asks the server to stop what it does; a request over a connection of its own.
    pub(super) async fn stop(&self) {
        let _ = self.cancel.cancel_query(self.tls.clone()).await;
    }

    /// Looks at the query's columns without running it.
    pub(super) async fn describe(&self, request: &Request<'_>) -> Result<Shape, ConnectError> {
        let text = format!("select * from {}", sql::inner(request.database));
        let statement = self.told(0, self.client.prepare(&text).await)?;
        let columns: Vec<(&str, &str)> =
            statement.columns().iter().map(|column| (column.name(), column.type_().name())).collect();
        let wrong = |message: String| ConnectError::new(Cause::Columns, &self.source, message);
        for (index, (name, _)) in columns.iter().enumerate() {
            if columns.iter().take(index).any(|(other, _)| other == name) {
                let message = format!("the query gives two columns named `{name}`");
                return Err(wrong(message).hint("name them apart with `as`"));
            }
        }
        let place = |name: &String| {
            columns.iter().position(|(known, _)| known == name).ok_or_else(|| {
                let error = wrong(format!("the query has no column `{name}`"));
                match nearest(name, columns.iter().map(|(known, _)| *known)) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                }
            })
        };
        let key = request.database.key.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let watermark = match &request.database.watermark {
            Some(watermark) => {
                let index = place(&watermark.column)?;
                let type_name = columns.get(index).map_or("", |column| column.1);
                Some(growing(watermark, type_name).map_err(wrong)?)
            }
            None => None,
        };
        Ok(Shape { key_names: request.database.key.clone(), key, watermark })
    }

    /// Counts rows and finds the highest watermark.
    pub(super) async fn standing(
        &self,
        request: &Request<'_>,
        watermark: &Wm,
        from: Option<&str>,
    ) -> Result<Standing, ConnectError> {
        let text = sql::standing(request.database, watermark, from);
        let answer = self.told(0, self.client.simple_query(&text).await)?;
        let row = first_row(&answer);
        let cell = |index: usize| row.get(index).cloned().unwrap_or_default();
        Ok(Standing {
            rows: number(&cell(0)),
            empty: number(&cell(1)),
            top: Some(cell(2)).filter(|top| !top.is_empty()),
            went_back: cell(3) == "true",
        })
    }

    /// Starts to copy.
    pub(super) async fn copy(&self, text: &str) -> Result<Pieces<'_>, ConnectError> {
        let stream = self.told(0, self.client.copy_out(text).await)?;
        Ok(Pieces { session: self, stream: Box::pin(stream) })
    }

    /// Ends the snapshot; the server confirms that all it had to say was said.
    pub(super) async fn finish(&self, rows: u64) -> Result<(), ConnectError> {
        self.told(rows, self.client.batch_execute("commit").await)
    }
}

/// Text that comes piece by piece.
pub(super) struct Pieces<'a> {
    session: &'a Session,
    stream: Pin<Box<CopyOutStream>>,
}

impl Pieces<'_> {
    /// The next piece; `rows` have come so far.
    pub(super) async fn next(&mut self, rows: u64) -> Result<Option<Bytes>, ConnectError> {
        let piece = self.stream.next().await.transpose();
        self.session.told(rows, piece)
    }
}

fn growing(watermark: &Watermark, type_name: &str) -> Result<Wm, String> {
    let (type_name, grows) = match type_name {
        "timestamptz" => ("timestamptz", Grows::Time),
        "timestamp" => ("timestamp", Grows::Time),
        "date" => ("date", Grows::Time),
        "int2" | "int4" | "int8" | "numeric" => ("numeric", Grows::Number),
        other => {
            return Err(format!(
                "the watermark `{}` is of the type `{other}`, not a moment, a day or a number",
                watermark.column
            ));
        }
    };
    match (grows, watermark.overlap) {
        (Grows::Time, Some(Overlap::Number(_))) => Err(format!(
            "the watermark `{}` is a time, so `overlap` is a span such as `\"1 day\"`",
            watermark.column
        )),
        (Grows::Number, Some(Overlap::Time(_))) => Err(format!(
            "the watermark `{}` is a number, so `overlap` is one such as `1000`",
            watermark.column
        )),
        (_, overlap) => Ok(Wm { column: watermark.column.clone(), type_name, grows, overlap }),
    }
}

/// The cells of the first row; nulls are empty.
fn first_row(answer: &[SimpleQueryMessage]) -> Vec<String> {
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    row.map_or_else(Vec::new, |row| {
        (0..row.len()).map(|index| row.try_get(index).ok().flatten().unwrap_or_default().to_owned()).collect()
    })
}

fn number(text: &str) -> u64 {
    text.parse().unwrap_or(0)
}
