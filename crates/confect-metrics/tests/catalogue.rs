//! Checks of definitions, of rights, and of hostile values.

mod support;

use std::collections::BTreeMap;

use confect_domain::policy::{Comparison, Operand, RuleDefinition};
use confect_domain::{Permission, Role, Viewer};
use confect_metrics::{
    Access, Aggregate, ColumnRole, Condition, Filter, Grain, Literal, MAX_SQL_BYTES, MetricError,
    MetricQuery, Unit, authorise_sql,
};
use support::{dimension, measure, metric, parts};

fn query(metrics: &[&str]) -> MetricQuery {
    MetricQuery { metrics: metrics.iter().map(|id| (*id).to_owned()).collect(), ..MetricQuery::default() }
}

#[test]
fn every_mistake_is_reported_at_once() {
    let mut parts = parts();
    parts.measures.push(measure("a", "fact_sale", Aggregate::Sum, Some("revenue"), None));
    parts.measures.push(measure("b", "fact_sales", Aggregate::Sum, Some("revenu"), None));
    parts.measures.push(measure("c", "fact_sales", Aggregate::Sum, Some("invoice_no"), None));
    parts.measures.push(measure("d", "fact_sales", Aggregate::CountDistinct, None, None));
    let only = Condition { column: "is_merchandise".into(), value: Literal::Text("true".into()) };
    parts.measures.push(measure("e", "fact_sales", Aggregate::Count, None, Some(only)));
    parts.measures.push(measure("Bad id", "fact_sales", Aggregate::Count, None, None));
    parts.metrics.push(metric("revenue", "order_count", Unit::Count));
    parts.metrics.push(metric("period", "order_count", Unit::Count));
    parts.metrics.push(metric("f", "revenues / order_count", Unit::Money));
    parts.dimensions.push(dimension("orders", "dim_country", "country", None));
    parts.dimensions.push(dimension("g", "dim_countri", "country", None));
    parts.dimensions.push(dimension("h", "dim_country", "country_key", None));
    let errors = parts.check().expect_err("mistakes");
    let codes: Vec<&str> = errors.iter().map(MetricError::code).collect();
    assert_eq!(
        codes,
        [
            "bad-id",
            "id-taken",
            "id-taken",
            "id-taken",
            "table-missing",
            "column-missing",
            "wrong-column",
            "wrong-column",
            "wrong-column",
            "measure-missing",
            "table-missing",
            "wrong-column",
        ],
        "{errors:#?}"
    );
    assert!(errors.iter().all(|error| error.definition().is_some()));
}

#[test]
fn a_metric_cannot_be_defined_by_itself() {
    let mut looped = parts();
    looped.metrics.push(metric("a", "b + revenue", Unit::Money));
    looped.metrics.push(metric("b", "c", Unit::Money));
    looped.metrics.push(metric("c", "a / 2", Unit::Money));
    looped.metrics.push(metric("d", "a", Unit::Money));
    looped.metrics.push(metric("e", "e", Unit::Money));
    let errors = looped.check().expect_err("cycles");
    let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        texts,
        ["metric `a` is defined by itself: a → b → c → a", "metric `e` is defined by itself: e → e"]
    );
}

#[test]
fn a_metric_that_doubles_at_every_step_is_refused() {
    let mut doubling = parts();
    doubling.metrics.push(metric("x0", "revenue", Unit::Money));
    for step in 1..64 {
        let before = step - 1;
        doubling.metrics.push(metric(&format!("x{step}"), &format!("x{before} + x{before}"), Unit::Money));
    }
    let errors = doubling.check().expect_err("too large");
    assert!(errors.iter().all(|error| error.code() == "metric-too-large"), "{errors:?}");
}

#[test]
fn the_columns_of_the_answer_say_what_they_hold() {
    let catalogue = parts().check().expect("sound");
    let mut query = query(&["net_sales", "orders"]);
    query.by = vec!["country".into()];
    query.grain = Some(Grain::Week);
    let authorised = catalogue.authorise(&query, &Access::owner()).expect("authorised");
    let roles: Vec<ColumnRole> = authorised.columns().iter().map(|column| column.role.clone()).collect();
    assert_eq!(
        roles,
        [
            ColumnRole::Period(Grain::Week),
            ColumnRole::Dimension("country".into()),
            ColumnRole::Metric { id: "net_sales".into(), unit: Unit::Money },
            ColumnRole::Metric { id: "orders".into(), unit: Unit::Count },
        ]
    );
    assert!(!authorised.is_adhoc() && authorised.policy().is_everything());
}

#[test]
fn the_policy_travels_with_the_query_and_never_shows_in_the_sql() {
    let catalogue = parts().check().expect("sound");
    let viewer = Viewer { name: "zoe".into(), roles: Vec::new(), attributes: BTreeMap::new() };
    let authorised = catalogue.authorise(&query(&["orders"]), &Access::of(&viewer, &[])).expect("authorised");
    let owner = catalogue.authorise(&query(&["orders"]), &Access::owner()).expect("authorised");
    assert_eq!(authorised.sql(), owner.sql());
    assert!(authorised.policy().is_nothing());
    assert_eq!(authorised.viewer(), "zoe");
}

