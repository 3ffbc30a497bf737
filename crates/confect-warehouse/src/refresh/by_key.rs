//! Tables whose rows go by a key: made anew for the keys that new rows name, taken over for all others.
//!
//! The model's own SQL is run; it sees of its growing inputs only the rows of those keys, old and new. Whether the
//! rows of the other keys may stay is said by [`super::keep`]. The table itself is written whole.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::JoinType;
use datafusion::datasource::MemTable;
use datafusion::prelude::{DataFrame, SessionContext, col};

use super::base::Base;
use crate::engine::builder_session;
use crate::error::WarehouseError;

/// Name of the keys' one column, which no table has.
const KEY: &str = "new_key";

/// What it takes to make the rows of some keys.
pub(super) struct SomeKeys {
    /// The inputs of the model: of growing ones the rows of these keys, the others whole.
    pub(super) context: SessionContext,
    /// The published rows of all other keys.
    pub(super) others: Vec<RecordBatch>,
}

/// A model that goes by a key.
pub(super) struct Question<'a> {
    pub(super) table: &'a str,
    /// The column that the table and its growing inputs have.
    pub(super) column: &'a str,
    pub(super) growing: &'a [String],
    pub(super) reads: &'a BTreeSet<String>,
}

impl Question<'_> {
    /// Looks for the keys of new rows in `fresh`, and for all rows of them in `whole`.
    pub(super) async fn ask(
        &self,
        base: &Base,
        whole: &SessionContext,
        fresh: &SessionContext,
    ) -> Result<SomeKeys, WarehouseError> {
        let keys = self.keys(whole, fresh).await?;
        let context = builder_session()?;
        for read in self.reads {
            if self.growing.contains(read) {
                let all = whole.table(read.as_str()).await?;
                // The few keys are the side that is kept in memory.
                let some = keys.clone().join(all, JoinType::RightSemi, &[KEY], &[self.column], None)?;
                context.register_table(read.as_str(), some.into_view())?;
            } else {
                context.register_table(read.as_str(), whole.table_provider(read.as_str()).await?)?;
            }
        }
        let published = base.frame(whole, self.table).await?;
        let others = keys.join(published, JoinType::RightAnti, &[KEY], &[self.column], None)?;
        Ok(SomeKeys { context, others: others.collect().await? })
    }

    /// The keys that new rows name, each once.
    async fn keys(
        &self,
        whole: &SessionContext,
        fresh: &SessionContext,
    ) -> Result<DataFrame, WarehouseError> {
        let mut keys: Option<DataFrame> = None;
        for input in self.growing {
            let named = fresh.table(input.as_str()).await?.select(vec![col(self.column).alias(KEY)])?;
            keys = Some(match keys {
                None => named,
                Some(keys) => keys.union(named)?,
            });
        }
        let keys =
            keys.ok_or_else(|| WarehouseError::Internal(format!("`{}` grows by nothing", self.table)))?;
        let keys = keys.distinct()?.filter(col(KEY).is_not_null())?;
        let schema = Arc::new(keys.schema().as_arrow().clone());
        let batches = keys.collect().await?;
        Ok(whole.read_table(Arc::new(MemTable::try_new(schema, vec![batches])?))?)
    }
}
