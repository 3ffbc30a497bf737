//! Which table each model reads: the edges between files, tables and marts.
//!
//! Read from the SQL itself, so that a picture of the flow cannot be out of date.

use std::collections::BTreeSet;

use confect_domain::{Layer, Model};
use datafusion::sql::parser::DFParser;
use datafusion::sql::resolve::resolve_table_references;

use crate::error::WarehouseError;

/// One model in the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineageNode {
    /// The table that the model builds.
    pub table: String,
    /// Where it stands.
    pub layer: Layer,
    /// Tables it reads: other models', `source_<entity>`, `seed_<list>`, `settings`, `calendar_days`.
    pub reads: BTreeSet<String>,
}

/// The flow of all models, in the order given.
///
/// # Errors
/// A model whose SQL cannot be parsed.
pub fn lineage(models: &[Model]) -> Result<Vec<LineageNode>, WarehouseError> {
    models
        .iter()
        .map(|model| {
            let reads = tables_read(model)?;
            Ok(LineageNode { table: model.contract.name.clone(), layer: model.contract.layer, reads })
        })
        .collect()
}

/// Names of the tables that a model's SQL reads.
pub(crate) fn tables_read(model: &Model) -> Result<BTreeSet<String>, WarehouseError> {
    let failed = |error: datafusion::error::DataFusionError| {
        WarehouseError::model(&model.contract.name, &model.path, error.strip_backtrace())
    };
    let mut read = BTreeSet::new();
    for statement in DFParser::parse_sql(&model.sql).map_err(failed)? {
        let (tables, _) = resolve_table_references(&statement, true).map_err(failed)?;
        read.extend(tables.iter().map(|table| table.table().to_owned()));
    }
    Ok(read)
}
