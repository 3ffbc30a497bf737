//! From a [`MetricQuery`] to one `select`.
//!
//! Each fact becomes a branch with one row per group. Branches are put under each other with `union
//! all` and merged by group, so that a fact's rows are never multiplied by another fact's
//! (a join of facts would fan out). The metrics' arithmetic stands on top of merged sums, so that a
//! ratio is that of the totals at every grain (traps.md, 6). Dimensions are joined from the left:
//! a fact that may be seen does not vanish because its dimension row is hidden.
//!
//! Amounts are exact: measures travel as `decimal(38, 4)`. A quotient gets eight places, from which
//! the last cast rounds half away from zero to the unit's places.

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::{TableAccess, TableContract};

use crate::access::{Access, AuthorisedQuery, ColumnRole, ResultColumn};
use crate::catalogue::{Catalogue, PERIOD_COLUMN};
use crate::definition::{Aggregate, Dimension, Literal, Measure, Metric, Unit};
use crate::error::MetricError;
use crate::expression::{Expression, Operator};
use crate::query::MetricQuery;
use crate::sql;

/// The type in which measures travel.
const AMOUNT: &str = "decimal(38, 4)";
/// The type of products and quotients inside a larger expression.
const PART: &str = "decimal(38, 8)";

impl Catalogue {
    /// Compiles `query` for `access`. Any viewer may ask: the policy decides which rows count.
    ///
    /// # Errors
    /// Unknown or doubled names, a dimension that one of the facts has no key of, a NUL in a value.
    pub fn authorise(&self, query: &MetricQuery, access: &Access) -> Result<AuthorisedQuery, MetricError> {
        let plan = Plan::of(self, query)?;
        plan.check_visible(access)?;
        Ok(AuthorisedQuery::compiled(plan.select()?, plan.columns(), access))
    }

    /// How many rows `query` would have without its limit and offset, in the column `rows`.
    ///
    /// # Errors
    /// As [`Catalogue::authorise`].
    pub fn authorise_count(
        &self,
        query: &MetricQuery,
        access: &Access,
    ) -> Result<AuthorisedQuery, MetricError> {
        let plan = Plan::of(self, query)?;
        let text = format!("select count(*) as \"rows\" from (\n{}\n) as \"merged\"", plan.merged()?);
        Ok(AuthorisedQuery::compiled(text, Vec::new(), access))
    }
}

