//! The checked set of measures, metrics, dimensions and table contracts.
//!
//! A catalogue that exists is sound: every name is found, every column fits its use, no metric is
//! defined by itself. So compiling a query can only fail for what the query says.

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::{ColumnContract, ColumnType, TableContract};

use crate::definition::{Aggregate, Dimension, Literal, Measure, Metric};
use crate::error::{Definition, MetricError};
use crate::expression::Expression;

/// The name of the time axis in results.
pub(crate) const PERIOD_COLUMN: &str = "period";
/// How many parts an expression may have once the metrics in it are written out.
const MAX_PARTS: usize = 1_000;

/// Everything that can be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    measures: BTreeMap<String, Measure>,
    metrics: Vec<Metric>,
    dimensions: Vec<Dimension>,
    contracts: Vec<TableContract>,
}

impl Catalogue {
    /// Checks every definition against the others and against the tables.
    ///
    /// # Errors
    /// All that is wrong, in the order measures, metrics, dimensions.
    pub fn new(
        measures: Vec<Measure>,
        metrics: Vec<Metric>,
        dimensions: Vec<Dimension>,
        contracts: Vec<TableContract>,
    ) -> Result<Self, Vec<MetricError>> {
        let mut errors = taken_ids(&measures, &metrics, &dimensions);
        let catalogue = Self {
            measures: measures.iter().map(|measure| (measure.id.clone(), measure.clone())).collect(),
            metrics,
            dimensions,
            contracts,
        };
        for measure in &measures {
            catalogue.check_measure(measure, &mut errors);
        }
        let before = errors.len();
        for metric in &catalogue.metrics {
            catalogue.check_names(metric, &mut errors);
        }
        if errors.len() == before {
            catalogue.check_depth(&mut errors);
        }
        for dimension in &catalogue.dimensions {
            catalogue.check_dimension(dimension, &mut errors);
        }
        if errors.is_empty() { Ok(catalogue) } else { Err(errors) }
    }

    /// The metric of that id.
    pub fn metric(&self, id: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.id == id)
    }

    /// Every metric, in the order of definition.
    pub fn metrics(&self) -> &[Metric] {
        &self.metrics
    }

    /// The dimension of that id.
    pub fn dimension(&self, id: &str) -> Option<&Dimension> {
        self.dimensions.iter().find(|dimension| dimension.id == id)
    }

    /// Every dimension, in the order of definition.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// The contract of every table.
    pub fn contracts(&self) -> &[TableContract] {
        &self.contracts
    }

    /// The contract of one table.
    pub fn contract(&self, table: &str) -> Option<&TableContract> {
        self.contracts.iter().find(|contract| contract.name == table)
    }

    /// Names of the tables whose rows a metric counts, sorted.
    pub fn tables_of(&self, metric: &Metric) -> Vec<String> {
        let expression = self.written_out(metric);
        let measures = expression.names().into_iter().filter_map(|name| self.measure(name));
        let mut tables: Vec<String> = measures.map(|measure| measure.table.clone()).collect();
        tables.sort();
        tables.dedup();
        tables
    }

    pub(crate) fn measure(&self, id: &str) -> Option<&Measure> {
        self.measures.get(id)
    }

    /// The metric's expression down to measures, every metric in it written out.
    pub(crate) fn written_out(&self, metric: &Metric) -> Expression {
        self.write_out(&metric.expression)
    }

    fn write_out(&self, expression: &Expression) -> Expression {
        match expression {
            Expression::Number(_) => expression.clone(),
            Expression::Name(name) => match self.metric(name) {
                Some(metric) => self.write_out(&metric.expression),
                None => expression.clone(),
            },
            Expression::Negative(inner) => Expression::Negative(Box::new(self.write_out(inner))),
            Expression::Binary(left, operator, right) => {
                Expression::Binary(Box::new(self.write_out(left)), *operator, Box::new(self.write_out(right)))
            }
        }
    }

    fn check_measure(&self, measure: &Measure, errors: &mut Vec<MetricError>) {
        let definition = Definition::Measure(measure.id.clone());
        let Some(contract) = self.table(&definition, &measure.table, errors) else { return };
        let day = contract.day_column();
        let date = column(&definition, contract, day, errors);
        if date.is_some_and(|date| date.column_type != ColumnType::Date) {
            errors.push(wrong(&definition, day, "it is not a date"));
        }
        match (&measure.column, measure.aggregate) {
            (Some(name), aggregate) => {
                let found = column(&definition, contract, name, errors);
                let sums = matches!(aggregate, Aggregate::Sum | Aggregate::ClosingSum);
                if sums && found.is_some_and(|found| !is_number(found)) {
                    errors.push(wrong(&definition, name, "only numbers can be summed"));
                }
            }
            (None, Aggregate::Count | Aggregate::ClosingCount) => {}
            (None, _) => errors.push(wrong(&definition, "", "sums and `count_distinct` need a column")),
        }
        let Some(only) = &measure.only else { return };
        let wanted = match only.value {
            Literal::Boolean(_) => ColumnType::Boolean,
            Literal::Text(_) => ColumnType::Text,
        };
        let found = column(&definition, contract, &only.column, errors);
        if found.is_some_and(|found| found.column_type != wanted) {
            errors.push(wrong(&definition, &only.column, "`only` compares it with a value of another type"));
        }
    }

    fn check_names(&self, metric: &Metric, errors: &mut Vec<MetricError>) {
        let unknown: BTreeSet<&str> = metric
            .expression
            .names()
            .into_iter()
            .filter(|name| self.measure(name).is_none() && self.metric(name).is_none())
            .collect();
        errors.extend(unknown.into_iter().map(|name| MetricError::NoSuchPart {
            definition: Definition::Metric(metric.id.clone()),
            name: name.to_owned(),
            known: self.measures.keys().cloned().chain(self.metrics.iter().map(|m| m.id.clone())).collect(),
        }));
    }

    /// Refuses cycles and expressions that explode; every name is known to exist here.
    fn check_depth(&self, errors: &mut Vec<MetricError>) {
        let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
        for metric in &self.metrics {
            if let Err(error) = self.size(metric, &mut Vec::new(), &mut sizes) {
                // A cycle is met once from each of its metrics, and from all that use it: one report is enough.
                let seen = errors.iter().any(|other| same_cycle(other, &error));
                if !seen {
                    errors.push(error);
                }
            }
        }
    }

    fn size<'a>(
        &'a self,
        metric: &'a Metric,
        path: &mut Vec<&'a str>,
        sizes: &mut BTreeMap<&'a str, usize>,
    ) -> Result<usize, MetricError> {
        if let Some(size) = sizes.get(metric.id.as_str()) {
            return Ok(*size);
        }
        if let Some(start) = path.iter().position(|id| *id == metric.id) {
            let mut cycle: Vec<String> = path.iter().skip(start).map(|id| (*id).to_owned()).collect();
            cycle.push(metric.id.clone());
            return Err(MetricError::Cycle {
                definition: Definition::Metric(metric.id.clone()),
                path: cycle,
            });
        }
        path.push(&metric.id);
        let mut size = 0_usize;
        for name in metric.expression.names() {
            size = size.saturating_add(match self.metric(name) {
                Some(inner) => self.size(inner, path, sizes)?,
                None => 1,
            });
        }
        path.pop();
        if size > MAX_PARTS {
            return Err(MetricError::TooLarge { definition: Definition::Metric(metric.id.clone()) });
        }
        sizes.insert(&metric.id, size);
        Ok(size)
    }

    fn check_dimension(&self, dimension: &Dimension, errors: &mut Vec<MetricError>) {
        let definition = Definition::Dimension(dimension.id.clone());
        let Some(contract) = self.table(&definition, &dimension.table, errors) else { return };
        if contract.key.len() != 1 {
            errors.push(wrong(&definition, &dimension.column, "its table has no single key column"));
        }
        let found = column(&definition, contract, &dimension.column, errors);
        if found.is_some_and(|found| found.column_type != ColumnType::Text) {
            errors.push(wrong(&definition, &dimension.column, "a dimension is a text"));
        }
    }

    fn table(
        &self,
        definition: &Definition,
        table: &str,
        errors: &mut Vec<MetricError>,
    ) -> Option<&TableContract> {
        let found = self.contract(table);
        if found.is_none() {
            errors.push(MetricError::NoSuchTable {
                definition: definition.clone(),
                table: table.to_owned(),
                known: self.contracts.iter().map(|contract| contract.name.clone()).collect(),
            });
        }
        found
    }
}

