//! The wire contract with the dashboard, exactly; the only place that knows its names.

pub(crate) mod basket;
pub(crate) mod customers;
pub(crate) mod quality;

use confect_domain::{Date, Period};
use confect_service::ShopInfo;
use confect_service::page as answer;
use serde::{Deserialize, Serialize};

/// Body of `POST /api/sign-in`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    pub(crate) user: String,
    pub(crate) password: String,
}

#[derive(Serialize)]
pub(crate) struct Session {
    pub(crate) user: SessionUser,
    pub(crate) shop: Shop,
    pub(crate) access: Access,
}

#[derive(Serialize)]
pub(crate) struct SessionUser {
    pub(crate) name: String,
    pub(crate) display_name: String,
    pub(crate) roles: Vec<String>,
}

#[derive(Serialize)]
pub(crate) struct Shop {
    name: String,
    currency: String,
}

#[derive(Serialize)]
pub(crate) struct Access {
    limited: bool,
    summary: String,
}

#[derive(Serialize)]
pub(crate) struct PageRef {
    id: String,
    title: String,
    group: String,
    icon: String,
    kind: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Page {
    page: PageTitle,
    shop: Shop,
    publication: Publication,
    period: Days,
    compare: Option<Compare>,
    access: Access,
    filters: Vec<Filter>,
    tiles: Vec<Tile>,
}

#[derive(Serialize)]
struct PageTitle {
    id: String,
    title: String,
}

#[derive(Serialize)]
struct Publication {
    id: u64,
    published_at: String,
    data_from: Option<String>,
    data_to: Option<String>,
    checks_passed: u32,
    checks_total: u32,
    rows_in: Option<u64>,
    rows_quarantined: Option<u64>,
    rows_deduplicated: Option<u64>,
}

#[derive(Serialize)]
struct Days {
    range: String,
    from: String,
    to: String,
}

#[derive(Serialize)]
struct Compare {
    kind: &'static str,
    from: String,
    to: String,
    covered: &'static str,
}

#[derive(Serialize)]
struct Filter {
    id: String,
    label: String,
    selected: Vec<String>,
    options: Vec<String>,
}

#[derive(Serialize)]
struct Metric {
    id: String,
    name: String,
    definition: String,
    unit: &'static str,
    good: &'static str,
    owner: String,
}

#[derive(Serialize)]
struct Point {
    at: String,
    value: Option<String>,
    baseline: Option<String>,
}

#[derive(Serialize)]
struct Bar {
    key: String,
    value: Option<String>,
    baseline: Option<String>,
}

#[derive(Serialize)]
struct Other {
    members: usize,
    value: Option<String>,
    baseline: Option<String>,
}

#[derive(Serialize)]
struct Column {
    id: String,
    label: String,
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<Metric>,
}

#[derive(Serialize)]
struct Tile {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subtitle: Option<String>,
    #[serde(flatten)]
    body: Body,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Body {
    Kpi { metric: Metric, value: Option<String>, baseline: Option<String>, spark: Vec<Point> },
    Trend { metric: Metric, grain: &'static str, points: Vec<Point>, last_is_partial: bool },
    Bars { metric: Metric, filter: Option<String>, rows: Vec<Bar>, other: Option<Other> },
    Table { columns: Vec<Column>, rows: Vec<Vec<Option<String>>>, total_rows: u64 },
    Missing { needs: String, message: String },
}

fn day(date: Date) -> String {
    date.to_string()
}

fn points(points: Vec<answer::Point>) -> Vec<Point> {
    let point =
        |point: answer::Point| Point { at: day(point.at), value: point.value, baseline: point.baseline };
    points.into_iter().map(point).collect()
}

impl From<ShopInfo> for Shop {
    fn from(shop: ShopInfo) -> Self {
        Self { name: shop.name, currency: shop.currency }
    }
}

impl From<answer::AccessInfo> for Access {
    fn from(access: answer::AccessInfo) -> Self {
        Self { limited: access.limited, summary: access.summary }
    }
}

impl From<answer::PageInfo> for PageRef {
    fn from(page: answer::PageInfo) -> Self {
        Self { id: page.id, title: page.title, group: page.group, icon: page.icon, kind: "tiles" }
    }
}

impl PageRef {
    /// A page of its own: what is bought together.
    pub(crate) fn basket() -> Self {
        Self::own("basket", "Market basket", "Business", "basket")
    }

    /// The page that is no list of tiles: data quality and runs.
    pub(crate) fn quality() -> Self {
        Self::own("quality", "Data quality & runs", "Data", "shield")
    }

    /// A page with code of its own; its kind is its id.
    pub(crate) fn own(id: &'static str, title: &str, group: &str, icon: &str) -> Self {
        let text = str::to_owned;
        Self { id: text(id), title: text(title), group: text(group), icon: text(icon), kind: id }
    }
}

impl From<answer::MetricInfo> for Metric {
    fn from(metric: answer::MetricInfo) -> Self {
        Self {
            id: metric.id,
            name: metric.name,
            definition: metric.definition,
            unit: metric.unit,
            good: metric.good,
            owner: metric.owner,
        }
    }
}

impl From<answer::PublicationInfo> for Publication {
    fn from(publication: answer::PublicationInfo) -> Self {
        Self {
            id: publication.id,
            published_at: publication.published_at,
            data_from: publication.data_from.map(day),
            data_to: publication.data_to.map(day),
            checks_passed: publication.checks_passed,
            checks_total: publication.checks_total,
            rows_in: publication.rows.map(|rows| rows.rows_in),
            rows_quarantined: publication.rows.map(|rows| rows.quarantined),
            rows_deduplicated: publication.rows.map(|rows| rows.deduplicated),
        }
    }
}

impl From<answer::CompareInfo> for Compare {
    fn from(compare: answer::CompareInfo) -> Self {
        let Period { from, to } = compare.period;
        Self { kind: compare.kind, from: day(from), to: day(to), covered: compare.covered.word() }
    }
}

impl From<answer::FilterInfo> for Filter {
    fn from(filter: answer::FilterInfo) -> Self {
        Self { id: filter.id, label: filter.label, selected: filter.selected, options: filter.options }
    }
}

impl From<answer::ColumnInfo> for Column {
    fn from(column: answer::ColumnInfo) -> Self {
        let r#type = if column.metric.is_some() { "metric" } else { "text" };
        Self { id: column.id, label: column.label, r#type, metric: column.metric.map(Metric::from) }
    }
}

impl From<answer::TileBody> for Body {
    fn from(body: answer::TileBody) -> Self {
        use answer::TileBody as From;
        match body {
            From::Kpi { metric, value, baseline, spark } => {
                Self::Kpi { metric: metric.into(), value, baseline, spark: points(spark) }
            }
            From::Trend { metric, grain, points: steps, last_is_partial } => Self::Trend {
                metric: metric.into(),
                grain: grain.word(),
                points: points(steps),
                last_is_partial,
            },
            From::Bars { metric, filter, rows, other } => {
                let bar =
                    |row: answer::BarRow| Bar { key: row.key, value: row.value, baseline: row.baseline };
                let other = other.map(|other| Other {
                    members: other.members,
                    value: other.value,
                    baseline: other.baseline,
                });
                Self::Bars { metric: metric.into(), filter, rows: rows.into_iter().map(bar).collect(), other }
            }
            From::Table { columns, rows, total_rows } => {
                Self::Table { columns: columns.into_iter().map(Column::from).collect(), rows, total_rows }
            }
            From::Missing { needs, message } => Self::Missing { needs, message },
        }
    }
}

impl From<answer::TileAnswer> for Tile {
    fn from(tile: answer::TileAnswer) -> Self {
        Self { id: tile.id, title: tile.title, subtitle: tile.subtitle, body: tile.body.into() }
    }
}

impl From<answer::PageAnswer> for Page {
    fn from(page: answer::PageAnswer) -> Self {
        Self {
            page: PageTitle { id: page.page.id, title: page.page.title },
            shop: page.shop.into(),
            publication: page.publication.into(),
            period: Days { range: page.range, from: day(page.period.from), to: day(page.period.to) },
            compare: page.compare.map(Compare::from),
            access: page.access.into(),
            filters: page.filters.into_iter().map(Filter::from).collect(),
            tiles: page.tiles.into_iter().map(Tile::from).collect(),
        }
    }
}
