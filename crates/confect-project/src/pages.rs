//! `dashboards/*.toml`: pages made of tiles. A page's id is its file's name.

use std::collections::{BTreeMap, BTreeSet};

use confect_metrics::{Access, Catalogue, Filter, MetricError, MetricQuery};
use serde::Deserialize;
use toml::Spanned;

use crate::error::ProjectError;
use crate::text_file::TextFile;

/// The most rows that a tile shows.
const MAX_ROWS: u32 = 10_000;
/// Rows of bars, and of a table, that state no limit.
const USUAL_BARS: u32 = 8;
const USUAL_ROWS: u32 = 200;

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Name of its file.
    pub id: String,
    /// As it is shown.
    pub title: String,
    /// Heading in the navigation.
    pub group: String,
    /// Name of an icon.
    pub icon: String,
    /// Ids of the dimensions that the page filters by.
    pub filters: Vec<String>,
    /// In reading order.
    pub tiles: Vec<Tile>,
}

/// One tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Unique on its page.
    pub id: String,
    /// As it is shown; the metric's name if the file states none.
    pub title: String,
    /// A line below the title.
    pub subtitle: Option<String>,
    /// What it shows.
    pub kind: TileKind,
}

/// What a tile shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// One number with its past.
    Kpi {
        /// Id of the metric.
        metric: String,
    },
    /// One metric over time.
    Trend {
        /// Id of the metric.
        metric: String,
    },
    /// One metric by the members of a dimension.
    Bars {
        /// Id of the metric.
        metric: String,
        /// The first of these with at least two members is shown.
        by: Vec<String>,
        /// Largest members shown; the others are one bar.
        limit: u32,
    },
    /// Several metrics by one or more dimensions.
    Table {
        /// Ids of dimensions.
        by: Vec<String>,
        /// Ids of metrics; sorted by the first.
        metrics: Vec<String>,
        /// Rows shown.
        limit: u32,
        /// Members that the tile is about, whatever the page's filters: merchandise, say.
        only: Vec<Filter>,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageFile {
    title: String,
    #[serde(default)]
    group: String,
    #[serde(default)]
    icon: String,
    /// Place among the pages, smallest first.
    #[serde(default)]
    order: u32,
    #[serde(default)]
    filters: Vec<Spanned<String>>,
    #[serde(default)]
    tile: Vec<TileTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TileTable {
    id: Spanned<String>,
    kind: Spanned<String>,
    title: Option<String>,
    subtitle: Option<String>,
    metric: Option<Spanned<String>>,
    metrics: Option<Vec<Spanned<String>>>,
    by: Option<Vec<Spanned<String>>>,
    limit: Option<Spanned<u32>>,
    only: Option<BTreeMap<Spanned<String>, Vec<String>>>,
}

const KINDS: [&str; 4] = ["kpi", "trend", "bars", "table"];

/// Reads the pages; without a catalogue (it is broken itself) references are not checked.
pub(crate) fn read_pages(
    files: &[TextFile],
    catalogue: Option<&Catalogue>,
    errors: &mut Vec<ProjectError>,
) -> Vec<Page> {
    let mut pages = Vec::new();
    for file in files {
        match file.parse::<PageFile>() {
            Ok(table) => pages.push((table.order, PageReader { file, catalogue, errors }.page(table))),
            Err(error) => errors.push(error),
        }
    }
    pages.sort_by(|(left, one), (right, other)| left.cmp(right).then_with(|| one.id.cmp(&other.id)));
    pages.into_iter().map(|(_, page)| page).collect()
}

struct PageReader<'a> {
    file: &'a TextFile,
    catalogue: Option<&'a Catalogue>,
    errors: &'a mut Vec<ProjectError>,
}

impl PageReader<'_> {
    fn page(mut self, table: PageFile) -> Page {
        self.check_names(&table.filters, true);
        let filters: Vec<String> = owned(&table.filters);
        let mut ids = BTreeSet::new();
        let mut tiles = Vec::new();
        for tile in table.tile {
            if !ids.insert(tile.id.get_ref().clone()) {
                let (place, name) = (self.file.place_of(&tile.id), tile.id.get_ref().clone());
                self.errors.push(ProjectError::Twice { place, what: "tile", name });
            }
            tiles.extend(self.tile(tile, &filters));
        }
        Page {
            id: self.file.name.clone(),
            title: table.title,
            group: table.group,
            icon: table.icon,
            filters,
            tiles,
        }
    }

    fn tile(&mut self, table: TileTable, filters: &[String]) -> Option<Tile> {
        let before = self.errors.len();
        let (place, id) = (self.file.place_of(&table.id), table.id.get_ref().clone());
        let subject = format!("tile `{id}`");
        let limit = table.limit.as_ref().map(|limit| *limit.get_ref());
        self.check_limit(table.limit.as_ref());
        self.check_names(table.by.as_deref().unwrap_or_default(), true);
        self.check_names(table.metrics.as_deref().unwrap_or_default(), false);
        self.check_names(table.metric.as_slice(), false);
        let restricted: Vec<Spanned<String>> =
            table.only.iter().flatten().map(|(name, _)| name.clone()).collect();
        self.check_names(&restricted, true);
        let mut keys = Keys { given: &table, place: place.clone(), subject, errors: &mut *self.errors };
        let kind = match table.kind.get_ref().as_str() {
            "kpi" => {
                keys.refuse(&["metrics", "by", "limit", "only"]);
                TileKind::Kpi { metric: keys.metric() }
            }
            "trend" => {
                keys.refuse(&["metrics", "by", "limit", "only"]);
                TileKind::Trend { metric: keys.metric() }
            }
            "bars" => {
                keys.refuse(&["metrics", "only"]);
                TileKind::Bars { metric: keys.metric(), by: keys.by(), limit: limit.unwrap_or(USUAL_BARS) }
            }
            "table" => {
                keys.refuse(&["metric"]);
                TileKind::Table {
                    by: keys.by(),
                    metrics: keys.metrics(),
                    limit: limit.unwrap_or(USUAL_ROWS),
                    only: keys.only(),
                }
            }
            other => {
                self.errors.push(ProjectError::UnknownName {
                    place: self.file.place_of(&table.kind),
                    what: "kind of tile",
                    name: other.to_owned(),
                    of: None,
                    known: KINDS.iter().map(|kind| (*kind).to_owned()).collect(),
                });
                return None;
            }
        };
        if self.errors.len() == before {
            self.check_answers(&kind, filters, &place);
        }
        let title = table.title.unwrap_or_else(|| self.usual_title(&kind, &id));
        Some(Tile { id, title, subtitle: table.subtitle, kind })
    }

    fn usual_title(&self, kind: &TileKind, id: &str) -> String {
        let metric = match kind {
            TileKind::Kpi { metric } | TileKind::Trend { metric } | TileKind::Bars { metric, .. } => {
                Some(metric)
            }
            TileKind::Table { .. } => None,
        };
        let found = metric.and_then(|metric| self.catalogue.and_then(|catalogue| catalogue.metric(metric)));
        found.map_or_else(|| id.to_owned(), |metric| metric.name.clone())
    }

    fn check_limit(&mut self, limit: Option<&Spanned<u32>>) {
        if let Some(limit) = limit.filter(|limit| !(1..=MAX_ROWS).contains(limit.get_ref())) {
            let (place, value) = (self.file.place_of(limit), limit.get_ref().to_string());
            self.errors.push(ProjectError::BadValue {
                place,
                value,
                expected: "a number of rows from 1 to 10000",
            });
        }
    }

    /// Names that are not in the catalogue, as dimensions or as metrics.
    fn check_names(&mut self, names: &[Spanned<String>], dimensions: bool) {
        let Some(catalogue) = self.catalogue else { return };
        let known: Vec<&str> = if dimensions {
            catalogue.dimensions().iter().map(|dimension| dimension.id.as_str()).collect()
        } else {
            catalogue.metrics().iter().map(|metric| metric.id.as_str()).collect()
        };
        for name in names.iter().filter(|name| !known.contains(&name.get_ref().as_str())) {
            self.errors.push(ProjectError::UnknownName {
                place: self.file.place_of(name),
                what: if dimensions { "dimension" } else { "metric" },
                name: name.get_ref().clone(),
                of: None,
                known: known.iter().map(|name| (*name).to_owned()).collect(),
            });
        }
    }

    /// Whether the tile's question compiles with every filter of the page.
    fn check_answers(&mut self, kind: &TileKind, filters: &[String], place: &crate::error::Place) {
        let Some(catalogue) = self.catalogue else { return };
        let filters: Vec<Filter> = filters
            .iter()
            .map(|dimension| Filter { dimension: dimension.clone(), values: Vec::new() })
            .collect();
        let mut refused: Vec<MetricError> = questions(kind)
            .into_iter()
            .map(|(metrics, by)| MetricQuery {
                metrics,
                by,
                filters: filters.clone(),
                ..MetricQuery::default()
            })
            .filter_map(|query| catalogue.authorise(&query, &Access::owner()).err())
            .collect();
        refused.dedup();
        self.errors.extend(
            refused
                .into_iter()
                .map(|error| ProjectError::Metric { place: place.clone(), error: Box::new(error) }),
        );
    }
}

