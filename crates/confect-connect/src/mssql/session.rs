//! One signed-in connection with its transaction.

use std::io::Error;

use super::address::Address;
use super::cursor::{Cursor, Trouble};
use super::line::{self, Line};
use super::login::{self, Offer};
use super::query::{self, Parts};
use super::tokens::{self, Column, Token, Told};
use super::{failure, sql};
use crate::Request;
use crate::address::{Encryption, resolve};
use crate::attempt::{CONNECT, Session, Sink};
use crate::csv::fields;
use crate::error::{Cause, ConnectError};
use crate::secret::Secret;
use crate::shape::{Shape, Standing, Wm};
use crate::tls;

/// Most that is held while one token is waited for.
const MAX_HELD: usize = 256 << 20;

/// A session; ends when dropped.
pub(crate) struct SqlServer {
    source: String,
    line: Line,
    /// What came and was not read yet, from `read` on.
    held: Vec<u8>,
    read: usize,
    /// Whether the last packet of an answer has come.
    is_last: bool,
    /// The open transaction.
    transaction: u64,
    /// Columns of the answer that is being read.
    columns: Vec<Column>,
    /// The row that was read last, as a record.
    record: Vec<u8>,
    /// The query and its columns.
    parts: Parts,
    described: Vec<Column>,
    doubt: Option<(&'static str, String)>,
}

impl SqlServer {
    async fn connect(
        request: &Request<'_>,
        address: &Address,
        way: std::net::SocketAddr,
    ) -> Result<Self, ConnectError> {
        let source = request.source;
        let parts = query::parts(request.database).map_err(|why| {
            ConnectError::new(Cause::Query, source, format!("the query is not one question: {why}"))
                .hint("correct `query` under `[source.database]`")
        })?;
        let failed = |error: Error| failure::connecting(source, &address.host, &error);
        let line = Line::open(way).await.map_err(failed)?;
        let mut session = Self {
            source: source.to_owned(),
            line,
            held: Vec::new(),
            read: 0,
            is_last: true,
            transaction: 0,
            columns: Vec::new(),
            record: Vec::new(),
            parts,
            described: Vec::new(),
            doubt: None,
        };
        session.secure(address).await?;
        session.line.send(line::LOGIN, &login::login(address)).await.map_err(failed)?;
        session.sign_in(address).await?;
        session.begin().await?;
        Ok(session)
    }

    /// Agrees on encryption, and encrypts.
    async fn secure(&mut self, address: &Address) -> Result<(), ConnectError> {
        let failed = |error: Error| failure::connecting(&self.source, &address.host, &error);
        let encrypted = address.encryption != Encryption::None;
        self.line.send(line::PRELOGIN, &login::prelogin(encrypted)).await.map_err(failed)?;
        let mut answer = Vec::new();
        while !self.line.receive(&mut answer).await.map_err(failed)? {}
        let not_safe = |why| Err(failure::unsafe_line(&self.source, &address.host, why));
        match login::answered(&answer, encrypted) {
            Some(Offer::Encrypted) => {
                let versions = &[&rustls::version::TLS12];
                let config = tls::client(&self.source, &address.encryption, versions)?;
                self.line.secure(config, &address.host).await.map_err(failed)
            }
            Some(Offer::Plain) => Ok(()),
            Some(Offer::None) => not_safe("the server offers no encryption"),
            Some(Offer::Demanded) => not_safe("the server demands encryption: `?sslmode=verify-full`"),
            None => Err(failed(std::io::ErrorKind::Unsupported.into())),
        }
    }

    async fn sign_in(&mut self, address: &Address) -> Result<(), ConnectError> {
        self.is_last = false;
        let (mut is_in, mut elsewhere, mut wrong) = (false, None, None);
        loop {
            match self.next(0).await {
                Ok(Some(Token::SignedIn)) => is_in = true,
                Ok(Some(Token::Elsewhere(host))) => elsewhere = Some(host),
                Ok(Some(Token::Wrong(told))) => wrong = wrong.or(Some(told)),
                Ok(Some(_)) => {}
                Ok(None) => break,
                // Some servers hang up after they have said why.
                Err(error) if wrong.is_none() => return Err(error),
                Err(_) => break,
            }
        }
        if let Some(host) = elsewhere {
            let message = format!("`{}` sends its clients on to `{host}`", address.host);
            return Err(ConnectError::new(Cause::Unreachable, &self.source, message)
                .hint("name that host in the address, if it is one of yours"));
        }
        match wrong {
            Some(told) if !is_in => Err(failure::by_server(&self.source, &told)),
            _ if !is_in => Err(failure::dropped(&self.source, 0)),
            _ => Ok(()),
        }
    }

