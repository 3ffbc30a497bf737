//! The warehouse: builds the tables of a refresh, publishes them at once, and answers authorised
//! queries over one publication.
//!
//! The only crate that names a DataFusion or Delta type; its public API speaks domain types and
//! Arrow record batches. Nothing here knows HTTP, TOML, users or the clock.
//!
//! Reads: files through `confect-ingest`, the models' SQL, and what it published before.
//! Writes: `<folder>/tables/<name>/` (Delta), `<folder>/publish/<id>.json` (manifests).

mod answer;
mod baskets;
mod contract;
mod csv;
mod engine;
mod error;
mod functions;
mod guard;
mod lineage;
mod methods;
mod publish;
mod refresh;
mod secured;
mod storage;
mod warehouse;

pub use answer::QueryResult;
pub use baskets::ScopeLines;
pub use contract::CheckResult;
pub use csv::write_field;
pub use error::{WarehouseError, free_bytes};
pub use lineage::{LineageNode, lineage};
pub use methods::check_methods;
pub use publish::{
    ClosedMonths, KnownFile, Memory, Publication, PublishedBucket, PublishedFile, PublishedSource,
    PublishedTable,
};
pub use refresh::{
    FileRecord, LateRows, NoRefreshProgress, RefreshMode, RefreshPlan, RefreshProgress, RefreshRecord,
    SourceRecord, StepRecord, days_late, refresh,
};
pub use warehouse::Warehouse;