/// The metrics and dimensions that a tile may ask for together.
fn questions(kind: &TileKind) -> Vec<(Vec<String>, Vec<String>)> {
    match kind {
        TileKind::Kpi { metric } | TileKind::Trend { metric } => vec![(vec![metric.clone()], Vec::new())],
        TileKind::Bars { metric, by, .. } => {
            by.iter().map(|by| (vec![metric.clone()], vec![by.clone()])).collect()
        }
        TileKind::Table { by, metrics, .. } => vec![(metrics.clone(), by.clone())],
    }
}

/// The keys of a tile, of which each kind takes some.
struct Keys<'a> {
    given: &'a TileTable,
    place: crate::error::Place,
    subject: String,
    errors: &'a mut Vec<ProjectError>,
}

impl Keys<'_> {
    fn refuse(&mut self, keys: &[&'static str]) {
        for key in keys {
            let given = match *key {
                "metric" => self.given.metric.is_some(),
                "metrics" => self.given.metrics.is_some(),
                "by" => self.given.by.is_some(),
                "only" => self.given.only.is_some(),
                _ => self.given.limit.is_some(),
            };
            if given {
                let (place, subject) = (self.place.clone(), self.subject.clone());
                self.errors.push(ProjectError::Unneeded { place, subject, key });
            }
        }
    }

    fn missing(&mut self, what: &str) {
        let (place, subject) = (self.place.clone(), self.subject.clone());
        self.errors.push(ProjectError::Missing { place, subject, what: what.to_owned() });
    }

    fn only(&self) -> Vec<Filter> {
        let filter = |(name, values): (&Spanned<String>, &Vec<String>)| Filter {
            dimension: name.get_ref().clone(),
            values: values.clone(),
        };
        self.given.only.iter().flatten().map(filter).collect()
    }

    fn metric(&mut self) -> String {
        match &self.given.metric {
            Some(metric) => metric.get_ref().clone(),
            None => {
                self.missing("a `metric`");
                String::new()
            }
        }
    }

    fn metrics(&mut self) -> Vec<String> {
        let metrics = owned(self.given.metrics.as_deref().unwrap_or_default());
        if metrics.is_empty() {
            self.missing("`metrics`, at least one");
        }
        metrics
    }

    fn by(&mut self) -> Vec<String> {
        let by = owned(self.given.by.as_deref().unwrap_or_default());
        if by.is_empty() {
            self.missing("`by`, at least one dimension");
        }
        by
    }
}

fn owned(names: &[Spanned<String>]) -> Vec<String> {
    names.iter().map(|name| name.get_ref().clone()).collect()
}
