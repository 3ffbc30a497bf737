//! Methods: tables that no SQL makes. A model's SQL delivers rows; the method that its contract
//! names turns them into the table's rows (scores, fits, rules).
//!
//! The methods themselves are pure and live in `confect-analytics`; here is only the glue between
//! their rows and Arrow, one module each, and the list of what a project may name.
//! A method may make several tables, its *parts*: models with the same SQL, method and parameters
//! share one run of it ([`Runs`]).
//! Deliberately absent: reading tables (the SQL does) and casting to the contract (the builder does).

mod basket_rules;
mod bridge;
mod cohorts;
pub(crate) mod columns;
mod favourites;
mod next_best;
mod numbering;
mod orders;
mod price_changes;
mod proof;
mod return_matches;
mod rfm;
mod runs;
mod signals;
mod stock_levels;
mod value;

use std::collections::BTreeMap;

use arrow::array::RecordBatch;
use confect_domain::names::nearest;
use confect_domain::problem::printable;
use confect_domain::{Finding, MethodCall, Model, Parameters, Problem, ProblemKind};

pub(crate) use columns::Rows;
pub(crate) use runs::Runs;

/// What a method made.
#[derive(Clone, Debug, Default)]
pub(crate) struct MethodOutput {
    /// One batch for each part, with the columns of the model's contract by name, in any order.
    pub(crate) parts: BTreeMap<&'static str, RecordBatch>,
    /// What a person should know, such as that there were too few customers for a fit.
    pub(crate) findings: Vec<Finding>,
}

impl MethodOutput {
    /// The output of a method with one table.
    pub(crate) fn single(batch: RecordBatch) -> Self {
        Self { parts: BTreeMap::from([("", batch)]), findings: Vec::new() }
    }
}

/// Why a method made nothing: a fault of its parameters or of the model's SQL, never of the data.
#[derive(Clone, Debug)]
pub(crate) enum MethodError {
    /// A parameter is not what the method takes.
    Parameter(Problem),
    /// The SQL does not deliver what the method reads.
    Input(String),
}

impl From<Problem> for MethodError {
    fn from(problem: Problem) -> Self {
        Self::Parameter(problem)
    }
}

impl std::fmt::Display for MethodError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Parameter(problem) => {
                write!(out, "{}", problem.message)?;
                let place = problem.detail.iter().map(|place| format!(" at {place}"));
                let hints = problem.hints.iter().map(|hint| format!("; {hint}"));
                place.chain(hints).try_for_each(|more| out.write_str(&more))
            }
            Self::Input(message) => out.write_str(message),
        }
    }
}

/// One method that a project may name.
struct Method {
    name: &'static str,
    /// Its tables; `[""]` if it makes one.
    parts: &'static [&'static str],
    /// Says what is wrong with the parameters, before any data is read.
    check: fn(&Parameters) -> Result<(), Problem>,
    run: Run,
}

/// How a method gets its rows.
#[derive(Clone, Copy)]
enum Run {
    /// All at once.
    Whole(fn(&Rows, &Parameters) -> Result<MethodOutput, MethodError>),
    /// Some at a time, in any order: what it keeps of lines is less than the lines.
    Streamed(fn(&Parameters) -> Result<Box<dyn Consumer>, MethodError>),
    /// The same for methods on orders.
    Orders(orders::OnOrders),
}

/// A method at work on rows that come some at a time.
pub(crate) trait Consumer: Send {
    /// Takes further rows.
    fn take(&mut self, rows: &Rows) -> Result<(), MethodError>;
    /// Makes the tables.
    fn finish(self: Box<Self>) -> Result<MethodOutput, MethodError>;
}

/// Every method, in order of the alphabet. A new one is a module beside this and a line here.
const METHODS: &[Method] = &[
    Method {
        name: "basket_rules",
        parts: basket_rules::PARTS,
        check: basket_rules::check,
        run: Run::Streamed(basket_rules::begin),
    },
    Method { name: "bridge", parts: &[""], check: bridge::check, run: Run::Whole(bridge::run) },
    Method {
        name: "cohorts",
        parts: &["", "second_purchase"],
        check: cohorts::check,
        run: Run::Orders(cohorts::run),
    },
    Method {
        name: "favourites",
        parts: &[""],
        check: favourites::check,
        run: Run::Streamed(favourites::begin),
    },
    Method { name: "next_best", parts: &[""], check: next_best::check, run: Run::Streamed(next_best::begin) },
    price_changes::METHOD,
    return_matches::METHOD,
    Method { name: "rfm", parts: &["", "bins"], check: rfm::check, run: Run::Orders(rfm::run) },
    Method { name: "segment_proof", parts: &[""], check: proof::check, run: Run::Whole(proof::run) },
    Method { name: "signals", parts: &[""], check: signals::check, run: Run::Orders(signals::run) },
    stock_levels::METHOD,
    Method {
        name: "value",
        parts: &["", "card", "calibration"],
        check: value::check,
        run: Run::Orders(value::run),
    },
];

#[cfg(not(test))]
fn methods() -> impl Iterator<Item = &'static Method> {
    METHODS.iter()
}

#[cfg(test)]
fn methods() -> impl Iterator<Item = &'static Method> {
    METHODS.iter().chain(&tests::METHODS)
}

