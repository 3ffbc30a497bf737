//! One signed-in connection with its transaction.

use std::pin::pin;

use futures::StreamExt;
use tokio::task::JoinHandle;
use tokio_postgres::{CancelToken, Client, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::Address;
use super::{failure, sql};
use crate::Request;
use crate::attempt::{CONNECT, Session, Sink};
use crate::error::{Cause, ConnectError};
use crate::secret::Secret;
use crate::shape::{Grows, Growth, Shape, Standing, Wm};
use crate::tls;

/// A session; ends when dropped.
pub(crate) struct Postgres {
    source: String,
    client: Client,
    cancel: CancelToken,
    tls: MakeRustlsConnect,
    line: JoinHandle<()>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.line.abort();
    }
}

impl Postgres {
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
}

impl Session for Postgres {
    async fn open(request: &Request<'_>, url: &Secret) -> Result<Self, ConnectError> {
        let source = request.source;
        let address = Address::parse(request, url)?;
        let tls = tls::client(source, &address.encryption, rustls::DEFAULT_VERSIONS)?;
        let tls = MakeRustlsConnect::new(tls);
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

    fn doubt(&self) -> Option<(&'static str, String)> {
        None
    }

    async fn describe(&mut self, request: &Request<'_>) -> Result<Shape, ConnectError> {
        let text = format!("select * from {}", sql::inner(request.database));
        let statement = self.told(0, self.client.prepare(&text).await)?;
        let columns: Vec<_> = statement
            .columns()
            .iter()
            .map(|column| (column.name(), growing(column.type_().name())))
            .collect();
        Shape::of(request, &columns)
    }

    async fn standing(
        &mut self,
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

    async fn read(
        &mut self,
        request: &Request<'_>,
        shape: &Shape,
        since: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), ConnectError> {
        let text = sql::copy(request.database, shape, since);
        let mut pieces = pin!(self.told(0, self.client.copy_out(&text).await)?);
        while let Some(piece) = self.told(sink.rows(), pieces.next().await.transpose())? {
            sink.feed(&piece)?;
        }
        Ok(())
    }

    async fn finish(&mut self, rows: u64) -> Result<(), ConnectError> {
        self.told(rows, self.client.batch_execute("commit").await)
    }

    /// A request over a connection of its own; then an empty question, which is answered when the line is at
    /// rest.
    async fn stop(&mut self) {
        let _ = self.cancel.cancel_query(self.tls.clone()).await;
        let _ = self.client.simple_query("").await;
    }
}

fn growing(type_name: &str) -> Growth<'_> {
    match type_name {
        "timestamptz" => Ok(("timestamptz", Grows::Time)),
        "timestamp" => Ok(("timestamp", Grows::Time)),
        "date" => Ok(("date", Grows::Time)),
        "int2" | "int4" | "int8" | "numeric" => Ok(("numeric", Grows::Number)),
        other => Err(other),
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
