//! What a failure means to a person.
//!
//! Numbers: Microsoft, "Database engine events and errors".

use std::io::{Error, ErrorKind};

use super::tokens::Told;
use crate::error::{Cause, ConnectError};

/// A failure before there was a session.
pub(super) fn connecting(source: &str, host: &str, error: &Error) -> ConnectError {
    if let Some(why) = tls_failure(error) {
        return unsafe_line(source, host, &why);
    }
    let why = match error.kind() {
        ErrorKind::ConnectionRefused => "nobody listens there",
        ErrorKind::TimedOut | ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "no answer",
        ErrorKind::Unsupported => "what answers there is no SQL Server",
        _ => "the connection broke off",
    };
    let error = ConnectError::new(Cause::Unreachable, source, format!("no connection to `{host}`: {why}"))
        .hint("check that the database runs, the port, and that a firewall lets this machine in");
    // A server that starts anew refuses for a moment, or breaks off.
    match error.message.contains("nobody listens") || error.message.contains("broke off") {
        true => error.passing(),
        false => error,
    }
}

/// The line cannot be made safe, or must be.
pub(super) fn unsafe_line(source: &str, host: &str, why: &str) -> ConnectError {
    ConnectError::new(Cause::Certificate, source, format!("the connection to `{host}` is not safe: {why}"))
        .hint("have the server's certificate renewed, or name its authority: `?sslrootcert=ca.pem`")
}

/// A failure of a session.
pub(super) fn in_session(source: &str, rows: u64, error: &Error) -> ConnectError {
    match tls_failure(error) {
        Some(why) => {
            ConnectError::new(Cause::Certificate, source, format!("the line was tampered with: {why}"))
        }
        None => dropped(source, rows),
    }
}

/// The connection is gone.
pub(super) fn dropped(source: &str, rows: u64) -> ConnectError {
    ConnectError::new(Cause::Dropped, source, format!("the connection broke off after {rows} rows"))
        .hint("nothing was published; the last extract stays as it is")
        .passing()
}

/// What came is not what the protocol says.
pub(super) fn odd(source: &str, why: &str) -> ConnectError {
    ConnectError::new(Cause::Server, source, format!("the server sent what is not understood: {why}"))
        .hint("leave the column out, or `cast` it to a plain type in `query`")
}

/// What the server says.
pub(super) fn by_server(source: &str, told: &Told) -> ConnectError {
    let make = |cause| ConnectError::new(cause, source, format!("the server says: {}", told.message));
    match told.number {
        // The user, from a domain that is not trusted, locked, out of date, to be changed, switched off.
        18_456 | 18_452 | 18_470 | 18_486 | 18_487 | 18_488 => {
            make(Cause::Login).hint("check user and password in the address; nothing was tried twice")
        }
        4_060 | 4_064 | 911 => make(Cause::NoSuchDatabase)
            .hint("check the name after the last `/` of the address, and that the user may open it"),
        229 | 230 | 262 | 297 | 300 | 916 => make(Cause::Permission)
            .hint("let the user read it: `grant select on … to …`, or the role `db_datareader`"),
        8_155 | 8_156 => make(Cause::Columns).hint("name each column of the query once, with `as`"),
        1_033 => make(Cause::Query).hint("leave `order by` out of `query`; a `key` gives an order"),
        // The snapshot: not allowed in another database that is read too.
        3_952 => make(Cause::Query)
            .hint("allow snapshots in that database: `alter database … set allow_snapshot_isolation on`"),
        // Deadlock, a lock that is not given, what a snapshot cannot see any more, starting, stopping, paused,
        // too many users, busy or moving (Azure).
        1_205
        | 1_222
        | 3_960
        | 3_961
        | 596
        | 6_005
        | 18_401
        | 17_142
        | 17_809
        | 10_928
        | 10_929
        | 40_197
        | 40_501
        | 40_613
        | 49_918..=49_920 => make(Cause::Dropped).hint("try again when the database is at rest").passing(),
        _ if told.class >= 20 => make(Cause::Dropped).passing(),
        _ if told.class <= 16 => {
            make(Cause::Query).hint("correct `query` or `table` under `[source.database]`")
        }
        _ => make(Cause::Server),
    }
}

/// What TLS found wrong, if it was TLS.
fn tls_failure(error: &Error) -> Option<String> {
    let found = error.get_ref()?;
    found
        .downcast_ref::<rustls::Error>()
        .map(ToString::to_string)
        .or_else(|| found.is::<rustls::pki_types::InvalidDnsNameError>().then(|| found.to_string()))
}
