//! `rfm`: scores and segments of every customer as of each month, and what the bins held.
//!
//! Reads rows of `customer_orders`. A snapshot of a month knows what happened before the first day of the next
//! one; the last snapshot knows what happened before `as_of_date`, so that it agrees with the single customer view.
//! Parts: the scores, and `bins`.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch};
use confect_analytics::cohort::Grain;
use confect_analytics::orders::Order;
use confect_analytics::rfm::{Binning, Frequency, Rfm, RfmOptions, SegmentMap, score_rfm};
use confect_domain::problem::printable;
use confect_domain::{Date, ParameterValue, Parameters, Problem, ProblemKind};

use super::orders::{Orders, notes};
use super::{MethodError, MethodOutput, columns};

/// What a project may set.
const PARAMETERS: [&str; 13] = [
    "bins",
    "binning",
    "recency",
    "frequency",
    "monetary",
    "recency_thresholds",
    "frequency_thresholds",
    "monetary_thresholds",
    "weights",
    "frequency_counts",
    "segments",
    "history_months",
    "most_rows",
];
const BINNINGS: [&str; 4] = ["ties_together", "ntile", "quantiles", "rank_quantiles"];
/// No segment.
const NOBODY: u16 = u16::MAX;
/// Ten-thousandths in a unit of money.
const UNIT: f64 = 10_000.0;

struct Options {
    /// Everything but the days.
    scores: RfmOptions,
    history_months: i64,
    most_rows: i64,
}

pub(super) fn check(parameters: &Parameters) -> Result<(), Problem> {
    options(parameters).map(|_| ())
}

fn options(parameters: &Parameters) -> Result<Options, Problem> {
    parameters.only(&PARAMETERS)?;
    let bins = parameters.integer("bins", 5, 2, 9)?;
    let bins = u8::try_from(bins).unwrap_or(5);
    let usual = parameters.word("binning", "ties_together", &BINNINGS)?;
    let binning = |measure: &str, thresholds: &str, unit: f64| -> Result<Binning, Problem> {
        let word = parameters.word(measure, usual, &BINNINGS)?;
        if let Some(edges) = parameters.numbers(thresholds)? {
            return cut_at(parameters, thresholds, &edges, unit, bins);
        }
        Ok(match word {
            "ntile" => Binning::Ntile,
            "quantiles" => Binning::Quantiles,
            "rank_quantiles" => Binning::RankQuantiles,
            _ => Binning::TiesTogether,
        })
    };
    let counts = parameters.word("frequency_counts", "orders", &["orders", "days"])?;
    let scores = RfmOptions {
        recency: binning("recency", "recency_thresholds", 1.0)?,
        frequency: binning("frequency", "frequency_thresholds", 1.0)?,
        monetary: binning("monetary", "monetary_thresholds", UNIT)?,
        bins,
        weights: weights(parameters)?,
        segments: segments(parameters, bins)?,
        frequency_counts: if counts == "days" { Frequency::Days } else { Frequency::Orders },
        ..RfmOptions::as_of(Date::from_days(0))
    };
    // Whatever is left to say is about these together.
    scores.check()?;
    Ok(Options {
        scores,
        history_months: parameters.integer("history_months", 24, 1, 1_200)?,
        most_rows: parameters.integer("most_rows", 5_000_000, 1, i64::MAX)?,
    })
}

fn refused(parameters: &Parameters, name: &str, expected: &str) -> Problem {
    let unset =
        || Problem::new(ProblemKind::Config, "bad-parameter", format!("parameter `{name}` is not set"));
    parameters.get(name).map_or_else(unset, |parameter| parameter.refused(name, expected))
}

fn cut_at(
    parameters: &Parameters,
    name: &str,
    edges: &[f64],
    unit: f64,
    bins: u8,
) -> Result<Binning, Problem> {
    let scaled: Vec<i64> = edges.iter().map(|edge| (edge * unit).round() as i64).collect();
    let ascending = scaled.windows(2).all(|pair| pair.first() < pair.last());
    if edges.iter().any(|edge| !edge.is_finite()) || scaled.len() + 1 != usize::from(bins) || !ascending {
        let expected = format!("{} ascending numbers: one fewer than `bins`", bins - 1);
        return Err(refused(parameters, name, &expected));
    }
    Ok(Binning::Thresholds(scaled))
}

