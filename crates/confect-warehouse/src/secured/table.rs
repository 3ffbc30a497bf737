//! `SecuredTable`: one table of a publication as one viewer may read it.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use confect_domain::Layer;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;

use super::barrier::{Fingerprint, PolicyBarrierExec, RowTest};
use super::keys::TablePolicy;
use crate::engine::store_url;
use crate::publish::PublishedTable;

/// Facts are taken for this large when joins are ordered.
const NOMINAL_FACT_ROWS: usize = 10_000_000;
/// Dimensions are taken for this large.
const NOMINAL_DIMENSION_ROWS: usize = 10_000;

/// A published table under a policy.
#[derive(Debug)]
pub(crate) struct SecuredTable {
    name: String,
    layer: Layer,
    schema: SchemaRef,
    files: Vec<(String, u64)>,
    grants: Option<Vec<Vec<(usize, super::keys::KeySet)>>>,
    fingerprint: Fingerprint,
}

impl SecuredTable {
    /// The table; `None` if the policy hides it.
    pub(crate) fn new(
        table: &PublishedTable,
        policy: &TablePolicy,
        fingerprint: Fingerprint,
    ) -> Result<Option<Self>> {
        let schema = table.schema();
        let grants = match policy {
            TablePolicy::Hidden => return Ok(None),
            TablePolicy::All => None,
            TablePolicy::Some(grants) => {
                let place = |condition: &super::keys::Condition| {
                    Ok((schema.index_of(&condition.column)?, Arc::clone(&condition.keys)))
                };
                Some(grants.iter().map(|grant| grant.iter().map(place).collect()).collect::<Result<_>>()?)
            }
        };
        let files =
            table.files.iter().map(|file| (format!("{}/{}", table.name, file.path), file.bytes)).collect();
        Ok(Some(Self {
            name: table.name.clone(),
            layer: table.contract.layer,
            schema,
            files,
            grants,
            fingerprint,
        }))
    }

    fn nominal_rows(&self) -> usize {
        if self.layer == Layer::Star && self.name.starts_with("fact_") {
            NOMINAL_FACT_ROWS
        } else {
            NOMINAL_DIMENSION_ROWS
        }
    }

    /// Columns that the inner scan reads: those asked for, then key columns that are not among them.
    fn inner_columns(&self, asked: &[usize]) -> Vec<usize> {
        let mut columns = asked.to_vec();
        for (column, _) in self.grants.iter().flatten().flatten() {
            if !columns.contains(column) {
                columns.push(*column);
            }
        }
        columns
    }

    fn row_test(&self, inner: &[usize]) -> Result<RowTest> {
        let Some(grants) = &self.grants else { return Ok(RowTest::All) };
        let place = |(column, keys): &(usize, super::keys::KeySet)| match inner
            .iter()
            .position(|index| index == column)
        {
            Some(position) => Ok((position, Arc::clone(keys))),
            None => internal_err!("a key column is not read"),
        };
        let grants = grants.iter().map(|grant| grant.iter().map(place).collect()).collect::<Result<_>>()?;
        Ok(RowTest::AnyOf(grants))
    }

    fn inner_scan(
        &self,
        state: &dyn Session,
        columns: Vec<usize>,
        filters: &[Expr],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let url = store_url()?;
        let runtime = state.runtime_env();
        // A file never changes under its name, so what its end says of its pages is read once.
        let readers = CachedParquetFileReaderFactory::new(
            runtime.object_store(&url)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let mut source = ParquetSource::new(Arc::clone(&self.schema))
            .with_pushdown_filters(false)
            .with_parquet_file_reader_factory(Arc::new(readers));
        if let Some(filter) =
            conjunction(filters.iter().filter(|filter| is_leakproof(filter, &self.schema)).cloned())
        {
            let schema = datafusion::common::DFSchema::try_from(self.schema.as_ref().clone())?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }
        let files = self
            .files
            .iter()
            .map(|(path, bytes)| PartitionedFile::new(path.clone(), *bytes))
            .collect::<Vec<_>>();
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_group(FileGroup::new(files))
            .with_projection_indices(Some(columns))?
            .build();
        let scan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(config);
        // Here and not by the optimizer: it must not touch what stands below the barrier.
        let split = scan.repartitioned(state.config().target_partitions(), state.config_options())?;
        Ok(split.unwrap_or(scan))
    }
}

#[async_trait]
impl TableProvider for SecuredTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// `limit` is ignored: it must count visible rows, which only the plan above the barrier sees.
    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let asked = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let inner = self.inner_columns(&asked);
        let scan: Arc<dyn ExecutionPlan> = if self.files.is_empty() {
            Arc::new(EmptyExec::new(Arc::new(self.schema.project(&inner)?)))
        } else {
            self.inner_scan(state, inner.clone(), filters)?
        };
        let test = self.row_test(&inner)?;
        let output = (0..asked.len()).collect();
        Ok(Arc::new(PolicyBarrierExec::try_new(scan, test, output, self.fingerprint, self.nominal_rows())?))
    }

    /// Only comparisons that cannot fail are used, and only to skip parts of files.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let support = |filter: &&Expr| {
            if is_leakproof(filter, &self.schema) {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Unsupported
            }
        };
        Ok(filters.iter().map(support).collect())
    }
}

/// Whether a filter compares a column with a literal of the very same type, so that judging it on
/// a hidden row cannot raise an error.
fn is_leakproof(filter: &Expr, schema: &SchemaRef) -> bool {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return false };
    let comparison =
        matches!(op, Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq);
    let same_type = |column: &Expr, literal: &Expr| match (column, literal) {
        (Expr::Column(column), Expr::Literal(value, _)) => {
            schema.field_with_name(&column.name).is_ok_and(|field| is_plain(field.data_type(), value))
        }
        _ => false,
    };
    comparison && (same_type(left, right) || same_type(right, left))
}

fn is_plain(column: &DataType, value: &ScalarValue) -> bool {
    matches!(column, DataType::Int64 | DataType::Date32 | DataType::Utf8View | DataType::Timestamp(_, _))
        && value.data_type() == *column
        && !value.is_null()
}
