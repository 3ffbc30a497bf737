//! The semantic layer: measures, metrics and dimensions, and the one way from a question and a
//! viewer to SQL that may be run.
//!
//! A metric is defined once, as arithmetic over measures; a measure is one aggregate over one fact.
//! [`Catalogue::authorise`] compiles a [`MetricQuery`] for an [`Access`] into an [`AuthorisedQuery`],
//! the only thing that the warehouse runs. Ratios are recomputed from their parts at every grain.
//! Pure: no engine, no files, no clock. Deliberately absent: row filters. They live below SQL, in the
//! warehouse's table scan, and travel beside the SQL as a [`confect_domain::RowPolicy`].

mod access;
mod baskets;
mod catalogue;
mod compile;
mod definition;
mod error;
mod expression;
mod lookup;
mod period;
mod query;
mod sql;
mod statement;

pub use access::{Access, AuthorisedQuery, ColumnRole, ResultColumn};
pub use baskets::{BasketScope, ItemLevel, RULES_TABLE};
pub use catalogue::Catalogue;
pub use definition::{
    Additivity, Aggregate, Condition, Dimension, Direction, Literal, Measure, Metric, Unit,
};
pub use error::{Definition, MetricError};
pub use expression::{Expression, ExpressionError};
pub use lookup::{CustomerOrder, MAX_SQL_BYTES, authorise_sql};
pub use period::{Comparison, Coverage, Range, baseline, buckets, coverage, grain_for};
pub use query::{Filter, Grain, MetricQuery, OrderBy};
pub use statement::{Argument, authorise_statement};
