//! The tile `bars`: the largest members of a dimension, and the rest as one.
//!
//! Its own filter is left out, so that the members not chosen stay in sight and can be chosen.

use std::collections::BTreeMap;

use confect_domain::decimal::{SCALE, format_scaled, parse_scaled};
use confect_domain::{Entity, Period};
use confect_metrics::{Additivity, Metric, MetricQuery, OrderBy};
use confect_project::Page;

use super::answer::{BarRow, MetricInfo, Rest, TileBody};
use super::view::View;
use crate::answer::Answer;
use crate::error::ServiceError;

/// Members that are looked at; what is beyond is too small to matter.
const MAX_MEMBERS: u32 = 20_000;
/// What a missing member is called.
const UNKNOWN: &str = "Unknown";

/// The bars of the first of `by` that has at least two members.
pub(super) async fn tile(
    view: &View<'_>,
    page: &Page,
    metric: &str,
    by: &[String],
    limit: u32,
) -> Result<TileBody, ServiceError> {
    let metric = view.metric(metric)?;
    let Some(dimension) = chosen(view, by) else { return Ok(missing(view, by)) };
    let then = async {
        match view.baseline {
            Some(baseline) => members(view, metric, dimension, baseline).await.map(Some),
            None => Ok(None),
        }
    };
    let (now, then) = futures::future::try_join(members(view, metric, dimension, view.period), then).await?;
    let before: Option<BTreeMap<&str, Option<&str>>> =
        then.as_deref().map(|then| by_key(then).into_iter().collect());
    let all = by_key(&now);
    let (shown, rest) = all.split_at(all.len().min(limit as usize));
    let row = |(key, value): &(&str, Option<&str>)| BarRow {
        key: (*key).to_owned(),
        value: value.map(str::to_owned),
        baseline: before
            .as_ref()
            .and_then(|before| before.get(key).copied().unwrap_or(zero(metric)))
            .map(str::to_owned),
    };
    let rows: Vec<BarRow> = shown.iter().map(row).collect();
    let other = (!rest.is_empty()).then(|| Rest {
        members: rest.len(),
        value: sum(metric, rest.iter().map(|(_, value)| *value)),
        baseline: before.as_ref().and_then(|before| {
            let shown = |key: &str| shown.iter().any(|(other, _)| *other == key);
            sum(metric, before.iter().filter(|(key, _)| !shown(key)).map(|(_, value)| *value))
        }),
    });
    let filter = page.filters.contains(dimension).then(|| dimension.clone());
    Ok(TileBody::Bars { metric: MetricInfo::of(metric), filter, rows, other })
}

fn chosen<'b>(view: &View<'_>, by: &'b [String]) -> Option<&'b String> {
    let with_at_least = |count: usize| by.iter().find(|dimension| view.members(dimension).len() >= count);
    with_at_least(2).or_else(|| with_at_least(1))
}

async fn members(
    view: &View<'_>,
    metric: &Metric,
    dimension: &str,
    period: Period,
) -> Result<std::sync::Arc<Answer>, ServiceError> {
    let query = MetricQuery {
        metrics: vec![metric.id.clone()],
        by: vec![dimension.to_owned()],
        period: Some(period),
        filters: view.filters.iter().filter(|filter| filter.dimension != dimension).cloned().collect(),
        order: Some(OrderBy { column: metric.id.clone(), descending: true }),
        limit: Some(MAX_MEMBERS),
        ..MetricQuery::default()
    };
    view.ask(&query).await
}

/// Members with their values, in the answer's order.
fn by_key(answer: &Answer) -> Vec<(&str, Option<&str>)> {
    (0..answer.rows.len()).map(|row| (answer.cell(row, 0).unwrap_or(UNKNOWN), answer.cell(row, 1))).collect()
}

/// What a member without rows counts for.
fn zero(metric: &Metric) -> Option<&'static str> {
    (metric.additivity == Additivity::Additive).then_some("0")
}

/// The exact sum; `None` for a metric whose parts do not add up.
fn sum<'a>(metric: &Metric, values: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    if metric.additivity != Additivity::Additive {
        return None;
    }
    let total = values
        .map(|value| value.map_or(Some(0), parse_scaled))
        .try_fold(0_i128, |sum, value| sum.checked_add(value?));
    total.map(|total| format_scaled(total, SCALE))
}

fn missing(view: &View<'_>, by: &[String]) -> TileBody {
    let dimensions = || by.iter().filter_map(|id| view.catalogue().dimension(id));
    let names: Vec<&str> = dimensions().map(|dimension| dimension.name.as_str()).collect();
    let needs = dimensions().find_map(|dimension| dimension.requires).map_or("", Entity::name);
    let message = match needs {
        "" => format!("No {} to show.", names.join(" or ").to_lowercase()),
        needs => format!("{} needs the entity `{needs}`, and no source provides it yet.", names.join(" or ")),
    };
    TileBody::Missing { needs: needs.to_owned(), message }
}