fn method(call: &MethodCall) -> Result<&'static Method, Problem> {
    let unknown = |what: &str, name: &str, known: Vec<&'static str>| {
        let message = format!("unknown {what} `{}`", printable(name));
        let problem = Problem::new(ProblemKind::Config, "unknown-method", message).with_detail(&*call.place);
        match nearest(name, known.iter().copied()) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem.with_hint(format!("known: {}", known.join(", "))),
        }
    };
    let found = methods().find(|method| method.name == call.name);
    let method =
        found.ok_or_else(|| unknown("method", &call.name, methods().map(|method| method.name).collect()))?;
    if method.parts.contains(&call.part.as_str()) {
        Ok(method)
    } else {
        Err(unknown("part", &call.part, method.parts.to_vec()))
    }
}

/// What is wrong with the method calls of these models; empty if nothing.
pub fn check_methods(models: &[Model]) -> Vec<Problem> {
    let calls = models.iter().filter_map(|model| model.method.as_ref());
    let mut problems: Vec<Problem> = Vec::new();
    for problem in
        calls.filter_map(|call| method(call).and_then(|method| (method.check)(&call.parameters)).err())
    {
        // Tables of one call have the same parameters.
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems
}

/// Begins the method of a call, if it takes rows as they come.
pub(crate) fn begin(call: &MethodCall) -> Result<Option<Box<dyn Consumer>>, MethodError> {
    let method = method(call)?;
    (method.check)(&call.parameters)?;
    match method.run {
        Run::Streamed(begin) => begin(&call.parameters).map(Some),
        Run::Orders(run) => Ok(Some(orders::Reading::begin(run, &call.parameters))),
        Run::Whole(_) => Ok(None),
    }
}

/// Runs the method of a call on the rows that the model's SQL delivered.
pub(crate) fn run(call: &MethodCall, rows: &Rows) -> Result<MethodOutput, MethodError> {
    let method = method(call)?;
    (method.check)(&call.parameters)?;
    match method.run {
        Run::Whole(run) => run(rows, &call.parameters),
        Run::Streamed(_) | Run::Orders(_) => {
            let message = || MethodError::Input("the method takes its rows as they come".to_owned());
            let mut method = begin(call)?.ok_or_else(message)?;
            method.take(rows)?;
            method.finish()
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;

    /// Counts rows and adds up a column: two tables of one run.
    pub(super) static METHODS: [Method; 1] = [Method {
        name: "test_sums",
        parts: &["count", "sum"],
        check: |parameters| parameters.only(&["times"]),
        run: Run::Whole(|rows, parameters| {
            let times = parameters.integer("times", 1, 1, 9)?;
            let sum: i64 = rows.integers("amount")?.iter().flatten().sum();
            let table = |name: &str, value: i64| {
                let column: ArrayRef = Arc::new(Int64Array::from(vec![value]));
                columns::table(vec![(name, column)])
            };
            let count = i64::try_from(rows.count()).unwrap_or(i64::MAX);
            Ok(MethodOutput {
                parts: BTreeMap::from([
                    ("count", table("rows", count)?),
                    ("sum", table("sum", sum * times)?),
                ]),
                findings: Vec::new(),
            })
        }),
    }];

    pub(crate) fn call(name: &str, part: &str) -> MethodCall {
        MethodCall {
            name: name.to_owned(),
            part: part.to_owned(),
            parameters: Parameters::default(),
            place: "marts/x.toml:2:8".to_owned(),
        }
    }

    #[test]
    fn a_method_reads_columns_by_name_in_any_type_and_makes_its_parts() {
        let amounts: ArrayRef = Arc::new(arrow::array::Int32Array::from(vec![Some(3), None, Some(4)]));
        let batch = columns::table(vec![("amount", amounts)]).expect("a batch");
        let rows = Rows::new(&batch.schema(), std::slice::from_ref(&batch)).expect("rows");
        let output = run(&call("test_sums", "sum"), &rows).expect("an output");
        let one = |part: &str| {
            let made = Rows::new(&output.parts[part].schema(), &[output.parts[part].clone()]).expect("rows");
            made.integers(if part == "sum" { "sum" } else { "rows" }).expect("numbers")
        };
        assert_eq!((one("count"), one("sum")), (vec![Some(3)], vec![Some(7)]));
        let other = columns::table(vec![("quantity", Arc::clone(batch.column(0)))]).expect("a batch");
        let rows = Rows::new(&other.schema(), &[other]).expect("rows");
        let error = run(&call("test_sums", "sum"), &rows).expect_err("no such column");
        assert_eq!(error.to_string(), "the method reads a column `amount`; the SQL delivers quantity");
    }

    #[test]
    fn an_unknown_method_or_part_is_told_with_the_nearest() {
        let error = method(&call("test_sum", "sum")).err().expect("unknown");
        assert_eq!(error.hints, ["did you mean `test_sums`?"]);
        let error = method(&call("test_sums", "summ")).err().expect("unknown");
        assert_eq!(
            (error.message.as_str(), error.hints.as_slice()),
            ("unknown part `summ`", &["did you mean `sum`?".to_owned()][..])
        );
    }
}
