//! The tile `table`: dimensions and metrics in rows, the largest first.

use confect_metrics::{Filter, MetricQuery, OrderBy};

use super::answer::{ColumnInfo, MetricInfo, TileBody};
use super::view::View;
use crate::error::ServiceError;

/// The first `limit` rows, sorted by the first metric, and how many there are.
pub(super) async fn tile(
    view: &View<'_>,
    by: &[String],
    metrics: &[String],
    limit: u32,
    only: &[Filter],
) -> Result<TileBody, ServiceError> {
    let query = MetricQuery {
        metrics: metrics.to_vec(),
        by: by.to_vec(),
        period: Some(view.period),
        filters: view.filters.iter().chain(only).cloned().collect(),
        order: metrics.first().map(|metric| OrderBy { column: metric.clone(), descending: true }),
        limit: Some(limit),
        ..MetricQuery::default()
    };
    let (answer, total_rows) = futures::future::try_join(view.ask(&query), view.count(&query)).await?;
    let columns =
        by.iter().map(|id| text_column(view, id)).chain(metrics.iter().map(|id| metric_column(view, id)));
    Ok(TileBody::Table { columns: columns.collect::<Result<_, _>>()?, rows: answer.rows.clone(), total_rows })
}

fn text_column(view: &View<'_>, id: &str) -> Result<ColumnInfo, ServiceError> {
    let label =
        view.catalogue().dimension(id).map_or_else(|| id.to_owned(), |dimension| dimension.name.clone());
    Ok(ColumnInfo { id: id.to_owned(), label, metric: None })
}

fn metric_column(view: &View<'_>, id: &str) -> Result<ColumnInfo, ServiceError> {
    let metric = view.metric(id)?;
    Ok(ColumnInfo { id: id.to_owned(), label: metric.name.clone(), metric: Some(MetricInfo::of(metric)) })
}
