//! One look at one publication: who, which days, which filters; and the one way to ask for numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use confect_domain::Period;
use confect_metrics::{Access, AuthorisedQuery, Catalogue, Filter, Metric, MetricError, MetricQuery};
use confect_warehouse::{Publication, WarehouseError};
use futures::future::try_join_all;
use tokio::sync::Semaphore;

use crate::answer::Answer;
use crate::error::ServiceError;
use crate::shop::Shop;

/// Questions of one page at a time.
const AT_ONCE: usize = 4;
/// Members that a filter offers.
const MAX_MEMBERS: u32 = 1_000;

/// What every tile of a page shares.
pub(super) struct View<'a> {
    shop: &'a Shop,
    publication: Arc<Publication>,
    access: &'a Access,
    pub(super) period: Period,
    /// The days compared with, if the data reach back that far.
    pub(super) baseline: Option<Period>,
    /// The days of the data.
    pub(super) data: Period,
    pub(super) filters: Vec<Filter>,
    /// Whether the comparison is with last year.
    pub(super) is_yearly: bool,
    members: BTreeMap<String, Vec<String>>,
    permits: Semaphore,
}

impl<'a> View<'a> {
    pub(super) fn new(
        shop: &'a Shop,
        publication: Arc<Publication>,
        access: &'a Access,
        period: Period,
        baseline: Option<Period>,
        data: Period,
        filters: Vec<Filter>,
    ) -> Self {
        let members = BTreeMap::new();
        let permits = Semaphore::new(AT_ONCE);
        Self {
            shop,
            publication,
            access,
            period,
            baseline,
            data,
            filters,
            is_yearly: false,
            members,
            permits,
        }
    }

    pub(super) fn catalogue(&self) -> &'a Catalogue {
        &self.shop.project().catalogue
    }

    /// The metric of that id.
    pub(super) fn metric(&self, id: &str) -> Result<&'a Metric, ServiceError> {
        self.catalogue().metric(id).ok_or_else(|| {
            let known = self.catalogue().metrics().iter().map(|metric| metric.id.clone()).collect();
            MetricError::UnknownMetric { id: id.to_owned(), known }.into()
        })
    }

    /// Asks once for the members of each dimension.
    pub(super) async fn load_members(&mut self, dimensions: &BTreeSet<String>) -> Result<(), ServiceError> {
        let this = &*self;
        let ask = |id: &'_ String| {
            let id = id.clone();
            async move {
                let query = this.catalogue().authorise_members(&id, None, MAX_MEMBERS, this.access)?;
                let answer = this.run(query).await?;
                let values = answer.rows.iter().filter_map(|row| row.first().cloned().flatten()).collect();
                Ok::<_, ServiceError>((id, values))
            }
        };
        self.members = try_join_all(dimensions.iter().map(ask)).await?.into_iter().collect();
        Ok(())
    }

    /// The members of a dimension that was loaded.
    pub(super) fn members(&self, dimension: &str) -> &[String] {
        self.members.get(dimension).map_or(&[], Vec::as_slice)
    }

    /// Whether a question can be asked at all, without asking it.
    pub(super) fn check(&self, query: &MetricQuery) -> Result<(), ServiceError> {
        self.catalogue().authorise(query, self.access)?;
        Ok(())
    }

    /// Asks for metrics.
    pub(super) async fn ask(&self, query: &MetricQuery) -> Result<Arc<Answer>, ServiceError> {
        self.run(self.catalogue().authorise(query, self.access)?).await
    }

    /// Asks how many rows a question has.
    pub(super) async fn count(&self, query: &MetricQuery) -> Result<u64, ServiceError> {
        let answer = self.run(self.catalogue().authorise_count(query, self.access)?).await?;
        Ok(answer.cell(0, 0).and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    async fn run(&self, query: AuthorisedQuery) -> Result<Arc<Answer>, ServiceError> {
        let policy = query.policy().canonical();
        let id = self.publication.id;
        if let Some(answer) = self.shop.cache.get(id, &policy, query.sql()) {
            return Ok(answer);
        }
        let _permit =
            self.permits.acquire().await.map_err(|error| ServiceError::Internal(error.to_string()))?;
        let sql = query.sql().to_owned();
        let limited = !query.policy().is_everything();
        let answer = match self.shop.warehouse.query_async(Arc::clone(&self.publication), query).await {
            Ok(result) => Answer::from(result),
            // A viewer without any grant has no such table; to look at nothing is not an error.
            Err(WarehouseError::Plan { .. }) if limited => Answer::default(),
            Err(error) => return Err(error.into()),
        };
        let answer = Arc::new(answer);
        self.shop.cache.put(id, &policy, &sql, &answer);
        Ok(answer)
    }
}
