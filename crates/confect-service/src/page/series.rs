//! Numbers over time: every step of a period, gaps told from zeros, and beside each the step compared with.

use std::collections::BTreeMap;

use confect_domain::{Date, Period};
use confect_metrics::{Additivity, Grain, Metric, MetricQuery, Unit, buckets, grain_for};

use super::answer::{MetricInfo, Point, TileBody};
use super::view::View;
use crate::answer::Answer;
use crate::error::ServiceError;

/// Values by the first day of their step.
type Steps = BTreeMap<Date, Option<String>>;

/// The tile `trend`.
pub(super) async fn trend(view: &View<'_>, metric: &str) -> Result<TileBody, ServiceError> {
    let metric = view.metric(metric)?;
    let grain = grain_for(view.period);
    let mut lines = lines(view, &[metric], grain, usize::MAX).await?;
    let points = lines.remove(&metric.id).unwrap_or_default();
    let last_is_partial = points.last().is_some_and(|point| grain.next(point.at) > view.period.to);
    Ok(TileBody::Trend { metric: MetricInfo::of(metric), grain, points, last_is_partial })
}

/// The last `at_most` steps of each metric by its id.
pub(super) async fn lines(
    view: &View<'_>,
    metrics: &[&Metric],
    grain: Grain,
    at_most: usize,
) -> Result<BTreeMap<String, Vec<Point>>, ServiceError> {
    let all = buckets(view.period, grain);
    let skipped = all.len().saturating_sub(at_most);
    let shown: Vec<(Date, Option<Date>)> = match view.baseline {
        None => all.into_iter().skip(skipped).map(|at| (at, None)).collect(),
        Some(baseline) => paired(&all, &buckets(baseline, grain), view.is_yearly && grain == Grain::Month)
            .skip(skipped)
            .collect(),
    };
    let now = ask(view, metrics, grain, shown_part(view.period, shown.first().map(|(at, _)| *at)));
    let then = async {
        match view.baseline {
            None => Ok(None),
            Some(baseline) => {
                let first = shown.first().and_then(|(_, at)| *at);
                ask(view, metrics, grain, shown_part(baseline, first)).await.map(Some)
            }
        }
    };
    let (now, then) = futures::future::try_join(now, then).await?;
    let line = |metric: &&Metric| {
        let (now, then) = (steps(&now, &metric.id), then.as_ref().map(|then| steps(then, &metric.id)));
        let value = |steps: &Steps, at: Date| value_at(view, metric, steps, at, grain);
        let point = |(at, before): &(Date, Option<Date>)| Point {
            at: *at,
            value: value(&now, *at),
            baseline: then.as_ref().zip(*before).and_then(|(then, before)| value(then, before)),
        };
        (metric.id.clone(), shown.iter().map(point).collect())
    };
    Ok(metrics.iter().map(line).collect())
}

/// The part of `period` from the first step that is shown.
fn shown_part(period: Period, first: Option<Date>) -> Period {
    match first {
        Some(first) if first > period.from && first < period.to => Period { from: first, ..period },
        _ => period,
    }
}

/// Each step with the one compared with: by their order, or, for months of last year, by name.
fn paired(steps: &[Date], before: &[Date], by_month: bool) -> impl Iterator<Item = (Date, Option<Date>)> {
    steps.iter().enumerate().map(move |(index, at)| {
        let other = if by_month { Some(at.plus_months(-12)) } else { before.get(index).copied() };
        (*at, other)
    })
}

async fn ask(
    view: &View<'_>,
    metrics: &[&Metric],
    grain: Grain,
    period: Period,
) -> Result<std::sync::Arc<Answer>, ServiceError> {
    let query = MetricQuery {
        metrics: metrics.iter().map(|metric| metric.id.clone()).collect(),
        grain: Some(grain),
        period: Some(period),
        filters: view.filters.clone(),
        ..MetricQuery::default()
    };
    view.ask(&query).await
}

fn steps(answer: &Answer, metric: &str) -> Steps {
    let Some((day, value)) = answer.column("period").zip(answer.column(metric)) else { return Steps::new() };
    let step = |row: usize| {
        let day = answer.cell(row, day).and_then(|text| Date::parse(text.get(..10)?))?;
        Some((day, answer.cell(row, value).map(str::to_owned)))
    };
    (0..answer.rows.len()).filter_map(step).collect()
}

/// A step without rows is 0 for what is counted and summed, and nothing for ratios. Outside the days of
/// the data nothing is known, and that is not 0.
fn value_at(view: &View<'_>, metric: &Metric, steps: &Steps, at: Date, grain: Grain) -> Option<String> {
    if let Some(value) = steps.get(&at) {
        return value.clone();
    }
    let is_known = at < view.data.to && view.data.from < grain.next(at);
    let starts_at_zero =
        metric.additivity == Additivity::Additive || matches!(metric.unit, Unit::Count | Unit::Quantity);
    (is_known && starts_at_zero).then(|| "0".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn months_meet_the_same_month_of_last_year_even_when_days_are_shifted() {
        let period = Period { from: date("2011-02-28"), to: date("2011-06-10") };
        let (now, before) = (buckets(period, Grain::Month), buckets(period.last_year(), Grain::Month));
        assert_ne!(now.len(), before.len(), "the case that order alone gets wrong");
        let pairs: Vec<_> = paired(&now, &before, true).collect();
        assert_eq!(pairs[1], (date("2011-03-01"), Some(date("2010-03-01"))));
    }

    #[test]
    fn weeks_meet_in_their_order() {
        let period = Period { from: date("2011-09-01"), to: date("2011-12-10") };
        let (now, before) = (buckets(period, Grain::Week), buckets(period.last_year(), Grain::Week));
        let pairs: Vec<_> = paired(&now, &before, false).collect();
        assert!(pairs.iter().all(|(at, other)| *other == Some(at.plus_days(-364))));
    }
}
