//! Reads packs and a user's project into typed definitions.
//!
//! A project is a folder with `confect.toml`, `data/` and, if wanted, the same folders as a pack has; a
//! file there adds to the pack's or replaces the one of the same name. [`Project::load`] checks every
//! file and every reference between files in one run; each problem names its place as
//! `file:line:column` (access-and-reliability.md, F112).
//!
//! Deliberately absent: the contents of `data/`, which are ingest's, and anything that runs a model.

mod database;
mod error;
mod identity;
mod init;
mod inputs;
mod measures;
mod models;
mod packs;
mod pages;
mod project;
pub mod propose;
mod roles;
mod seeds;
mod shop;
mod sources;
mod text_file;

pub use error::{Place, ProjectError};
pub use identity::{Decision, decide};
pub use init::{Template, init};
pub use packs::Packs;
pub use pages::{Page, Tile, TileKind};
pub use project::{Project, find_root};
pub use shop::Shop;
pub use sources::ProjectSource;