fn weights(parameters: &Parameters) -> Result<[f64; 3], Problem> {
    let Some(weights) = parameters.numbers("weights")? else { return Ok([1.0; 3]) };
    let fine = weights.iter().all(|weight| (0.0..=1e6).contains(weight)) && weights.iter().sum::<f64>() > 0.0;
    let three: Option<[f64; 3]> = weights.try_into().ok();
    let expected = "three numbers for recency, frequency and monetary value, none below 0 and one above";
    three.filter(|_| fine).ok_or_else(|| refused(parameters, "weights", expected))
}

/// `standard`, `recency_and_frequency`, or lines `scores,name`.
fn segments(parameters: &Parameters, bins: u8) -> Result<SegmentMap, Problem> {
    let name = "segments";
    let shipped = |word: &str| match word {
        "recency_and_frequency" => SegmentMap::by_recency_and_frequency(),
        _ => SegmentMap::standard(),
    };
    match parameters.get(name) {
        Some(parameter) if matches!(parameter.value, ParameterValue::List(_)) => {
            let lines = parameters.texts(name)?.unwrap_or_default().join("\n");
            SegmentMap::parse(&lines, bins).map_err(|problem| {
                let message = format!("parameter `{name}`: {}", printable(&problem.message));
                let missing = problem.detail.map(|codes| format!("without a name: {}", printable(&codes)));
                let mut told = Problem::new(ProblemKind::Config, "bad-parameter", message)
                    .with_detail(&*parameter.place);
                told.hints.extend(missing.into_iter().chain(problem.hints));
                told.with_hint("each line is `scores,name`, such as `[45]5*,Champions`")
            })
        }
        _ if bins == 5 => {
            parameters.word(name, "standard", &["standard", "recency_and_frequency"]).map(shipped)
        }
        Some(parameter) => {
            let expected = format!("a list of lines `scores,name` for {bins} scores");
            Err(parameter.refused(name, &expected))
        }
        None => Err(refused(parameters, "bins", "5, or another number with a list of `segments` for it")),
    }
}

/// One snapshot, and the segments of the one before it.
struct Snapshot {
    month: Date,
    rfm: Rfm,
    /// By customer; [`NOBODY`] for those who had not bought yet.
    before: Vec<u16>,
}

pub(super) fn run(orders: &Orders, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let options = options(parameters)?;
    let snapshots = snapshots(orders, &options)?;
    let findings = snapshots.last().map_or(Vec::new(), |last| notes(&last.rfm.caveats, "rfm"));
    let parts = BTreeMap::from([("", scores(orders, &snapshots)?), ("bins", bins(&snapshots)?)]);
    Ok(MethodOutput { parts, findings })
}

fn snapshots(orders: &Orders, options: &Options) -> Result<Vec<Snapshot>, MethodError> {
    let purchases = orders.list.iter().filter(|order| order.is_purchase);
    let (Some(as_of), Some(first)) = (orders.as_of, purchases.map(|order| order.day).min()) else {
        return Ok(Vec::new());
    };
    let last = Grain::Month.index(as_of.plus_days(-1));
    // Of those who had bought when the month began: the days of a month keep the same months.
    let known = customers_before(orders, Grain::Month.start(last));
    let fitting = options.most_rows / i64::try_from(known.max(1)).unwrap_or(i64::MAX);
    let months = i32::try_from(options.history_months.min(fitting).max(1)).unwrap_or(i32::MAX);
    let start = last.saturating_sub(months - 1).max(Grain::Month.index(first));
    let mut snapshots: Vec<Snapshot> = Vec::new();
    let mut before = Vec::new();
    // One more than is kept, for the segments before.
    for month in start.saturating_sub(1)..=last {
        let day = if month == last { as_of } else { Grain::Month.start(month + 1) };
        let mut scores = options.scores.clone();
        (scores.as_of, scores.seen_to) = (day, day.plus_days(-1));
        let rfm = score_rfm(&orders.list, &scores)?;
        let mut segments = vec![NOBODY; orders.customers()];
        for row in &rfm.rows {
            if let Some(segment) = usize::try_from(row.customer).ok().and_then(|at| segments.get_mut(at)) {
                *segment = row.segment;
            }
        }
        let before = std::mem::replace(&mut before, segments);
        if month >= start {
            snapshots.push(Snapshot { month: Grain::Month.start(month), rfm, before });
        }
    }
    Ok(snapshots)
}

