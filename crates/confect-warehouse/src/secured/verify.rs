//! The last look before a viewer's query runs. Fails closed: what is not known to be safe is refused.
//!
//! Logical plan: every node is a kind of query, every table is a [`SecuredTable`].
//! Physical plan: every file scan stands directly below a barrier that carries the request's own
//! fingerprint; every other leaf holds literals only.

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::work_table::WorkTableExec;

use super::barrier::{Fingerprint, PolicyBarrierExec};
use super::table::SecuredTable;

/// Why a plan is not run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unsafe(pub(crate) String);

/// Checks every node of a logical plan, those of sub-queries included.
pub(crate) fn verify_logical(plan: &LogicalPlan) -> Result<(), Unsafe> {
    let mut problem = None;
    let visited = plan.apply_with_subqueries(|node| {
        problem = logical_problem(node);
        Ok(if problem.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    match (visited, problem) {
        (_, Some(problem)) => Err(Unsafe(problem)),
        (Err(error), None) => Err(Unsafe(error.to_string())),
        (Ok(_), None) => Ok(()),
    }
}

fn logical_problem(node: &LogicalPlan) -> Option<String> {
    use LogicalPlan as P;
    match node {
        P::TableScan(scan) => {
            // The rows of a recursive query so far are a table of the engine's own making.
            let provider = match source_as_provider(&scan.source) {
                Ok(provider) => provider,
                Err(_) => return Some("a table of unknown origin".to_owned()),
            };
            let any: &dyn std::any::Any = provider.as_ref();
            let secured =
                any.is::<SecuredTable>() || any.is::<datafusion::datasource::cte_worktable::CteWorkTable>();
            (!secured).then(|| format!("table `{}` is not secured", scan.table_name))
        }
        P::Projection(_)
        | P::Filter(_)
        | P::Window(_)
        | P::Aggregate(_)
        | P::Sort(_)
        | P::Join(_)
        | P::Repartition(_)
        | P::Union(_)
        | P::EmptyRelation(_)
        | P::Subquery(_)
        | P::SubqueryAlias(_)
        | P::Limit(_)
        | P::Values(_)
        | P::Distinct(_)
        | P::Unnest(_)
        | P::RecursiveQuery(_) => None,
        other => Some(format!("a query may not hold `{}`", other.display())),
    }
}

/// Checks every leaf of a physical plan.
pub(crate) fn verify_physical(plan: &dyn ExecutionPlan, expected: Fingerprint) -> Result<(), Unsafe> {
    if let Some(barrier) = downcast::<PolicyBarrierExec>(plan) {
        if barrier.fingerprint() != expected {
            return Err(Unsafe("a barrier of another policy".to_owned()));
        }
        return verify_below_barrier(barrier);
    }
    let children = plan.children();
    if children.is_empty() {
        return if is_literal_leaf(plan) {
            Ok(())
        } else {
            Err(Unsafe(format!("`{}` has no barrier above it", plan.name())))
        };
    }
    children.into_iter().try_for_each(|child| verify_physical(child.as_ref(), expected))
}

/// Below a barrier stands the scan of a table, nothing else.
fn verify_below_barrier(barrier: &PolicyBarrierExec) -> Result<(), Unsafe> {
    let mut node = match barrier.children().as_slice() {
        [child] => *child,
        _ => return Err(Unsafe("a barrier has one input".to_owned())),
    };
    while let Some(cooperative) = downcast::<CooperativeExec>(node.as_ref()) {
        match cooperative.children().as_slice() {
            [child] => node = *child,
            _ => return Err(Unsafe("unexpected shape below a barrier".to_owned())),
        }
    }
    let plain =
        downcast::<DataSourceExec>(node.as_ref()).is_some() || downcast::<EmptyExec>(node.as_ref()).is_some();
    if plain { Ok(()) } else { Err(Unsafe(format!("`{}` below a barrier", node.name()))) }
}

/// Leaves that hold nothing but what the query's own text says.
fn is_literal_leaf(plan: &dyn ExecutionPlan) -> bool {
    if let Some(source) = downcast::<DataSourceExec>(plan) {
        let source: &dyn std::any::Any = source.data_source().as_ref();
        return source.is::<MemorySourceConfig>();
    }
    downcast::<EmptyExec>(plan).is_some()
        || downcast::<PlaceholderRowExec>(plan).is_some()
        || downcast::<WorkTableExec>(plan).is_some()
}

fn downcast<T: 'static>(plan: &dyn ExecutionPlan) -> Option<&T> {
    let any: &dyn std::any::Any = plan;
    any.downcast_ref::<T>()
}
