//! SQL Server: one transaction that sees one snapshot and is rolled back at its end.
//!
//! The protocol is TDS 7.4 (Microsoft's open specification MS-TDS; sections are named where they are followed).
//! It is spoken here and not by a driver from a registry: drivers hand `money` out as a floating number, decode
//! text by tables of code pages of their own, and bring other features of rustls and tokio along, for which the
//! engine would be compiled anew.
//! Values come as the server stores them and are written exactly; text of a code page is converted by the
//! server, which has the table.
//! Deliberately absent: Windows accounts, several statements at a time, writing, TDS 8.0 (`strict`), the names
//! of instances (the address has a port).

mod address;
mod cursor;
mod failure;
mod kind;
mod line;
mod login;
mod query;
mod session;
mod sql;
mod tokens;
mod value;

pub(crate) use session::SqlServer;