/// Customers with a purchase before that day.
fn customers_before(orders: &Orders, day: Date) -> usize {
    let bought = |own: &&[Order]| own.iter().any(|order| order.is_purchase && order.day < day);
    orders.list.chunk_by(|left, right| left.customer == right.customer).filter(bought).count()
}

fn scores(orders: &Orders, snapshots: &[Snapshot]) -> Result<RecordBatch, MethodError> {
    let latest = snapshots.last().map(|snapshot| snapshot.month);
    let rows = || snapshots.iter().flat_map(|at| at.rfm.rows.iter().map(move |row| (at, row)));
    let integer = |value: fn(&confect_analytics::rfm::RfmRow) -> i64| {
        columns::integers(rows().map(|(_, row)| Some(value(row))))
    };
    fn name(at: &Snapshot, segment: u16) -> Option<&str> {
        at.rfm.segments.get(usize::from(segment)).map(|segment| segment.name.as_str())
    }
    let before = rows().map(|(at, row)| {
        let known = usize::try_from(row.customer).ok().and_then(|customer| at.before.get(customer));
        known.and_then(|segment| name(at, *segment))
    });
    let country: ArrayRef = columns::integers(rows().map(|(_, row)| Some(orders.country(row.customer))));
    columns::table(vec![
        ("customer_id", orders.ids(rows().map(|(_, row)| row.customer))?),
        ("sole_country_key", country),
        ("as_of_month", columns::days(rows().map(|(at, _)| Some(at.month)))),
        ("as_of_date", columns::days(rows().map(|(at, _)| Some(at.rfm.as_of)))),
        ("is_latest", columns::flags(rows().map(|(at, _)| Some(Some(at.month) == latest)))),
        ("recency_days", integer(|row| row.recency_days.into())),
        ("frequency", integer(|row| row.frequency.into())),
        ("monetary", columns::amounts(rows().map(|(_, row)| Some(row.monetary)))?),
        ("r_score", integer(|row| row.r.into())),
        ("f_score", integer(|row| row.f.into())),
        ("m_score", integer(|row| row.m.into())),
        ("rfm_score", columns::decimals(rows().map(|(_, row)| Some(row.weighted)))?),
        ("rfm_segment", columns::texts(rows().map(|(at, row)| name(at, row.segment)))),
        ("segment_position", integer(|row| i64::from(row.segment) + 1)),
        ("previous_segment", columns::texts(before)),
    ])
}

fn bins(snapshots: &[Snapshot]) -> Result<RecordBatch, MethodError> {
    let rows: Vec<_> = snapshots
        .iter()
        .flat_map(|at| at.rfm.bins.iter().map(move |bin| (at, bin)))
        .flat_map(|(at, bin)| {
            let unit = if bin.measure == "monetary" { UNIT } else { 1.0 };
            let scaled = move |value: i128| value as f64 / unit;
            (1_i64..).zip(bin.sizes.iter().zip(&bin.ranges)).map(move |(score, (size, range))| {
                (
                    at,
                    bin,
                    score,
                    *size,
                    range.map(|(low, _)| scaled(low)),
                    range.map(|(_, high)| scaled(high)),
                )
            })
        })
        .collect();
    let count = |count: usize| i64::try_from(count).ok();
    columns::table(vec![
        ("as_of_month", columns::days(rows.iter().map(|row| Some(row.0.month)))),
        ("measure", columns::texts(rows.iter().map(|row| Some(row.1.measure)))),
        ("score", columns::integers(rows.iter().map(|row| Some(row.2)))),
        ("customers", columns::integers(rows.iter().map(|row| count(row.3)))),
        ("value_from", columns::decimals(rows.iter().map(|row| row.4))?),
        ("value_to", columns::decimals(rows.iter().map(|row| row.5))?),
        ("different_values", columns::integers(rows.iter().map(|row| count(row.1.distinct)))),
    ])
}