/// A query with every name resolved.
struct Plan<'a> {
    query: &'a MetricQuery,
    metrics: Vec<(&'a Metric, Expression)>,
    by: Vec<&'a Dimension>,
    filters: Vec<(&'a Dimension, BTreeSet<&'a str>)>,
    /// Measures in use, by id, so that branches agree on the order of columns.
    measures: BTreeMap<&'a str, &'a Measure>,
    /// The facts that are read, each once for all of a period's days and once for its last day, as needed.
    facts: BTreeMap<(&'a str, bool), &'a TableContract>,
    catalogue: &'a Catalogue,
}

impl<'a> Plan<'a> {
    fn of(catalogue: &'a Catalogue, query: &'a MetricQuery) -> Result<Self, MetricError> {
        let metrics = find_metrics(catalogue, query)?;
        let by = query.by.iter().map(|id| find_dimension(catalogue, id)).collect::<Result<Vec<_>, _>>()?;
        let filters = query
            .filters
            .iter()
            .map(|filter| {
                let values = filter.values.iter().map(String::as_str).collect();
                Ok((find_dimension(catalogue, &filter.dimension)?, values))
            })
            .collect::<Result<Vec<_>, MetricError>>()?;
        let mut plan = Self {
            query,
            metrics,
            by,
            filters,
            measures: BTreeMap::new(),
            facts: BTreeMap::new(),
            catalogue,
        };
        plan.check_columns()?;
        plan.find_facts()?;
        Ok(plan)
    }

    fn check_columns(&self) -> Result<(), MetricError> {
        let names: Vec<String> = self.columns().into_iter().map(|column| column.name).collect();
        let mut seen = BTreeSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(MetricError::AskedTwice { column: name.clone() });
        }
        match &self.query.order {
            Some(order) if !names.contains(&order.column) => {
                Err(MetricError::UnknownOrder { column: order.column.clone(), known: names })
            }
            _ => Ok(()),
        }
    }

    /// Collects measures and their facts, and makes sure that each fact knows each dimension.
    fn find_facts(&mut self) -> Result<(), MetricError> {
        for (metric, expression) in &self.metrics {
            for name in expression.names() {
                let Some(measure) = self.catalogue.measure(name) else { continue };
                let Some(fact) = self.catalogue.contract(&measure.table) else { continue };
                for dimension in self.dimensions() {
                    if fact.key_of_dimension(&dimension.table).is_none() {
                        return Err(MetricError::NoKey {
                            metric: metric.id.clone(),
                            dimension: dimension.id.clone(),
                            fact: fact.name.clone(),
                            table: dimension.table.clone(),
                        });
                    }
                }
                self.measures.insert(&measure.id, measure);
                self.facts.insert((&fact.name, measure.aggregate.is_closing()), fact);
            }
        }
        Ok(())
    }

    /// A metric that lacks one of its facts would be a wrong number: profit without the costs. Facts are
    /// hidden as a whole where they lack the keys that the viewer's rules speak of.
    fn check_visible(&self, access: &Access) -> Result<(), MetricError> {
        let policy = access.policy();
        if policy.is_everything() || policy.is_nothing() {
            return Ok(());
        }
        let shows = |fact: &TableContract| {
            fact.access == TableAccess::Public
                || policy.grants().any(|grant| {
                    let mut rules = grant.rules();
                    rules.all(|rule| fact.key_of_dimension(&rule.dimension).is_some())
                })
        };
        for (metric, expression) in &self.metrics {
            let measures = expression.names().into_iter().filter_map(|name| self.catalogue.measure(name));
            let mut facts = measures.filter_map(|measure| self.catalogue.contract(&measure.table));
            if let Some(fact) = facts.find(|fact| !shows(fact)) {
                return Err(MetricError::HiddenFact { metric: metric.id.clone(), fact: fact.name.clone() });
            }
        }
        Ok(())
    }

    /// Every dimension in use, for splitting or filtering; repeated as asked.
    fn dimensions(&self) -> impl Iterator<Item = &'a Dimension> + use<'a, '_> {
        self.by.iter().copied().chain(self.filters.iter().map(|(dimension, _)| *dimension))
    }

    fn columns(&self) -> Vec<ResultColumn> {
        let period = self
            .query
            .grain
            .map(|grain| ResultColumn { name: PERIOD_COLUMN.to_owned(), role: ColumnRole::Period(grain) });
        let by = self.by.iter().map(|dimension| ResultColumn {
            name: dimension.id.clone(),
            role: ColumnRole::Dimension(dimension.id.clone()),
        });
        let metrics = self.metrics.iter().map(|(metric, _)| ResultColumn {
            name: metric.id.clone(),
            role: ColumnRole::Metric { id: metric.id.clone(), unit: metric.unit },
        });
        period.into_iter().chain(by).chain(metrics).collect()
    }

    /// Names of the columns that tell groups apart.
    fn keys(&self) -> Vec<&'a str> {
        let period = self.query.grain.map(|_| PERIOD_COLUMN);
        period.into_iter().chain(self.by.iter().map(|dimension| dimension.id.as_str())).collect()
    }

    fn select(&self) -> Result<String, MetricError> {
        let keys = self.keys().into_iter().map(sql::identifier);
        let metrics = self.metrics.iter().map(|(metric, expression)| {
            format!("{} as {}", value(metric, expression), sql::identifier(&metric.id))
        });
        let columns: Vec<String> = keys.chain(metrics).collect();
        let mut text =
            format!("select\n  {}\nfrom (\n{}\n) as \"merged\"", columns.join(",\n  "), self.merged()?);
        text.push_str(&self.order());
        if let Some(limit) = self.query.limit {
            text.push_str(&format!("\nlimit {limit}"));
        }
        if self.query.offset > 0 {
            text.push_str(&format!("\noffset {}", self.query.offset));
        }
        Ok(text)
    }

    /// One row per group with every measure as an amount, 0 where a fact has nothing for the group.
    fn merged(&self) -> Result<String, MetricError> {
        let branches = self
            .facts
            .iter()
            .map(|((_, closing), fact)| self.branch(fact, *closing, self.facts.len() == 1))
            .collect::<Result<Vec<_>, _>>()?;
        if branches.len() == 1 {
            return Ok(branches.concat());
        }
        let keys: Vec<String> = self.keys().into_iter().map(sql::identifier).collect();
        let measures = self.measures.keys().map(|id| {
            let name = sql::identifier(id);
            format!("{} as {name}", or_zero(&format!("max({name})")))
        });
        let columns: Vec<String> = keys.iter().cloned().chain(measures).collect();
        let mut text = format!(
            "  select {}\n  from (\n{}\n  ) as \"branches\"",
            columns.join(", "),
            branches.join("\n    union all\n")
        );
        if !keys.is_empty() {
            text.push_str(&format!("\n  group by {}", keys.join(", ")));
        }
        Ok(text)
    }

    /// One fact's groups, over all days of each period or only its last with rows. `alone` says that no
    /// other branch follows, so that nulls become 0 at once.
    fn branch(&self, fact: &TableContract, closing: bool, alone: bool) -> Result<String, MetricError> {
        let indent = if alone { "  " } else { "    " };
        let groups = self.groups(fact);
        let mut columns: Vec<String> = groups
            .iter()
            .map(|(expression, name)| format!("{expression} as {}", sql::identifier(name)))
            .collect();
        for (id, measure) in &self.measures {
            let own = measure.table == fact.name && measure.aggregate.is_closing() == closing;
            let amount = if own { aggregate(measure)? } else { "null".to_owned() };
            let amount = format!("cast({amount} as {AMOUNT})");
            let amount = if alone { or_zero(&amount) } else { amount };
            columns.push(format!("{amount} as {}", sql::identifier(id)));
        }
        let mut lines = vec![format!("select {}", columns.join(", "))];
        lines.push(format!("from {}", sql::identifier(&fact.name)));
        lines.extend(self.joins(fact));
        let mut conditions = self.conditions(fact)?;
        if closing {
            conditions.push(self.last_days(fact));
        }
        if !conditions.is_empty() {
            lines.push(format!("where {}", conditions.join(" and ")));
        }
        if !groups.is_empty() {
            let expressions: Vec<&str> = groups.iter().map(|(expression, _)| expression.as_str()).collect();
            lines.push(format!("group by {}", expressions.join(", ")));
        }
        Ok(lines.iter().map(|line| format!("{indent}{line}")).collect::<Vec<_>>().join("\n"))
    }

    /// That a row is of the last day of its step of time on which the fact has any row that may be seen.
    fn last_days(&self, fact: &TableContract) -> String {
        let day = sql::qualified(&fact.name, fact.day_column());
        let within = self.query.period.map(|period| format!(" where {}", sql::within(&day, period)));
        let steps = self.query.grain.map(|grain| format!(" group by date_trunc('{}', {day})", grain.word()));
        format!(
            "{day} in (select max({day}) from {}{}{})",
            sql::identifier(&fact.name),
            within.unwrap_or_default(),
            steps.unwrap_or_default()
        )
    }

    /// What a fact's rows are grouped by, with the names of the results' columns.
    fn groups(&self, fact: &TableContract) -> Vec<(String, &'a str)> {
        let day = sql::qualified(&fact.name, fact.day_column());
        let period = self
            .query
            .grain
            .map(|grain| (format!("cast(date_trunc('{}', {day}) as date)", grain.word()), PERIOD_COLUMN));
        let by = self
            .by
            .iter()
            .map(|dimension| (sql::qualified(&dimension.table, &dimension.column), dimension.id.as_str()));
        period.into_iter().chain(by).collect()
    }

    /// Each dimension table once, however many of its columns are used.
    fn joins(&self, fact: &TableContract) -> Vec<String> {
        let tables: BTreeSet<&str> = self
            .dimensions()
            .map(|dimension| dimension.table.as_str())
            .filter(|table| *table != fact.name)
            .collect();
        tables
            .into_iter()
            .filter_map(|table| {
                let foreign = fact.key_of_dimension(table)?;
                let key = self.catalogue.contract(table)?.key.first()?;
                Some(format!(
                    "left join {} on {} = {}",
                    sql::identifier(table),
                    sql::qualified(table, key),
                    sql::qualified(&fact.name, foreign)
                ))
            })
            .collect()
    }

    fn conditions(&self, fact: &TableContract) -> Result<Vec<String>, MetricError> {
        let day = sql::qualified(&fact.name, fact.day_column());
        let mut conditions: Vec<String> =
            self.query.period.map(|period| sql::within(&day, period)).into_iter().collect();
        for (dimension, values) in &self.filters {
            let column = sql::qualified(&dimension.table, &dimension.column);
            conditions.push(sql::one_of(&column, values.iter().copied())?);
        }
        Ok(conditions)
    }

    /// Groups are unique by their keys, so sorting by all keys after the asked column is total.
    fn order(&self) -> String {
        let keys = self.keys();
        let asked = self.query.order.as_ref();
        let first = asked.map(|order| (order.column.as_str(), order.descending));
        let rest = keys.into_iter().filter(|key| asked.is_none_or(|order| order.column != *key));
        let columns: Vec<String> = first
            .into_iter()
            .chain(rest.map(|key| (key, false)))
            .map(|(column, descending)| {
                let direction = if descending { "desc" } else { "asc" };
                format!("{} {direction} nulls last", sql::identifier(column))
            })
            .collect();
        if columns.is_empty() { String::new() } else { format!("\norder by {}", columns.join(", ")) }
    }
}

