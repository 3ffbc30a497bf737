//! A model: one table of the pack or the project, as SQL with its contract beside it; and a seed,
//! a small list that models may join.

use crate::contract::TableContract;

/// One table built by SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// What the table promises.
    pub contract: TableContract,
    /// The `select` that builds it. It names sources as `source_<entity>`, seeds as `seed_<name>`
    /// and other models by their table name.
    pub sql: String,
    /// Where the SQL stands, for messages: `packs/retail/star/fact_sales.sql`.
    pub path: String,
}

/// A small table of texts that ships with the pack or the project: `seed_<name>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed {
    /// Name without the prefix.
    pub name: String,
    /// Column names.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`; empty texts are null.
    pub rows: Vec<Vec<Option<String>>>,
}