    /// Begins the transaction that sees one snapshot, or whatever comes nearest to it.
    async fn begin(&mut self) -> Result<(), ConnectError> {
        self.run(sql::SETTINGS).await?;
        let cells = self.row(sql::SNAPSHOTS).await?;
        let cell = |index: usize| cells.get(index).map(String::as_str);
        let level = match (cell(0), cell(1)) {
            (Some("1"), _) => "snapshot",
            (_, Some("1")) => {
                self.doubt = Some((
                    "the database keeps no snapshot for a transaction, only for a statement; what is counted and \
                     what is read may be moments apart",
                    allow("read the two as one"),
                ));
                "read committed"
            }
            _ => {
                self.doubt = Some((
                    "the database keeps no snapshots, so whoever wanted to write had to wait until all was read",
                    allow("let nobody wait"),
                ));
                "serializable"
            }
        };
        self.run(&sql::begin(level)).await
    }

    /// Sends a statement.
    async fn ask(&mut self, text: &str) -> Result<(), ConnectError> {
        // All headers: which transaction it belongs to (MS-TDS 2.2.5.3).
        let mut message = Vec::with_capacity(22 + text.len() * 2);
        for number in [22_u32, 18] {
            message.extend_from_slice(&number.to_le_bytes());
        }
        message.extend_from_slice(&2_u16.to_le_bytes());
        message.extend_from_slice(&self.transaction.to_le_bytes());
        message.extend_from_slice(&1_u32.to_le_bytes());
        message.extend_from_slice(&login::utf16(text));
        self.is_last = false;
        self.line
            .send(line::BATCH, &message)
            .await
            .map_err(|error| failure::in_session(&self.source, 0, &error))
    }

    /// Carries out a statement; each row is shown, as a record.
    async fn rows(
        &mut self,
        text: &str,
        mut visit: impl FnMut(&[Column], Option<&[u8]>) -> Result<u64, ConnectError>,
    ) -> Result<(), ConnectError> {
        self.ask(text).await?;
        let (mut rows, mut wrong) = (0, None);
        while let Some(token) = self.next(rows).await? {
            match token {
                Token::Columns(columns) => {
                    self.columns = columns;
                    rows = visit(&self.columns, None)?;
                }
                Token::Row => rows = visit(&self.columns, Some(&self.record))?,
                Token::Wrong(told) => wrong = wrong.or(Some(told)),
                Token::Done { was_stopped: true } => {
                    wrong = wrong.or(Some(Told { message: "it was stopped".to_owned(), ..Told::default() }));
                }
                _ => {}
            }
        }
        wrong.map_or(Ok(()), |told| Err(failure::by_server(&self.source, &told)))
    }

    /// Carries out a statement that gives nothing.
    async fn run(&mut self, text: &str) -> Result<(), ConnectError> {
        self.rows(text, |_, _| Ok(0)).await
    }

    /// The cells of the only row; nulls are empty.
    async fn row(&mut self, text: &str) -> Result<Vec<String>, ConnectError> {
        let mut cells = Vec::new();
        self.rows(text, |_, record| {
            if let Some(record) = record {
                cells = fields(record).map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            }
            Ok(0)
        })
        .await?;
        Ok(cells)
    }

