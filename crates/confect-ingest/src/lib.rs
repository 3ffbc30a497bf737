//! Files of a shop → typed record batches, rows set aside with a reason, and findings.
//!
//! [`read_source`] reads every file of one source, maps its headings onto one entity of the retail
//! contract, and accounts for each record and each byte: loaded, set aside, or dropped because the very
//! same line was there already. [`stream_source`] does the same and hands the batches on one by one.
//!
//! ```text
//! stage 1, one thread      stage 2, all cores             stage 3, the caller's thread, in file order
//! open, decompress,   ──►  tokenise, type into Arrow, ──► drop repeated lines, filter, account
//! cut whole records        hash each record
//! ```
//!
//! Spreadsheets, Parquet and JSON become such text first (`convert`); what reads workbooks and Parquet is a child
//! process with limits, which the program announces with [`convert::install`].
//!
//! A source of many million rows is read twice, so that memory does not grow with it (`repeats`).
//!
//! Two decisions need a whole file or a whole column and are taken only when the first value turns up that
//! depends on them: whether bytes that are not UTF-8 are windows-1252, and whether `03/04/2024` starts with
//! the day. They concern only such values, so nothing that was handed on before has to be taken back
//! (`survey`).
//!
//! Deliberately absent: the query engine, the warehouse, HTTP, TOML, the clock; and rules that need more
//! than one record (returns without a sale), which are staging's; of those only keys of members (`members`)
//! and files that differ from the others (`drift`) are judged here, because no model may see them.

// An error ends a whole load and carries what a person needs; it is never made in a hot loop.
#![allow(clippy::result_large_err)]

mod account;
mod cells;
mod columns;
pub mod convert;
mod delivery;
mod derive;
mod drift;
mod error;
mod files;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod layout;
mod members;
mod pipeline;
mod profile;
mod repeats;
mod rows;
mod spec;
mod stages;
mod succession;
mod survey;
mod text;
mod typing;
mod values;

pub use delivery::{Delivery, Sighting, delivery, label_of};
pub use error::IngestError;
pub use files::open_beneath;
pub use pipeline::{heading_line, read_new_rows, read_source, stream_source};
pub use profile::{
    ColumnProfile, DateEvidence, FileProfile, NumberEvidence, SampleRows, Sketch, Words, profile_file,
};
pub use repeats::KnownRows;
pub use rows::{Change, FileAccount, NewestDelivery, QuarantinedRow, SourceRows, SupersededRow};
pub use spec::{
    ColumnMapping, DateOrder, Derived, InputFile, Lookup, LookupStep, NoProgress, Progress, ReadOptions,
    RuleAction, SourceSpec,
};
pub use values::rules::rule_names;
