//! `metrics/*.toml`: measures, metrics and dimensions, and the catalogue they make.
//!
//! The catalogue checks references; this module remembers where each definition stands, so that what it
//! refuses can be shown with file, line and column.

use std::collections::{BTreeMap, BTreeSet};

use confect_domain::{Entity, TableContract};
use confect_metrics::{
    Additivity, Aggregate, Catalogue, Condition, Definition, Dimension, Direction, Expression, Literal,
    Measure, Metric, MetricError, Unit,
};
use serde::Deserialize;
use toml::Spanned;

use crate::error::{Place, ProjectError};
use crate::text_file::{TextFile, word};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricsFile {
    #[serde(default)]
    measure: Vec<MeasureTable>,
    #[serde(default)]
    metric: Vec<MetricTable>,
    #[serde(default)]
    dimension: Vec<DimensionTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureTable {
    id: Spanned<String>,
    table: Spanned<String>,
    aggregate: Spanned<String>,
    column: Option<Spanned<String>>,
    only: Option<Spanned<OnlyTable>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnlyTable {
    column: String,
    equals: LiteralValue,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum LiteralValue {
    Boolean(bool),
    Text(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MetricTable {
    id: Spanned<String>,
    name: String,
    definition: String,
    expression: Spanned<String>,
    unit: Spanned<String>,
    additivity: Spanned<String>,
    good: Spanned<String>,
    owner: String,
    grain: String,
    #[serde(default)]
    sources: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DimensionTable {
    id: Spanned<String>,
    name: String,
    table: Spanned<String>,
    column: Spanned<String>,
    requires: Option<Spanned<String>>,
}

/// Where the parts of one definition stand.
#[derive(Debug, Default)]
struct Spots {
    id: Option<Place>,
    table: Option<Place>,
    column: Option<Place>,
    expression: Option<Place>,
}

/// What was read of `metrics/`.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    measures: Vec<Measure>,
    metrics: Vec<Metric>,
    dimensions: Vec<Dimension>,
    /// By definition; of a name that is defined twice the later one, which is the one to blame.
    spots: BTreeMap<Definition, Spots>,
    /// Names of columns in `only`, which share a measure's table.
    only_spots: BTreeMap<(Definition, String), Place>,
    /// Whether a definition could not be read, so that names may be missing through no fault of others.
    broken: bool,
}

impl Definitions {
    /// Adds the definitions of one file.
    pub(crate) fn read(&mut self, file: &TextFile, errors: &mut Vec<ProjectError>) {
        let before = errors.len();
        match file.parse::<MetricsFile>() {
            Ok(tables) => self.add(file, tables, errors),
            Err(error) => errors.push(error),
        }
        self.broken |= errors.len() > before;
    }

    fn add(&mut self, file: &TextFile, tables: MetricsFile, errors: &mut Vec<ProjectError>) {
        for table in tables.measure {
            keep(self.measure(file, table), errors);
        }
        for table in tables.metric {
            keep(self.metric(file, table), errors);
        }
        for table in tables.dimension {
            keep(self.dimension(file, table), errors);
        }
    }

    fn measure(&mut self, file: &TextFile, table: MeasureTable) -> Result<(), ProjectError> {
        let aggregate = word(file, "aggregate", &table.aggregate, &Aggregate::WORDS)?;
        let definition = Definition::Measure(table.id.get_ref().clone());
        let spots = Spots {
            id: Some(file.place_of(&table.id)),
            table: Some(file.place_of(&table.table)),
            column: Some(
                table
                    .column
                    .as_ref()
                    .map_or_else(|| file.place_of(&table.id), |column| file.place_of(column)),
            ),
            expression: None,
        };
        self.spots.insert(definition.clone(), spots);
        let only = table.only.map(|only| {
            let place = file.place_of(&only);
            let only = only.into_inner();
            self.only_spots.insert((definition, only.column.clone()), place);
            let value = match only.equals {
                LiteralValue::Boolean(value) => Literal::Boolean(value),
                LiteralValue::Text(value) => Literal::Text(value),
            };
            Condition { column: only.column, value }
        });
        self.measures.push(Measure {
            id: table.id.into_inner(),
            table: table.table.into_inner(),
            aggregate,
            column: table.column.map(Spanned::into_inner),
            only,
        });
        Ok(())
    }

    fn metric(&mut self, file: &TextFile, table: MetricTable) -> Result<(), ProjectError> {
        let unit = word(file, "unit", &table.unit, &Unit::WORDS)?;
        let additivity = word(file, "additivity", &table.additivity, &Additivity::WORDS)?;
        let good = word(file, "direction", &table.good, &Direction::WORDS)?;
        let expression =
            Expression::parse(table.expression.get_ref()).map_err(|error| ProjectError::Syntax {
                // The span starts at the quote.
                place: file.place_at(table.expression.span().start + 1 + error.position),
                message: error.message,
            })?;
        let spots = Spots {
            id: Some(file.place_of(&table.id)),
            expression: Some(file.place_of(&table.expression)),
            ..Spots::default()
        };
        self.spots.insert(Definition::Metric(table.id.get_ref().clone()), spots);
        self.metrics.push(Metric {
            id: table.id.into_inner(),
            name: table.name,
            definition: table.definition.split_whitespace().collect::<Vec<_>>().join(" "),
            expression,
            unit,
            additivity,
            good,
            owner: table.owner,
            grain: table.grain,
            sources: table.sources,
        });
        Ok(())
    }

    fn dimension(&mut self, file: &TextFile, table: DimensionTable) -> Result<(), ProjectError> {
        let entities: Vec<(&'static str, Entity)> =
            Entity::ALL.iter().map(|entity| (entity.name(), *entity)).collect();
        let requires = table.requires.map(|given| word(file, "entity", &given, &entities)).transpose()?;
        let spots = Spots {
            id: Some(file.place_of(&table.id)),
            table: Some(file.place_of(&table.table)),
            column: Some(file.place_of(&table.column)),
            expression: None,
        };
        self.spots.insert(Definition::Dimension(table.id.get_ref().clone()), spots);
        self.dimensions.push(Dimension {
            id: table.id.into_inner(),
            name: table.name,
            table: table.table.into_inner(),
            column: table.column.into_inner(),
            requires,
        });
        Ok(())
    }

    /// Whether a definition could not be read.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken
    }

    /// The catalogue of all definitions over the tables of `contracts`. What it refuses goes to `errors`,
    /// but for what only follows from tables or definitions that are `broken` anyway.
    pub(crate) fn catalogue(
        &self,
        contracts: Vec<TableContract>,
        broken_tables: &BTreeSet<String>,
        errors: &mut Vec<ProjectError>,
    ) -> Option<Catalogue> {
        let (measures, metrics, dimensions) =
            (self.measures.clone(), self.metrics.clone(), self.dimensions.clone());
        let refused = match Catalogue::new(measures, metrics, dimensions, contracts) {
            Ok(catalogue) => return Some(catalogue),
            Err(refused) => refused,
        };
        for error in refused {
            let follows = match &error {
                MetricError::NoSuchTable { table, .. } | MetricError::NoSuchColumn { table, .. } => {
                    broken_tables.contains(table)
                }
                MetricError::NoSuchPart { .. } => self.broken,
                _ => false,
            };
            if !follows {
                errors.push(ProjectError::Metric { place: self.place(&error), error: Box::new(error) });
            }
        }
        None
    }

    fn place(&self, error: &MetricError) -> Place {
        let nowhere = Place { file: "metrics".to_owned(), line: 1, column: 1 };
        let Some(definition) = error.definition() else { return nowhere };
        let spots = self.spots.get(definition);
        let spot = match error {
            MetricError::NoSuchTable { .. } => spots.and_then(|spots| spots.table.clone()),
            MetricError::NoSuchColumn { column, .. } | MetricError::WrongColumn { column, .. } => self
                .only_spots
                .get(&(definition.clone(), column.clone()))
                .cloned()
                .or_else(|| spots.and_then(|spots| spots.column.clone())),
            MetricError::NoSuchPart { .. } | MetricError::Cycle { .. } | MetricError::TooLarge { .. } => {
                spots.and_then(|spots| spots.expression.clone())
            }
            _ => spots.and_then(|spots| spots.id.clone()),
        };
        spot.unwrap_or(nowhere)
    }
}

fn keep(result: Result<(), ProjectError>, errors: &mut Vec<ProjectError>) {
    if let Err(error) = result {
        errors.push(error);
    }
}