fn is_number(column: &ColumnContract) -> bool {
    matches!(column.column_type, ColumnType::Integer | ColumnType::Decimal)
}

fn wrong(definition: &Definition, column: &str, reason: &'static str) -> MetricError {
    MetricError::WrongColumn { definition: definition.clone(), column: column.to_owned(), reason }
}

fn column<'a>(
    definition: &Definition,
    contract: &'a TableContract,
    name: &str,
    errors: &mut Vec<MetricError>,
) -> Option<&'a ColumnContract> {
    let found = contract.columns.iter().find(|column| column.name == name);
    if found.is_none() {
        errors.push(MetricError::NoSuchColumn {
            definition: definition.clone(),
            table: contract.name.clone(),
            column: name.to_owned(),
            known: contract.columns.iter().map(|column| column.name.clone()).collect(),
        });
    }
    found
}

fn same_cycle(left: &MetricError, right: &MetricError) -> bool {
    let members = |error: &MetricError| match error {
        MetricError::Cycle { path, .. } => Some(path.iter().cloned().collect::<BTreeSet<_>>()),
        _ => None,
    };
    members(left).is_some_and(|left| members(right).is_some_and(|right| left == right))
}

/// Ids that are no names or that another definition, or the time axis, already has.
fn taken_ids(measures: &[Measure], metrics: &[Metric], dimensions: &[Dimension]) -> Vec<MetricError> {
    let mut errors = Vec::new();
    // Expressions know measures and metrics, results metrics, dimensions and the time axis.
    let mut in_expressions = BTreeSet::new();
    let mut in_results = BTreeSet::from([PERIOD_COLUMN]);
    let mut check = |definition: Definition, id: &str, free: bool| {
        if !is_snake_case(id) {
            errors.push(MetricError::BadId { definition });
        } else if !free {
            errors.push(MetricError::IdTaken { definition });
        }
    };
    for measure in measures {
        let free = in_expressions.insert(measure.id.as_str());
        check(Definition::Measure(measure.id.clone()), &measure.id, free);
    }
    for metric in metrics {
        let free = in_expressions.insert(metric.id.as_str()) & in_results.insert(metric.id.as_str());
        check(Definition::Metric(metric.id.clone()), &metric.id, free);
    }
    for dimension in dimensions {
        let free = in_results.insert(dimension.id.as_str());
        check(Definition::Dimension(dimension.id.clone()), &dimension.id, free);
    }
    errors
}

fn is_snake_case(id: &str) -> bool {
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