fn find_metrics<'a>(
    catalogue: &'a Catalogue,
    query: &MetricQuery,
) -> Result<Vec<(&'a Metric, Expression)>, MetricError> {
    if query.metrics.is_empty() {
        return Err(MetricError::NothingAsked);
    }
    let find = |id: &String| {
        let metric = catalogue.metric(id).ok_or_else(|| MetricError::UnknownMetric {
            id: id.clone(),
            known: catalogue.metrics().iter().map(|metric| metric.id.clone()).collect(),
        })?;
        Ok((metric, catalogue.written_out(metric)))
    };
    query.metrics.iter().map(find).collect()
}

pub(crate) fn find_dimension<'a>(catalogue: &'a Catalogue, id: &str) -> Result<&'a Dimension, MetricError> {
    catalogue.dimension(id).ok_or_else(|| MetricError::UnknownDimension {
        id: id.to_owned(),
        known: catalogue.dimensions().iter().map(|dimension| dimension.id.clone()).collect(),
    })
}

fn or_zero(amount: &str) -> String {
    format!("coalesce({amount}, cast(0 as {AMOUNT}))")
}

/// A measure's aggregate over its own fact.
fn aggregate(measure: &Measure) -> Result<String, MetricError> {
    let column = measure.column.as_ref().map(|column| sql::qualified(&measure.table, column));
    let counted = match &measure.only {
        None => column.unwrap_or_else(|| "*".to_owned()),
        Some(only) => {
            let value = match &only.value {
                Literal::Boolean(value) => value.to_string(),
                Literal::Text(value) => sql::literal(value)?,
            };
            let condition = format!("{} = {value}", sql::qualified(&measure.table, &only.column));
            format!("case when {condition} then {} end", column.unwrap_or_else(|| "1".to_owned()))
        }
    };
    Ok(match measure.aggregate {
        Aggregate::Sum | Aggregate::ClosingSum => format!("sum({counted})"),
        Aggregate::Count | Aggregate::ClosingCount => format!("count({counted})"),
        Aggregate::CountDistinct => format!("count(distinct {counted})"),
    })
}