    /// The next token of an answer; `None` at its end. Whoever drops it in the middle can ask again.
    async fn next(&mut self, rows: u64) -> Result<Option<Token>, ConnectError> {
        loop {
            let rest = self.held.get(self.read..).unwrap_or_default();
            let have = rest.len();
            if have == 0 && self.is_last {
                return Ok(None);
            }
            let mut cursor = Cursor(rest);
            match tokens::next(&mut cursor, &self.columns, &mut self.record) {
                Ok(token) => {
                    self.read += have - cursor.0.len();
                    match token {
                        Token::Size(size) => self.line.set_size(size),
                        Token::Transaction(transaction) => self.transaction = transaction,
                        token => return Ok(Some(token)),
                    }
                    continue;
                }
                Err(Trouble::Odd(why)) => return Err(failure::odd(&self.source, &why)),
                Err(Trouble::Short) if self.is_last => {
                    return Err(failure::odd(&self.source, "an answer that ends in the middle"));
                }
                Err(Trouble::Short) => {}
            }
            if have > MAX_HELD {
                let message = format!("a row of more than {} MB after {rows} rows", MAX_HELD >> 20);
                return Err(ConnectError::new(Cause::Columns, &self.source, message)
                    .hint("leave the long column out, or cut it in `query`"));
            }
            self.held.drain(..self.read);
            self.read = 0;
            // A long value is looked at again only when it may have twice as much.
            while self.held.len() < 2 * have + 1 && !self.is_last {
                let came = self.line.receive(&mut self.held).await;
                self.is_last = came.map_err(|error| failure::in_session(&self.source, rows, &error))?;
            }
        }
    }
}

fn allow(what: &str) -> String {
    format!("to {what}: `alter database … set allow_snapshot_isolation on`")
}

impl Session for SqlServer {
    async fn open(request: &Request<'_>, url: &Secret) -> Result<Self, ConnectError> {
        let source = request.source;
        let address = Address::parse(request, url)?;
        let mut failed = None;
        for way in resolve(source, &address.host, address.port).await? {
            let connecting = tokio::time::timeout(CONNECT, Self::connect(request, &address, way));
            let connected = connecting.await.unwrap_or_else(|_| {
                let message = format!("no connection to `{}`: no answer", address.host);
                Err(ConnectError::new(Cause::Unreachable, source, message)
                    .hint("check that the database runs and that a firewall lets this machine in"))
            });
            match connected {
                // The next address may be the one that is listened on; a refused password stays refused.
                Err(error) if error.cause == Cause::Unreachable => failed = Some(error),
                done => return done,
            }
        }
        Err(failed.unwrap_or_else(|| ConnectError::internal(source)))
    }

    fn doubt(&self) -> Option<(&'static str, String)> {
        self.doubt.clone()
    }

    async fn describe(&mut self, request: &Request<'_>) -> Result<Shape, ConnectError> {
        let text = sql::describe(&self.parts);
        let mut described = Vec::new();
        self.rows(&text, |columns, _| {
            described = columns.to_vec();
            Ok(0)
        })
        .await?;
        if let Some(index) = described.iter().position(|column| column.name.is_empty()) {
            let message = format!("column {} of the query has no name", index + 1);
            return Err(ConnectError::new(Cause::Columns, &self.source, message).hint("name it with `as`"));
        }
        let columns: Vec<_> =
            described.iter().map(|column| (column.name.as_str(), column.kind.growing())).collect();
        let shape = Shape::of(request, &columns)?;
        self.described = described;
        Ok(shape)
    }

    async fn standing(
        &mut self,
        _request: &Request<'_>,
        watermark: &Wm,
        from: Option<&str>,
    ) -> Result<Standing, ConnectError> {
        let cells = self.row(&sql::standing(&self.parts, watermark, from)).await?;
        let cell = |index: usize| cells.get(index).map_or("", String::as_str);
        let number = |index: usize| cell(index).parse().unwrap_or(0);
        Ok(Standing {
            rows: number(0),
            empty: number(1),
            top: Some(cell(2).to_owned()).filter(|top| !top.is_empty()),
            went_back: cell(3) == "1",
        })
    }

    async fn read(
        &mut self,
        _request: &Request<'_>,
        shape: &Shape,
        since: Option<&str>,
        sink: &mut Sink<'_>,
    ) -> Result<(), ConnectError> {
        let text = sql::read(&self.parts, &self.described, shape, since);
        self.rows(&text, |columns, record| {
            match record {
                Some(record) => sink.record(record)?,
                None => sink.record(&heading(columns))?,
            }
            Ok(sink.rows())
        })
        .await
    }

    async fn finish(&mut self, rows: u64) -> Result<(), ConnectError> {
        self.run(sql::END).await.map_err(|error| match error.cause {
            Cause::Dropped => failure::dropped(&self.source, rows),
            _ => error,
        })
    }

    /// An attention (MS-TDS 2.2.1.7), and what comes until the server says that it has seen it.
    async fn stop(&mut self) {
        if self.line.is_sending() || self.line.send(line::ATTENTION, &[]).await.is_err() {
            return;
        }
        // An answer that had just ended is followed by one of its own to the attention.
        loop {
            match self.next(0).await {
                Ok(Some(Token::Done { was_stopped: true })) | Err(_) => return,
                Ok(Some(Token::Columns(columns))) => self.columns = columns,
                Ok(Some(_)) => {}
                Ok(None) => self.is_last = false,
            }
        }
    }
}

fn heading(columns: &[Column]) -> Vec<u8> {
    let mut record = Vec::new();
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            record.push(b',');
        }
        super::value::field(&column.name, &mut record);
    }
    record
}
