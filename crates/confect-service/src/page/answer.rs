//! What a page is made of, before it goes over any wire. Numbers are exact decimals as texts.

use confect_domain::{Date, Period};
use confect_metrics::{Coverage, Grain, Metric};
use confect_project::Page;
use confect_warehouse::Publication;

use crate::shop::ShopInfo;

/// A page as the side bar lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageInfo {
    /// Part of its address.
    pub id: String,
    /// As it is headed.
    pub title: String,
    /// The group of the side bar.
    pub group: String,
    /// Name of its icon.
    pub icon: String,
}

impl PageInfo {
    pub(super) fn of(page: &Page) -> Self {
        Self {
            id: page.id.clone(),
            title: page.title.clone(),
            group: page.group.clone(),
            icon: page.icon.clone(),
        }
    }
}

/// Which tables a page was answered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicationInfo {
    /// Running number.
    pub id: u64,
    /// RFC 3339.
    pub published_at: String,
    /// Day of the first sale.
    pub data_from: Option<Date>,
    /// Day of the last sale.
    pub data_to: Option<Date>,
    /// Contract checks that passed.
    pub checks_passed: u32,
    /// Contract checks made.
    pub checks_total: u32,
    /// Records read, set aside and dropped as exact duplicates; `None` for a viewer with a row
    /// policy, whom they would tell how much there is beyond.
    pub rows: Option<RowCounts>,
}

/// Records of a whole refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowCounts {
    /// Records read.
    pub rows_in: u64,
    /// Records set aside.
    pub quarantined: u64,
    /// Records dropped as exact duplicates.
    pub deduplicated: u64,
}

impl PublicationInfo {
    pub(crate) fn of(publication: &Publication, limited: bool) -> Self {
        let rows = RowCounts {
            rows_in: publication.rows_in,
            quarantined: publication.rows_quarantined,
            deduplicated: publication.rows_deduplicated,
        };
        Self {
            rows: (!limited).then_some(rows),
            id: publication.id,
            published_at: publication.published_at.clone(),
            data_from: publication.data_from,
            data_to: publication.data_to,
            checks_passed: publication.checks_passed,
            checks_total: publication.checks_total,
        }
    }
}

/// What the page is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompareInfo {
    /// `last-year` or `previous`.
    pub kind: &'static str,
    /// The days compared with.
    pub period: Period,
    /// Whether the data reach back that far; baselines are null unless they do fully.
    pub covered: Coverage,
}

/// What the viewer may see, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessInfo {
    /// Whether rows are left out.
    pub limited: bool,
    /// "All rows", "Country is France".
    pub summary: String,
}

/// One filter of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterInfo {
    /// Id of the dimension; the parameter's name.
    pub id: String,
    /// As people call it.
    pub label: String,
    /// Values chosen, also those that the viewer has no member of.
    pub selected: Vec<String>,
    /// Values that the viewer may see.
    pub options: Vec<String>,
}

/// What a metric is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricInfo {
    /// Id of the metric.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// In words.
    pub definition: String,
    /// `money`, `count`, `quantity` or `rate`.
    pub unit: &'static str,
    /// `up`, `down` or `neutral`.
    pub good: &'static str,
    /// Who answers for it.
    pub owner: String,
}

impl MetricInfo {
    pub(super) fn of(metric: &Metric) -> Self {
        Self {
            id: metric.id.clone(),
            name: metric.name.clone(),
            definition: metric.definition.clone(),
            unit: metric.unit.word(),
            good: metric.good.word(),
            owner: metric.owner.clone(),
        }
    }
}

/// One step of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// First day of the step.
    pub at: Date,
    /// Null where nothing can be said.
    pub value: Option<String>,
    /// The step compared with.
    pub baseline: Option<String>,
}

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarRow {
    /// The member.
    pub key: String,
    /// Its value.
    pub value: Option<String>,
    /// The value compared with.
    pub baseline: Option<String>,
}

/// The members that have no bar of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rest {
    /// How many.
    pub members: usize,
    /// Together; null for a metric whose parts do not add up.
    pub value: Option<String>,
    /// The value compared with.
    pub baseline: Option<String>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// Id of the dimension or metric.
    pub id: String,
    /// As it is headed.
    pub label: String,
    /// The metric, if it is one.
    pub metric: Option<MetricInfo>,
}

/// What a tile shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileBody {
    /// One number.
    Kpi {
        /// What it is.
        metric: MetricInfo,
        /// The number.
        value: Option<String>,
        /// The number compared with.
        baseline: Option<String>,
        /// A small line.
        spark: Vec<Point>,
    },
    /// A line over time.
    Trend {
        /// What it is.
        metric: MetricInfo,
        /// The step.
        grain: Grain,
        /// Every step, gaps included.
        points: Vec<Point>,
        /// Whether the last step is not over yet.
        last_is_partial: bool,
    },
    /// The largest members.
    Bars {
        /// What it is.
        metric: MetricInfo,
        /// The filter that a click sets.
        filter: Option<String>,
        /// Largest first.
        rows: Vec<BarRow>,
        /// All others.
        other: Option<Rest>,
    },
    /// Rows.
    Table {
        /// Columns in order.
        columns: Vec<ColumnInfo>,
        /// Rows, each as long as `columns`.
        rows: Vec<Vec<Option<String>>>,
        /// How many there would be without the limit.
        total_rows: u64,
    },
    /// A tile that this shop's data cannot fill.
    Missing {
        /// The entity that is missing; empty if it is something else.
        needs: String,
        /// In words.
        message: String,
    },
}

/// One tile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileAnswer {
    /// Part of its address.
    pub id: String,
    /// As it is headed.
    pub title: String,
    /// Below the heading.
    pub subtitle: Option<String>,
    /// What it shows.
    pub body: TileBody,
}

/// One page for one viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageAnswer {
    /// Which page.
    pub page: PageInfo,
    /// Whose shop.
    pub shop: ShopInfo,
    /// From which tables.
    pub publication: PublicationInfo,
    /// The range's name.
    pub range: String,
    /// The days it means.
    pub period: Period,
    /// What it is compared with.
    pub compare: Option<CompareInfo>,
    /// What the viewer may see.
    pub access: AccessInfo,
    /// Filters that have something to choose from.
    pub filters: Vec<FilterInfo>,
    /// Tiles in order.
    pub tiles: Vec<TileAnswer>,
}

/// The text with its first letter large.
pub(super) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
