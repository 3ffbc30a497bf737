//! `sql`, `metric`: questions to the published tables.

use std::io::Read;
use std::path::Path;

use confect_domain::names::nearest;
use confect_domain::{Problem, ProblemKind};
use confect_service::{Access, Answer, Grain, MetricQuestion, Shop};

use super::{Outcome, one, open};
use crate::arguments::{Format, Metric, Sql};
use crate::printer::Printer;
use crate::table::table;

/// Longest query that is read from standard input.
const MAX_QUERY: u64 = 1 << 20;

pub(super) fn sql(root: &Path, sql: &Sql, printer: &Printer) -> Outcome {
    let text = if sql.query == "-" { read_query()? } else { sql.query.clone() };
    let shop = open(root)?;
    let access = access(&shop, sql.user.as_deref())?;
    if sql.format == Format::Csv {
        shop.sql_csv(&text, &access, crate::printer::written).map_err(one)?;
    } else {
        print(&shop.sql(&text, &access).map_err(one)?, sql.format, printer);
    }
    Ok(())
}

pub(super) fn metric(root: &Path, metric: &Metric, printer: &Printer) -> Outcome {
    let shop = open(root)?;
    let access = access(&shop, metric.user.as_deref())?;
    let mut filters: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in &metric.filter {
        match filters.iter_mut().find(|(other, _)| other == name) {
            Some((_, values)) => values.push(value.clone()),
            None => filters.push((name.clone(), vec![value.clone()])),
        }
    }
    let question = MetricQuestion {
        metrics: metric.names.clone(),
        by: metric.by.clone(),
        grain: metric.grain.as_deref().map(grain).transpose().map_err(one)?,
        from: metric.from,
        to: metric.to,
        filters,
        order: None,
        limit: metric.limit,
    };
    print(&shop.metric(&question, &access).map_err(one)?, metric.format, printer);
    Ok(())
}

/// What `--as` sees; the project's owner without it.
pub(super) fn access(shop: &Shop, user: Option<&str>) -> Result<Access, Vec<Problem>> {
    let Some(name) = user else { return Ok(Access::owner()) };
    let user = shop.user(name).map_err(one)?;
    if user.disabled {
        let problem =
            Problem::new(ProblemKind::Access, "user-disabled", format!("user `{name}` is disabled"));
        return Err(one(
            problem.with_hint(format!("turn signing in on again with `confect user enable {name}`"))
        ));
    }
    Ok(shop.access_of(&user))
}

fn grain(word: &str) -> Result<Grain, Problem> {
    Grain::from_word(word).ok_or_else(|| {
        let words = Grain::WORDS.map(|(word, _)| word);
        let problem =
            Problem::new(ProblemKind::User, "no-such-grain", format!("there is no step of time `{word}`"))
                .with_detail(format!("steps: {}", words.join(", ")));
        nearest(word, words)
            .map_or(problem.clone(), |near| problem.with_hint(format!("did you mean `{near}`?")))
    })
}

fn read_query() -> Result<String, Vec<Problem>> {
    let mut text = String::new();
    match std::io::stdin().take(MAX_QUERY).read_to_string(&mut text) {
        Ok(_) => Ok(text),
        Err(error) => {
            Err(one(Problem::new(ProblemKind::User, "no-query", format!("cannot read the query: {error}"))))
        }
    }
}

/// Prints rows; what is said about them goes to standard error.
pub(super) fn print(answer: &Answer, format: Format, printer: &Printer) {
    match format {
        Format::Csv => printer.data(&answer.to_csv()),
        Format::Json => printer.data(&answer.to_json().to_string()),
        Format::Table => {
            printer.data(&table(&answer.columns, &answer.numeric, &answer.rows));
            let rows = answer.rows.len();
            printer.note(&if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") });
        }
    }
    if answer.truncated {
        printer.note("rows beyond the limit were left out");
    }
}
