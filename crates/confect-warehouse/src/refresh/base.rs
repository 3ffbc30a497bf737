//! The tables of the publication that a refresh adds to.

use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int64Type};
use confect_domain::{Balance, Bucket, Entity};
use datafusion::prelude::{DataFrame, ParquetReadOptions, SessionContext, col, lit};
use url::Url;

use super::reconcile::LineKind;
use super::record::FileRecord;
use crate::engine::empty_table;
use crate::error::WarehouseError;
use crate::publish::{Publication, PublishedTable};

/// What was published last.
#[derive(Clone, Debug)]
pub(super) struct Base {
    folder: PathBuf,
    pub(super) publication: Publication,
}

/// The account of files that are not read again.
#[derive(Clone, Debug, Default)]
pub(super) struct OldFiles {
    pub(super) files: Vec<FileRecord>,
    pub(super) kinds: Vec<LineKind>,
}

impl Base {
    pub(super) fn new(folder: &Path, publication: Publication) -> Self {
        Self { folder: folder.to_owned(), publication }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn table(&self, name: &str) -> Result<&PublishedTable, WarehouseError> {
        let missing = || WarehouseError::MustRebuild(format!("`{name}` was not stored"));
        self.publication.table(name).ok_or_else(missing)
    }

    /// The table as it was published; nothing is read yet.
    pub(super) async fn frame(
        &self,
        context: &SessionContext,
        name: &str,
    ) -> Result<DataFrame, WarehouseError> {
        self.frame_of(context, self.table(name)?).await
    }

    /// The rows of some files of a table.
    pub(super) async fn frame_of(
        &self,
        context: &SessionContext,
        table: &PublishedTable,
    ) -> Result<DataFrame, WarehouseError> {
        if table.files.is_empty() {
            return Ok(context.read_table(empty_table(table.schema())?)?);
        }
        let folder = self.folder.join("tables").join(&table.name);
        // As addresses, so that nothing in the folder's name is taken for a pattern.
        let paths = table.files.iter().map(|file| {
            let path = folder.join(&file.path);
            let failed = |()| WarehouseError::Internal(format!("`{}` is no absolute path", path.display()));
            Url::from_file_path(&path).map(String::from).map_err(failed)
        });
        let schema = table.schema();
        let options = ParquetReadOptions::default().schema(&schema);
        Ok(context.read_parquet(paths.collect::<Result<Vec<_>, _>>()?, options).await?)
    }

    /// All rows of a small table.
    pub(super) async fn rows(
        &self,
        context: &SessionContext,
        name: &str,
    ) -> Result<Vec<RecordBatch>, WarehouseError> {
        Ok(self.frame(context, name).await?.collect().await?)
    }

    /// The rows that were set aside of the files of these sources.
    pub(super) async fn old_quarantine(
        &self,
        context: &SessionContext,
        sources: &[String],
    ) -> Result<Vec<RecordBatch>, WarehouseError> {
        let names = sources.iter().map(|source| lit(source.as_str())).collect();
        let frame = self.frame(context, super::quarantine::NAME).await?;
        Ok(frame.filter(col("source").in_list(names, false))?.collect().await?)
    }

    /// The account of the files of these sources, as `fact_reconciliation` keeps it.
    pub(super) async fn old_files(
        &self,
        context: &SessionContext,
        sources: &[String],
    ) -> Result<OldFiles, WarehouseError> {
        let mut old = OldFiles::default();
        for batch in self.rows(context, super::reconcile::NAME).await? {
            let text = |name: &str, row: usize| -> Option<String> {
                let column = batch.column_by_name(name)?.as_string_view_opt()?;
                column.is_valid(row).then(|| column.value(row).to_owned())
            };
            let number = |name: &str, row: usize| -> Option<i64> {
                Some(batch.column_by_name(name)?.as_primitive_opt::<Int64Type>()?.value(row))
            };
            for row in 0..batch.num_rows() {
                let entry = || {
                    let amounts = batch.column_by_name("amount")?.as_primitive_opt::<Decimal128Type>()?;
                    let rows = u64::try_from(number("rows", row)?).ok()?;
                    let rows_without_amount = u64::try_from(number("rows_without_amount", row)?).ok()?;
                    let bucket = Bucket { rows, amount: amounts.value(row), rows_without_amount };
                    let entity = text("entity", row)?;
                    let entity = Entity::ALL.into_iter().find(|known| known.name() == entity)?;
                    Some((text("source", row)?, entity, text("file", row)?, text("bucket", row)?, bucket))
                };
                let damaged = || WarehouseError::MustRebuild("the account of the old files".to_owned());
                let (source, entity, file, kind, bucket) = entry().ok_or_else(damaged)?;
                if sources.contains(&source) {
                    old.add(source, entity, file, kind, bucket);
                }
            }
        }
        Ok(old)
    }
}

impl OldFiles {
    fn add(&mut self, source: String, entity: Entity, label: String, kind: String, bucket: Bucket) {
        let known = self.files.iter().rposition(|file| file.source == source && file.label == label);
        let place = known.unwrap_or_else(|| {
            let (encoding, balance) = (String::new(), Balance::default());
            let label = label.clone();
            let file = FileRecord { source, entity, label, balance, encoding, delimiter: ' ', superseded: 0 };
            self.files.push(file);
            self.files.len() - 1
        });
        let Some(file) = self.files.get_mut(place) else { return };
        file.balance.rows_in += bucket.rows;
        match kind.as_str() {
            "duplicates" => file.balance.deduplicated.merge(&bucket),
            "quarantine" => file.balance.quarantined.merge(&bucket),
            _ => {
                file.balance.loaded.merge(&bucket);
                if entity == Entity::SaleLines && kind != "loaded" {
                    self.kinds.push(LineKind { file: label, kind, bucket });
                }
            }
        }
    }
}
