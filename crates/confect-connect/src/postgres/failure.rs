//! What a failure of the driver means to a person.
//!
//! Classes of SQLSTATE: PostgreSQL manual, appendix A. The driver keeps its own kinds of error to itself, so
//! they are told by what lies beneath them.

use std::error::Error as _;
use std::io::ErrorKind;

use tokio_postgres::Error;
use tokio_postgres::error::DbError;

use crate::error::{Cause, ConnectError};

/// A failure before there was a session.
pub(super) fn connecting(source: &str, host: &str, error: &Error) -> ConnectError {
    if let Some(told) = error.as_db_error() {
        return by_server(source, told);
    }
    if let Some(why) = tls_failure(error) {
        let message = format!("the connection to `{host}` is not safe: {why}");
        return ConnectError::new(Cause::Certificate, source, message)
            .hint("have the server's certificate renewed, or name its authority: `?sslrootcert=ca.pem`");
    }
    let io = io_beneath(error).map(std::io::Error::kind);
    let why = match io {
        Some(ErrorKind::ConnectionRefused) => "nobody listens there",
        Some(ErrorKind::NotFound) => "there is no such socket",
        Some(ErrorKind::TimedOut) => "no answer",
        _ => {
            let text = error.to_string();
            if text.starts_with("invalid configuration") {
                // A password is asked for and none is given, or a method that the driver does not know.
                return ConnectError::new(
                    Cause::Login,
                    source,
                    "the server asks for a password, and there is none",
                )
                .hint("write user and password into the address");
            }
            if text.contains("authentication") {
                return ConnectError::new(
                    Cause::Login,
                    source,
                    "the server wants a way of signing in that is not supported",
                )
                .hint("SCRAM, MD5 and plain passwords are");
            }
            if text.contains("timeout") { "no answer" } else { "the connection broke off" }
        }
    };
    let error = ConnectError::new(Cause::Unreachable, source, format!("no connection to `{host}`: {why}"))
        .hint("check that the database runs and that a firewall lets this machine in");
    // A server that starts anew refuses for a moment, or breaks off.
    match why {
        "no answer" | "there is no such socket" => error,
        _ => error.passing(),
    }
}

/// A failure of a session.
pub(super) fn in_session(source: &str, rows: u64, error: &Error) -> ConnectError {
    match error.as_db_error() {
        Some(told) => by_server(source, told),
        None => dropped(source, rows),
    }
}

/// The connection is gone.
pub(super) fn dropped(source: &str, rows: u64) -> ConnectError {
    ConnectError::new(Cause::Dropped, source, format!("the connection broke off after {rows} rows"))
        .hint("nothing was published; the last extract stays as it is")
        .passing()
}

fn by_server(source: &str, told: &DbError) -> ConnectError {
    let code = told.code().code();
    let make = |cause| ConnectError::new(cause, source, format!("the server says: {}", told.message()));
    match (code, code.get(..2).unwrap_or_default()) {
        ("28P01" | "28000", _) => {
            make(Cause::Login).hint("check user and password in the address; nothing was tried twice")
        }
        ("3D000", _) => make(Cause::NoSuchDatabase).hint("check the name after the last `/` of the address"),
        ("42501", _) => make(Cause::Permission)
            .hint("let the user read it: `grant select on … to …`, on its schema `grant usage`"),
        ("57014", _) => make(Cause::TimedOut).hint("raise `timeout` under `[source.database]`, or read less"),
        // Shut down, starting, no more connections, serialisation, deadlock, connection exceptions.
        ("57P01" | "57P02" | "57P03" | "57P05" | "53300" | "40001" | "40P01", _) | (_, "08") => {
            make(Cause::Dropped).hint("try again when the database is at rest").passing()
        }
        (_, "42" | "22" | "25" | "0A") => {
            make(Cause::Query).hint("correct `query` or `table` under `[source.database]`")
        }
        _ => make(Cause::Server),
    }
}

/// What TLS found wrong, if it was TLS.
fn tls_failure(error: &Error) -> Option<String> {
    if let Some(found) = io_beneath(error).and_then(|io| io.get_ref()?.downcast_ref::<rustls::Error>()) {
        return Some(found.to_string());
    }
    if error.source().is_some_and(|beneath| beneath.to_string().contains("does not support TLS")) {
        return Some("the server offers no encryption".to_owned());
    }
    error.to_string().contains("TLS handshake").then(|| "the handshake failed".to_owned())
}

fn io_beneath(error: &Error) -> Option<&std::io::Error> {
    let mut beneath = error.source();
    while let Some(found) = beneath {
        if let Some(io) = found.downcast_ref::<std::io::Error>() {
            return Some(io);
        }
        beneath = found.source();
    }
    None
}