#[test]
fn sql_needs_the_permission_and_has_a_limit() {
    let viewer = Viewer { name: "zoe".into(), roles: vec!["analyst".into()], attributes: BTreeMap::new() };
    let analyst =
        Role { name: "analyst".into(), permissions: [Permission::SqlRun].into(), grants: Vec::new() };
    let code = |text: &str, roles: &[Role]| {
        authorise_sql(text, &Access::of(&viewer, roles)).map_err(|error| error.code())
    };
    assert_eq!(code("select 1", &[]), Err("sql-not-allowed"));
    assert_eq!(code("", &[]), Err("sql-not-allowed"));
    let roles = [analyst];
    assert!(code("select 1", &roles).is_ok_and(|query| query.is_adhoc() && query.columns().is_empty()));
    assert_eq!(code(" \n", &roles), Err("sql-empty"));
    assert_eq!(code("select '\0'", &roles), Err("nul-in-value"));
    assert!(code(&"x".repeat(MAX_SQL_BYTES), &roles).is_ok());
    assert_eq!(code(&"x".repeat(MAX_SQL_BYTES + 1), &roles), Err("sql-too-long"));
}

/// Everything outside string literals, as the engine's lexer sees it; `None` if one stays open.
fn outside_literals(sql: &str) -> Option<String> {
    let mut outside = String::new();
    for (index, part) in sql.split('\'').enumerate() {
        if index % 2 == 0 {
            outside.push_str(part);
        }
    }
    sql.matches('\'').count().is_multiple_of(2).then_some(outside)
}

#[test]
fn a_hundred_thousand_hostile_values_stay_literals() {
    let catalogue = parts().check().expect("sound");
    let hostile =
        ["' or '1'='1", "'; drop table fact_sales; --", "it''s", "\\' or 1=1 --", "\u{2019} or 1", "日本"];
    let with = |values: Vec<String>| {
        let mut query = query(&["orders"]);
        query.filters = vec![Filter { dimension: "country".into(), values }];
        catalogue.authorise(&query, &Access::owner()).expect("authorised").sql().to_owned()
    };
    let harmless = outside_literals(&with(vec!["a".into()])).expect("closed");
    for value in hostile {
        assert_eq!(
            outside_literals(&with(vec![value.to_owned()])).as_deref(),
            Some(harmless.as_str()),
            "{value}"
        );
    }
    let many = with((0..100_000).map(|index| format!("{}{index}", hostile[index % hostile.len()])).collect());
    let outside = outside_literals(&many).expect("closed");
    assert!(!outside.contains("drop") && !outside.contains("--") && !outside.contains(" or "));
    let same: String = outside.replace(", ,", ",").split_whitespace().collect();
    assert_eq!(same.replace(",,", "").matches("in(").count(), 1);
}

#[test]
fn names_of_a_question_reach_the_sql_only_through_the_catalogue() {
    let catalogue = parts().check().expect("sound");
    let hostile = "country\" union select * from secrets --";
    let mut by = query(&["orders"]);
    by.by = vec![hostile.to_owned()];
    let mut filter = query(&["orders"]);
    filter.filters = vec![Filter { dimension: hostile.to_owned(), values: vec!["a".into()] }];
    for query in [by, filter] {
        let error = catalogue.authorise(&query, &Access::owner()).expect_err("refused");
        assert_eq!(error.code(), "unknown-dimension");
    }
    let error = catalogue.authorise(&query(&[hostile]), &Access::owner()).expect_err("refused");
    assert_eq!(error.code(), "unknown-metric");
    assert!(catalogue.authorise_members(hostile, None, 10, &Access::owner()).is_err());
}

#[test]
fn a_metric_that_lacks_a_fact_is_refused() {
    let catalogue = parts().check().expect("a sound catalogue");
    let role = Role {
        name: "country".into(),
        grants: vec![vec![RuleDefinition {
            dimension: "dim_country".into(),
            column: "country".into(),
            comparison: Comparison::In,
            operand: Operand::Values(vec!["France".into()]),
        }]],
        ..Role::default()
    };
    let viewer = Viewer { name: "mara".into(), roles: vec!["country".into()], attributes: BTreeMap::new() };
    let access = Access::of(&viewer, &[role]);
    let ask = |metric: &str| catalogue.authorise(&query(&[metric]), &access).map(drop);
    // Stock movements have no country here: alone they are nothing, beside revenue they would be missing.
    let hidden =
        MetricError::HiddenFact { metric: "margin_after_stock".into(), fact: "fact_stock_movements".into() };
    assert_eq!(ask("margin_after_stock"), Err(hidden));
    assert_eq!(ask("net_sales"), Ok(()));
    let hidden =
        MetricError::HiddenFact { metric: "stock_moved".into(), fact: "fact_stock_movements".into() };
    assert_eq!(ask("stock_moved"), Err(hidden));
    assert!(catalogue.authorise(&query(&["margin_after_stock"]), &Access::owner()).is_ok());
}
