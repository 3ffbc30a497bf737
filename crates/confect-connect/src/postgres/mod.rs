//! PostgreSQL: one repeatable-read, read-only transaction.
//!
//! `COPY (…) TO STDOUT` writes the text; the server is told to write moments in UTC and ISO 8601, so that the
//! same row always is the same text.

mod address;
mod failure;
mod session;
mod sql;

pub(crate) use session::Postgres;
