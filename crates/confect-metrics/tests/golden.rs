//! Golden test: `tests/golden/metrics/*.toml` (a question) against `*.sql` (what it compiles to).
//!
//! `CONFECT_BLESS=1` writes the answers anew; the diff is the review.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use confect_domain::{Date, Period};
use confect_metrics::{Access, Filter, Grain, MetricError, MetricQuery, OrderBy, authorise_sql};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Question {
    metrics: Vec<String>,
    by: Vec<String>,
    grain: Option<String>,
    from: Option<String>,
    to: Option<String>,
    filter: Vec<FilterText>,
    order: Option<String>,
    descending: bool,
    limit: Option<u32>,
    offset: u32,
    count: bool,
    members: Option<String>,
    search: Option<String>,
    customer: Option<String>,
    sql: Option<String>,
    data_span: bool,
}

#[derive(Deserialize)]
struct FilterText {
    dimension: String,
    values: Vec<String>,
}

fn answer(question: Question) -> Result<String, MetricError> {
    let catalogue = support::parts().check().expect("a sound catalogue");
    let access = Access::owner();
    let authorised = if let Some(dimension) = &question.members {
        let limit = question.limit.unwrap_or(200);
        catalogue.authorise_members(dimension, question.search.as_deref(), limit, &access)
    } else if let Some(customer) = &question.customer {
        catalogue.authorise_customer(customer, &access)
    } else if question.data_span {
        catalogue.authorise_data_span(&access)
    } else if let Some(sql) = &question.sql {
        authorise_sql(sql, &access)
    } else {
        let count = question.count;
        let query = query(question);
        if count { catalogue.authorise_count(&query, &access) } else { catalogue.authorise(&query, &access) }
    };
    authorised.map(|authorised| authorised.sql().to_owned())
}

fn query(question: Question) -> MetricQuery {
    let day = |text: &Option<String>| text.as_deref().and_then(Date::parse);
    let period = day(&question.from).zip(day(&question.to)).and_then(|(from, to)| Period::new(from, to));
    MetricQuery {
        metrics: question.metrics,
        by: question.by,
        grain: question.grain.as_deref().map(|word| Grain::from_word(word).expect("a grain")),
        period,
        filters: question
            .filter
            .into_iter()
            .map(|filter| Filter { dimension: filter.dimension, values: filter.values })
            .collect(),
        order: question.order.map(|column| OrderBy { column, descending: question.descending }),
        limit: question.limit,
        offset: question.offset,
    }
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/metrics");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder of golden questions")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn questions_compile_to_the_blessed_sql() {
    let bless = std::env::var_os("CONFECT_BLESS").is_some();
    let mut wrong = Vec::new();
    let cases = cases();
    assert!(cases.len() > 10, "only {} golden questions found", cases.len());
    for path in cases {
        let question: Question =
            toml::from_str(&fs::read_to_string(&path).expect("a question")).expect("a well-formed question");
        let found = match answer(question) {
            Ok(sql) => format!("{sql}\n"),
            Err(error) => {
                format!("-- {}\n", confect_domain::Problem::from(error).to_string().replace('\n', "\n-- "))
            }
        };
        let golden = path.with_extension("sql");
        if bless {
            fs::write(&golden, &found).expect("the answer written");
        } else if fs::read_to_string(&golden).ok().as_deref() != Some(found.as_str()) {
            wrong.push(format!("{}:\n{found}", golden.display()));
        }
    }
    assert!(wrong.is_empty(), "not as blessed (CONFECT_BLESS=1 accepts):\n{}", wrong.join("\n"));
}
