//! `price_changes`: sold lines by article, day and price → list prices that changed.
//!
//! Reads `stock_code`, `category` (may be null), `day`, `unit_price` (null or 0 counts pieces only), `lines`,
//! `quantity` and `last_day`, the same in every row. Makes one row per change.

use arrow::array::Array;
use confect_analytics::prices::{LevelOptions, PriceChange, PriceOptions, PricedDay, price_changes};
use confect_domain::{Date, Parameters, Problem};

use super::columns::{self, amounts, integers, numbers, table, texts};
use super::numbering::numbered;
use super::{Method, MethodError, MethodOutput, Rows, Run};

pub(super) const METHOD: Method = Method { name: "price_changes", parts: &[""], check, run: Run::Whole(run) };

fn check(parameters: &Parameters) -> Result<(), Problem> {
    options(parameters).map(|_| ())
}

fn options(parameters: &Parameters) -> Result<PriceOptions, Problem> {
    parameters.only(&[
        "min_days",
        "min_lines",
        "min_share",
        "tolerance",
        "min_change",
        "most_other",
        "weeks",
    ])?;
    let (levels, default) = (LevelOptions::default(), PriceOptions::default());
    let days = |name, default: i32, least, most| {
        let given = parameters.integer(name, i64::from(default), least, most);
        given.map(|given| i32::try_from(given).unwrap_or(default))
    };
    let lines = i64::try_from(levels.min_lines).unwrap_or(1);
    Ok(PriceOptions {
        levels: LevelOptions {
            min_days: days("min_days", levels.min_days, 7, 365)?,
            min_lines: u64::try_from(parameters.integer("min_lines", lines, 1, 1_000_000)?).unwrap_or(1),
            min_share: parameters.number("min_share", levels.min_share, 0.5, 1.0)?,
            tolerance: parameters.number("tolerance", levels.tolerance, 0.0, 0.1)?,
        },
        min_change: parameters.number("min_change", default.min_change, 0.0, 1.0)?,
        most_other: parameters.number("most_other", default.most_other, 0.0, 0.5)?,
        weeks: days("weeks", default.weeks, 1, 52)?,
    })
}

fn run(rows: &Rows, parameters: &Parameters) -> Result<MethodOutput, MethodError> {
    let options = options(parameters)?;
    let codes = rows.texts("stock_code")?;
    let (articles, firsts) = numbered(&codes);
    let (groups, _) = numbered(&rows.texts("category")?);
    let last_day = rows.days("last_day")?.into_iter().flatten().next().unwrap_or_default();
    let (days, prices) = (rows.days("day")?, rows.amounts("unit_price")?);
    let (lines, pieces) = (rows.integers("lines")?, rows.amounts("quantity")?);
    let whole = |value: &Option<i64>| value.and_then(|value| u32::try_from(value).ok());
    let mut group_of: Vec<Option<u32>> = vec![None; firsts.len()];
    let mut sold = Vec::with_capacity(rows.count());
    for (row, article) in articles.iter().enumerate() {
        let (Some(article), Some(day)) = (whole(article), days.get(row).copied().flatten()) else { continue };
        // The same in all rows of an article.
        if let Some(slot) = group_of.get_mut(article as usize) {
            *slot = groups.get(row).and_then(whole).or(*slot);
        }
        sold.push(PricedDay {
            article,
            day,
            price: prices.get(row).copied().flatten().and_then(|price| i64::try_from(price).ok()),
            lines: lines.get(row).copied().flatten().and_then(|lines| u64::try_from(lines).ok()).unwrap_or(0),
            pieces: pieces.get(row).copied().flatten().unwrap_or_default(),
        });
    }
    let changes = price_changes(sold, &group_of, last_day, &options);
    Ok(MethodOutput::single(changes_table(&changes, |article| {
        let row = *firsts.get(article as usize)? as usize;
        (row < codes.len()).then(|| codes.value(row))
    })?))
}

fn changes_table<'a>(
    changes: &[PriceChange],
    code: impl Fn(u32) -> Option<&'a str>,
) -> Result<arrow::array::RecordBatch, MethodError> {
    let day = |of: fn(&PriceChange) -> i32| {
        columns::days(changes.iter().map(|change| Some(Date::from_days(of(change)))))
    };
    let price =
        |of: fn(&PriceChange) -> i64| amounts(changes.iter().map(|change| Some(i128::from(of(change)))));
    let lines =
        |of: fn(&PriceChange) -> u64| integers(changes.iter().map(|change| i64::try_from(of(change)).ok()));
    let number = |of: fn(&PriceChange) -> Option<f64>| numbers(changes.iter().map(of));
    table(vec![
        ("stock_code", texts(changes.iter().map(|change| code(change.article)))),
        ("changed_on", day(|change| change.day)),
        ("last_old_date", day(|change| change.old.to)),
        ("old_price", price(|change| change.old.price)?),
        ("new_price", price(|change| change.new.price)?),
        ("change_rate", number(|change| Some(change.rate()))),
        ("old_from_date", day(|change| change.old.from)),
        ("new_to_date", day(|change| change.new.to)),
        ("old_lines", lines(|change| change.old.lines)),
        ("new_lines", lines(|change| change.new.lines)),
        ("old_share", number(|change| Some(change.old.share()))),
        ("new_share", number(|change| Some(change.new.share()))),
        ("weeks_compared", integers(changes.iter().map(|change| Some(i64::from(change.weeks))))),
        ("weekly_qty_before", number(|change| weekly(change, change.pieces.before))),
        ("weekly_qty_after", number(|change| weekly(change, change.pieces.after))),
        ("qty_change_rate", number(|change| rate(change.pieces.before, change.pieces.after))),
        ("others_qty_change_rate", number(|change| rate(change.others.before, change.others.after))),
    ])
}

/// Pieces a week; `None` if no week is compared.
fn weekly(change: &PriceChange, pieces: i128) -> Option<f64> {
    (change.weeks > 0).then(|| pieces as f64 / 10_000.0 / f64::from(change.weeks))
}

/// `None` without anything before.
fn rate(before: i128, after: i128) -> Option<f64> {
    (before > 0).then(|| after as f64 / before as f64 - 1.0)
}
