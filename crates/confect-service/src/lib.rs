//! The application: one open shop with its refreshes, questions, pages, users, sessions and audit trail.
//!
//! [`Shop`] is the one door for every surface. Surfaces compute nothing and hold no rules: they hand over
//! an [`Access`] or a session's token and get plain structs back.
//! Reads and writes: the project's folder, the warehouse, and `<root>/state/confect.db` (SQLite).
//! The only crate that reads the system clock ([`clock`]).
//! Deliberately absent: HTTP, the terminal, wire formats.

mod answer;
pub mod basket;
mod cache;
pub mod clock;
pub mod customers;
mod databases;
mod delivery;
mod docs;
mod error;
mod freshness;
mod identity;
pub mod page;
mod people;
pub mod quality;
mod quarantine;
mod query;
mod refresh;
mod setup;
mod shop;
mod state;
mod steward;

pub use answer::Answer;
pub use confect_docs as warehouse_docs;
pub use confect_generate::{FileFormat, GenerateSpec, Planted, TRUTH_FILE};
pub use confect_ingest::convert;
pub use confect_metrics::{Access, Grain, OrderBy};
pub use confect_project::Decision;
pub use confect_warehouse::{RefreshMode, RefreshProgress, RefreshRecord};
pub use error::ServiceError;
pub use identity::IdentitySummary;
pub use people::sessions::{SignedIn, Visitor};
pub use people::users::{NewUser, User};
pub use quarantine::{QuarantineFilter, QuarantineReason};
pub use query::{CustomerView, MetricQuestion};
pub use refresh::{RefreshOutcome, RefreshWish, record_json};
pub use setup::{CreatedShop, ProposedShop, create_shop, create_shop_from, generate_into, template_names};
pub use shop::{Shop, ShopInfo};
pub use state::quarantine::QuarantineState;
pub use state::runs::Run;
pub use steward::Steward;