/// A metric's value from merged measures, in the type of its unit.
fn value(metric: &Metric, expression: &Expression) -> String {
    let amount = arithmetic(expression);
    match metric.unit {
        Unit::Money | Unit::Quantity => format!("cast({amount} as {AMOUNT})"),
        Unit::Rate => format!("cast({amount} as decimal(38, 6))"),
        // By way of whole decimals, so that it rounds instead of cutting off.
        Unit::Count => format!("cast(cast({amount} as decimal(38, 0)) as bigint)"),
    }
}

fn arithmetic(expression: &Expression) -> String {
    match expression {
        // From a text, because a bare 0.1 would be a float first.
        Expression::Number(number) => format!("cast('{number}' as {AMOUNT})"),
        Expression::Name(name) => sql::identifier(name),
        Expression::Negative(inner) => format!("(-{})", operand(inner)),
        Expression::Binary(left, Operator::Divide, right) => {
            format!("{} / nullif({}, cast(0 as {AMOUNT}))", operand(left), arithmetic(right))
        }
        Expression::Binary(left, operator, right) => {
            let sign = match operator {
                Operator::Add => "+",
                Operator::Subtract => "-",
                Operator::Multiply | Operator::Divide => "*",
            };
            format!("{} {sign} {}", operand(left), operand(right))
        }
    }
}

/// An inner expression in brackets; products and quotients are cut to eight places, because each
/// multiplication adds the places of both sides and 38 digits are soon used up.
fn operand(expression: &Expression) -> String {
    let text = arithmetic(expression);
    match expression {
        Expression::Binary(_, Operator::Multiply | Operator::Divide, _) => format!("cast({text} as {PART})"),
        Expression::Binary(..) => format!("({text})"),
        _ => text,
    }
}
