//! Pages: what a viewer gets when looking at one, as plain structs.
//!
//! One page pins one publication, works out its days once, and asks at most four questions at a time.
//! Every number comes from an authorised query; what is added up here is exact and only over what the
//! viewer was given. Reads: the project's pages and catalogue, the warehouse. Deliberately absent: wire
//! names, HTML, rounding.

pub(crate) mod answer;
mod bars;
mod csv;
mod kpi;
mod request;
mod series;
mod table;
mod view;

use std::collections::BTreeSet;

use confect_domain::{Date, Period};
use confect_metrics::{Access, Comparison, Coverage, MetricError};
use confect_project::{Page, Tile, TileKind};
use confect_warehouse::Publication;
use futures::future::try_join_all;

pub use answer::{
    AccessInfo, BarRow, ColumnInfo, CompareInfo, FilterInfo, MetricInfo, PageAnswer, PageInfo, Point,
    PublicationInfo, Rest, TileAnswer, TileBody,
};

use crate::error::ServiceError;
use crate::shop::Shop;
use answer::capitalised;
use request::PageRequest;
use view::View;

impl Shop {
    /// The pages of the side bar, in order.
    pub fn pages(&self) -> Vec<PageInfo> {
        self.project().pages.iter().map(PageInfo::of).collect()
    }

    /// One page for one viewer. `parameters` are those of the request: `range`, `from`, `to`, `compare`,
    /// and a dimension's id for each value that passes.
    ///
    /// # Errors
    /// An unknown page or parameter, nothing published yet, or a failing query.
    pub async fn page(
        &self,
        id: &str,
        parameters: &[(String, String)],
        access: &Access,
    ) -> Result<PageAnswer, ServiceError> {
        let page = self.find_page(id)?;
        self.answer(page, &page.tiles.iter().collect::<Vec<_>>(), parameters, access).await
    }

    /// One tile of a page as a CSV file: its name and its text, exactly what the tile shows.
    ///
    /// # Errors
    /// As [`Shop::page`]; an unknown tile.
    pub async fn tile_csv(
        &self,
        id: &str,
        tile: &str,
        parameters: &[(String, String)],
        access: &Access,
    ) -> Result<(String, String), ServiceError> {
        let page = self.find_page(id)?;
        let tile = page.tiles.iter().find(|other| other.id == tile);
        let tile = tile.ok_or_else(|| ServiceError::NoSuchTile(id.to_owned()))?;
        let answer = self.answer(page, &[tile], parameters, access).await?;
        let body = answer.tiles.first().ok_or_else(|| ServiceError::NoSuchTile(id.to_owned()))?;
        let last = answer.period.to.plus_days(-1);
        let name = format!("{}-{}-{}-to-{last}.csv", answer.page.id, tile.id, answer.period.from);
        Ok((name, csv::render(&body.body)))
    }

    fn find_page(&self, id: &str) -> Result<&Page, ServiceError> {
        let found = self.project().pages.iter().find(|page| page.id == id);
        found.ok_or_else(|| ServiceError::NoSuchPage(confect_domain::problem::printable(id)))
    }

    async fn answer(
        &self,
        page: &Page,
        tiles: &[&Tile],
        parameters: &[(String, String)],
        access: &Access,
    ) -> Result<PageAnswer, ServiceError> {
        let catalogue = &self.project().catalogue;
        let request = PageRequest::parse(page, catalogue, parameters)?;
        let publication = self.publication()?;
        let data = data_span(&publication);
        let as_of = self.project().shop.as_of.unwrap_or(data.to);
        let period = request.range.resolve(as_of, data);
        let compare = compare(period, request.compare, data);
        let baseline =
            compare.filter(|compare| compare.covered == Coverage::Full).map(|compare| compare.period);
        let mut view = View::new(
            self,
            std::sync::Arc::clone(&publication),
            access,
            period,
            baseline,
            data,
            request.filters,
        );
        view.is_yearly = request.compare == Comparison::LastYear;
        view.load_members(&dimensions_in_use(page, tiles)).await?;
        let kpis = kpi::numbers(&view, tiles).await?;
        let tiles = try_join_all(tiles.iter().map(|tile| answer_tile(&view, page, tile, &kpis))).await?;
        Ok(PageAnswer {
            page: PageInfo::of(page),
            shop: self.info(),
            publication: PublicationInfo::of(&publication, !access.policy().is_everything()),
            range: request.range.name(),
            period,
            compare,
            access: AccessInfo::of(access),
            filters: filters(page, &view),
            tiles,
        })
    }
}

