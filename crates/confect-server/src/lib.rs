//! The HTTP surface: routes, cookies, wire types, the dashboard's files.
//!
//! Speaks the contract of the dashboard (`/api/…`, JSON) and nothing else. Every route but an explicit
//! few needs a session ([`routes`]); every answer carries the headers of [`protect`].
//! Computes nothing: numbers come as texts from `confect-service`.
//! Deliberately absent: TLS (a proxy's), CORS (off), engine types, printing: what is to be logged goes to
//! the function in [`ServeOptions`].

mod app;
mod cookie;
mod failure;
mod guard;
mod handlers;
mod limits;
mod listen;
mod protect;
mod routes;
mod web;
mod wire;

pub use app::{Log, ServeOptions};
pub use listen::{Server, ServerError};
