//! `PolicyBarrierExec`: the plan node that drops hidden rows, and through which nothing passes down.
//!
//! It judges each row itself, so there is no `FilterExec` that the optimizer could merge a viewer's
//! predicate into. It accepts no filter, no limit, no projection and no sort from above, and what
//! it says of its size depends on the table's kind only, never on its rows.

use std::fmt;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::buffer::BooleanBuffer;
use arrow::compute::filter_record_batch;
use arrow::datatypes::{Int64Type, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties,
};
use futures::StreamExt;

use super::keys::KeySet;

/// Identifies a policy on a publication; a plan's barriers must all carry the query's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(pub(crate) [u8; 32]);

/// Which rows of the input are visible: all conditions of one of the grants.
#[derive(Clone, Debug)]
pub(crate) enum RowTest {
    /// Every row.
    All,
    /// Per grant: (index of the key column in the input, keys admitted).
    AnyOf(Vec<Vec<(usize, KeySet)>>),
}

impl RowTest {
    fn mask(&self, batch: &RecordBatch) -> Result<Option<BooleanArray>> {
        let Self::AnyOf(grants) = self else { return Ok(None) };
        let rows = batch.num_rows();
        let mut visible = BooleanBuffer::new_unset(rows);
        for conditions in grants {
            let mut admitted = BooleanBuffer::new_set(rows);
            for (column, keys) in conditions {
                let Some(values) = batch.column(*column).as_primitive_opt::<Int64Type>() else {
                    return internal_err!("a key column is not an integer");
                };
                let passes = BooleanBuffer::collect_bool(rows, |row| {
                    values.is_valid(row) && keys.contains(&values.value(row))
                });
                admitted = &admitted & &passes;
            }
            visible = &visible | &admitted;
        }
        Ok(Some(BooleanArray::new(visible, None)))
    }
}

/// Drops hidden rows and keeps the columns that were asked for.
#[derive(Debug)]
pub(crate) struct PolicyBarrierExec {
    input: Arc<dyn ExecutionPlan>,
    test: RowTest,
    /// Columns of the input that go up.
    output: Vec<usize>,
    schema: SchemaRef,
    fingerprint: Fingerprint,
    /// A size that depends on the kind of the table only.
    nominal_rows: usize,
    properties: Arc<PlanProperties>,
}

impl PolicyBarrierExec {
    pub(crate) fn try_new(
        input: Arc<dyn ExecutionPlan>,
        test: RowTest,
        output: Vec<usize>,
        fingerprint: Fingerprint,
        nominal_rows: usize,
    ) -> Result<Self> {
        let schema = Arc::new(input.schema().project(&output)?);
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            EmissionType::Incremental,
            input.boundedness(),
        ));
        Ok(Self { input, test, output, schema, fingerprint, nominal_rows, properties })
    }

    pub(crate) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }
}

impl DisplayAs for PolicyBarrierExec {
    fn fmt_as(&self, _format: DisplayFormatType, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PolicyBarrierExec: applied")
    }
}

impl ExecutionPlan for PolicyBarrierExec {
    fn name(&self) -> &str {
        "PolicyBarrierExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    /// Repartitioning below the barrier would put another node between it and the scan.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    /// It does keep the order, but saying so invites the optimizer to sort below the barrier, where
    /// a viewer's sort expression would be evaluated on hidden rows.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(input), true) = (children.pop(), children.is_empty()) else {
            return internal_err!("a barrier has one input");
        };
        // A changed input schema would make the key columns' places wrong.
        if input.schema() != self.input.schema() {
            return internal_err!("the input of a barrier must keep its columns");
        }
        Ok(Arc::new(Self::try_new(
            input,
            self.test.clone(),
            self.output.clone(),
            self.fingerprint,
            self.nominal_rows,
        )?))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        use datafusion::physical_plan::execution_plan::ChildrenPropertiesMode;
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (test, output, schema) = (self.test.clone(), self.output.clone(), Arc::clone(&self.schema));
        let rows = self.input.execute(partition, context)?.map(move |batch| {
            let batch = batch?;
            let visible = match test.mask(&batch)? {
                Some(mask) => filter_record_batch(&batch, &mask)?,
                None => batch,
            };
            let columns = output.iter().map(|index| Arc::clone(visible.column(*index))).collect();
            let options = RecordBatchOptions::new().with_row_count(Some(visible.num_rows()));
            Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), rows)))
    }

    fn statistics_from_inputs(
        &self,
        _inputs: &[Arc<Statistics>],
        _arguments: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut statistics = Statistics::new_unknown(&self.schema);
        statistics.num_rows = Precision::Inexact(self.nominal_rows);
        Ok(Arc::new(statistics))
    }
}
