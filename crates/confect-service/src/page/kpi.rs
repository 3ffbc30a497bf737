//! The tile `kpi`: one number, the number compared with, and a small line. All of a page's are asked for
//! together, so that six tiles cost four questions.

use std::collections::BTreeMap;
use std::sync::Arc;

use confect_domain::Period;
use confect_metrics::{Grain, Metric, MetricQuery};
use confect_project::{Tile, TileKind};

use super::answer::{MetricInfo, Point, TileBody};
use super::series::lines;
use super::view::View;
use crate::answer::Answer;
use crate::error::ServiceError;

/// Points of the small line.
const SPARK_POINTS: usize = 13;

/// The numbers of all tiles of the kind.
#[derive(Default)]
pub(super) struct Numbers {
    now: Arc<Answer>,
    then: Option<Arc<Answer>>,
    sparks: BTreeMap<String, Vec<Point>>,
    /// Why a metric cannot be shown.
    objections: BTreeMap<String, String>,
}

/// Asks for the metrics of all tiles of the kind.
pub(super) async fn numbers(view: &View<'_>, tiles: &[&Tile]) -> Result<Numbers, ServiceError> {
    let mut found = Numbers::default();
    let mut metrics: Vec<&Metric> = Vec::new();
    for tile in tiles {
        let TileKind::Kpi { metric } = &tile.kind else { continue };
        match answerable(view, metric) {
            Ok(metric) if metrics.iter().any(|other| other.id == metric.id) => {}
            Ok(metric) => metrics.push(metric),
            Err(ServiceError::Metric(error)) => {
                found.objections.insert(metric.clone(), super::answer::capitalised(&error.to_string()));
            }
            Err(error) => return Err(error),
        }
    }
    if metrics.is_empty() {
        return Ok(found);
    }
    let then = async {
        match view.baseline {
            Some(baseline) => view.ask(&totals(view, &metrics, baseline)).await.map(Some),
            None => Ok(None),
        }
    };
    let now_query = totals(view, &metrics, view.period);
    let spark = lines(view, &metrics, spark_grain(view.period), SPARK_POINTS);
    let (now, then, sparks) = futures::future::try_join3(view.ask(&now_query), then, spark).await?;
    Ok(Numbers { now, then, sparks, ..found })
}

/// The tile of one metric.
pub(super) fn tile(view: &View<'_>, metric: &str, numbers: &Numbers) -> TileBody {
    let known = view.metric(metric);
    if let Some(message) = numbers.objections.get(metric) {
        return TileBody::Missing { needs: String::new(), message: message.clone() };
    }
    match known {
        Ok(metric) => TileBody::Kpi {
            metric: MetricInfo::of(metric),
            value: numbers.now.first(&metric.id).map(str::to_owned),
            baseline: numbers.then.as_ref().and_then(|then| then.first(&metric.id)).map(str::to_owned),
            spark: numbers.sparks.get(&metric.id).cloned().unwrap_or_default(),
        },
        Err(error) => TileBody::Missing { needs: String::new(), message: error.to_string() },
    }
}

fn answerable<'a>(view: &View<'a>, metric: &str) -> Result<&'a Metric, ServiceError> {
    let metric = view.metric(metric)?;
    view.check(&totals(view, &[metric], view.period))?;
    Ok(metric)
}

fn totals(view: &View<'_>, metrics: &[&Metric], period: Period) -> MetricQuery {
    MetricQuery {
        metrics: metrics.iter().map(|metric| metric.id.clone()).collect(),
        period: Some(period),
        filters: view.filters.clone(),
        ..MetricQuery::default()
    }
}

/// Days for up to three weeks, weeks for up to a quarter, else months: never fewer than a line needs.
fn spark_grain(period: Period) -> Grain {
    match period.days() {
        ..=21 => Grain::Day,
        22..=92 => Grain::Week,
        _ => Grain::Month,
    }
}