/// What a surface says about a viewer's rights.
impl AccessInfo {
    /// In words, as they stand beside the page's title.
    pub fn of(access: &Access) -> Self {
        Self { limited: !access.policy().is_everything(), summary: capitalised(&access.policy().summary()) }
    }
}

/// The days of the data; the day of the publication if there is no sale.
fn data_span(publication: &Publication) -> Period {
    let sales = publication.data_from.zip(publication.data_to);
    let published = publication.published_at.get(..10).and_then(Date::parse);
    let epoch = Date::from_days(0);
    let (from, last) = sales.or(published.zip(published)).unwrap_or((epoch, epoch));
    Period { from, to: last.plus_days(1) }
}

fn compare(period: Period, comparison: Comparison, data: Period) -> Option<CompareInfo> {
    let baseline = confect_metrics::baseline(period, comparison)?;
    Some(CompareInfo {
        kind: comparison.name(),
        period: baseline,
        covered: confect_metrics::coverage(baseline, data),
    })
}

/// Dimensions whose members the page needs: for its filters, and to choose what bars show.
fn dimensions_in_use(page: &Page, tiles: &[&Tile]) -> BTreeSet<String> {
    let of_tile = |tile: &&Tile| match &tile.kind {
        TileKind::Bars { by, .. } => by.clone(),
        _ => Vec::new(),
    };
    page.filters.iter().cloned().chain(tiles.iter().flat_map(of_tile)).collect()
}

/// The filters that have something to choose from, or something chosen.
fn filters(page: &Page, view: &View<'_>) -> Vec<FilterInfo> {
    let info = |id: &String| {
        let options = view.members(id).to_vec();
        let chosen = view.filters.iter().find(|filter| filter.dimension == *id);
        let selected = chosen.map(|filter| filter.values.clone()).unwrap_or_default();
        let label =
            view.catalogue().dimension(id).map_or_else(|| id.clone(), |dimension| dimension.name.clone());
        FilterInfo { id: id.clone(), label, selected, options }
    };
    let shown = |filter: &FilterInfo| !filter.options.is_empty() || !filter.selected.is_empty();
    page.filters.iter().map(info).filter(shown).collect()
}

async fn answer_tile(
    view: &View<'_>,
    page: &Page,
    tile: &Tile,
    kpis: &kpi::Numbers,
) -> Result<TileAnswer, ServiceError> {
    let body = match &tile.kind {
        TileKind::Kpi { metric } => Ok(kpi::tile(view, metric, kpis)),
        TileKind::Trend { metric } => series::trend(view, metric).await,
        TileKind::Bars { metric, by, limit } => bars::tile(view, page, metric, by, *limit).await,
        TileKind::Table { by, metrics, limit, only } => table::tile(view, by, metrics, *limit, only).await,
    };
    let body = match body {
        Ok(body) => body,
        // A question that the shop's data cannot answer is no failure of the page.
        Err(ServiceError::Metric(error)) => missing(&error),
        Err(error) => return Err(error),
    };
    let subtitle = subtitle(tile.subtitle.as_deref(), &body);
    Ok(TileAnswer { id: tile.id.clone(), title: tile.title.clone(), subtitle, body })
}

/// A trend also says what one step is: `Per week, after returns`.
fn subtitle(given: Option<&str>, body: &TileBody) -> Option<String> {
    let TileBody::Trend { grain, .. } = body else { return given.map(str::to_owned) };
    let step = format!("Per {}", grain.word());
    Some(given.map_or_else(|| step.clone(), |given| format!("{step}, {}", given.to_lowercase())))
}

fn missing(error: &MetricError) -> TileBody {
    TileBody::Missing { needs: String::new(), message: capitalised(&error.to_string()) }
}
