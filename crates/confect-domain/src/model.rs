//! A model: one table of the pack or the project, as SQL with its contract beside it; and a seed,
//! a small list that models may join.

use crate::contract::TableContract;
use crate::method::MethodCall;

/// One table built by SQL, or by a method from the rows that its SQL delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What the table promises.
    pub contract: TableContract,
    /// The `select` that builds it. It names sources as `source_<entity>`, seeds as `seed_<name>`
    /// and other models by their table name.
    pub sql: String,
    /// What makes the table of the rows that the SQL delivers; `None`: they are the table.
    pub method: Option<MethodCall>,
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
