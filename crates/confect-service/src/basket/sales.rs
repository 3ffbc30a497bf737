//! The receipts that a viewer may see, and searches over them, kept while a page is looked at.
//!
//! The key holds everything that decides an answer, as in the cache of answers: publication, policy, scope.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use confect_analytics::basket::{BasketError, Sales, SoldLines, Study, StudyOptions, study};
use confect_metrics::{Access, BasketScope};
use confect_warehouse::{Publication, WarehouseError};
use tokio::sync::Semaphore;

use crate::error::ServiceError;
use crate::shop::Shop;

/// Scopes that are kept.
const KEPT: usize = 6;
/// Items in all baskets of the scopes kept, together: 4 bytes each.
const KEPT_ITEMS: usize = 30_000_000;
/// Searches at one time; each takes all cores.
const AT_ONCE: usize = 2;
/// Seconds that a search for a page may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// The least confidence of a page's rules: lower than the mart's, because small scopes have few rules.
const MIN_CONFIDENCE: f64 = 0.2;

/// The receipts of a scope.
#[derive(Debug)]
pub struct ScopeSales {
    /// Baskets and what each item earned.
    pub sales: Sales,
    /// Whether lines beyond the warehouse's limit were left out.
    pub truncated: bool,
    study: Mutex<Option<Arc<Study>>>,
}

/// The scopes kept, and the permits to search.
pub struct Kept {
    scopes: Mutex<Vec<(String, Arc<ScopeSales>)>>,
    permits: Semaphore,
}

impl Default for Kept {
    fn default() -> Self {
        Self { scopes: Mutex::default(), permits: Semaphore::new(AT_ONCE) }
    }
}

impl Kept {
    fn get(&self, key: &str) -> Option<Arc<ScopeSales>> {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        let place = scopes.iter().position(|(other, _)| other == key)?;
        let found = scopes.remove(place);
        scopes.push(found);
        scopes.last().map(|(_, sales)| Arc::clone(sales))
    }

    fn put(&self, key: String, sales: &Arc<ScopeSales>) {
        let mut scopes = self.scopes.lock().unwrap_or_else(PoisonError::into_inner);
        scopes.retain(|(other, _)| *other != key);
        scopes.push((key, Arc::clone(sales)));
        let items = |scopes: &[(String, Arc<ScopeSales>)]| -> usize {
            scopes.iter().map(|(_, scope)| scope.sales.named.baskets.occurrences()).sum()
        };
        while scopes.len() > KEPT || (scopes.len() > 1 && items(&scopes) > KEPT_ITEMS) {
            scopes.remove(0);
        }
    }
}

impl Shop {
    /// The receipts of a scope as a viewer may see them. Blocks; for the command line.
    ///
    /// # Errors
    /// As [`Shop::scope_sales`].
    pub fn baskets(&self, scope: &BasketScope, access: &Access) -> Result<Arc<ScopeSales>, ServiceError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| ServiceError::Internal(error.to_string()))?;
        let publication = self.publication()?;
        runtime.block_on(self.scope_sales(&publication, scope, access))
    }

    /// What people call the articles that a viewer may see, by code. Blocks.
    ///
    /// # Errors
    /// Nothing published, or the query fails.
    pub fn article_names(&self, access: &Access) -> Result<BTreeMap<String, String>, ServiceError> {
        let query = self.project().catalogue.authorise_articles(access)?;
        let answer = crate::answer::Answer::from(self.warehouse.query(&self.publication()?, &query)?);
        let named = |row: usize| Some((answer.cell(row, 0)?.to_owned(), answer.cell(row, 1)?.to_owned()));
        Ok((0..answer.rows.len()).filter_map(named).collect())
    }

    /// The months of a season, 1 to 12.
    ///
    /// # Errors
    /// No such season.
    pub fn season_months(season: &str) -> Result<Vec<u8>, ServiceError> {
        super::page::season_months(season)
    }

    /// The receipts of a scope as a viewer may see them; none for a viewer without sales.
    ///
    /// # Errors
    /// Unknown dimensions, nothing published, or the query fails.
    pub(super) async fn scope_sales(
        &self,
        publication: &Arc<Publication>,
        scope: &BasketScope,
        access: &Access,
    ) -> Result<Arc<ScopeSales>, ServiceError> {
        let query = self.project().catalogue.authorise_baskets(scope, access)?;
        let key = format!("{}\n{}\n{}", publication.id, access.policy().canonical(), query.sql());
        if let Some(kept) = self.baskets.get(&key) {
            return Ok(kept);
        }
        let (lines, truncated) = match self.warehouse.sold_lines(Arc::clone(publication), query).await {
            Ok(found) => (found.lines, found.truncated),
            // A viewer without the table has no receipts.
            Err(WarehouseError::Plan { .. }) if !access.policy().is_everything() => {
                (SoldLines::default(), false)
            }
            Err(error) => return Err(error.into()),
        };
        let sales = tokio::task::spawn_blocking(move || lines.finish()).await;
        let sales = sales.map_err(|error| ServiceError::Internal(error.to_string()))??;
        let found = Arc::new(ScopeSales { sales, truncated, study: Mutex::default() });
        self.baskets.put(key, &found);
        Ok(found)
    }

    /// Rules of a scope's receipts; `None` without receipts. Kept with the receipts.
    pub(super) async fn scope_study(
        &self,
        scope: &Arc<ScopeSales>,
    ) -> Result<Option<Arc<Study>>, ServiceError> {
        let kept = || scope.study.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(found) = kept() {
            return Ok(Some(found));
        }
        if scope.sales.named.baskets.is_empty() {
            return Ok(None);
        }
        let looking = Arc::clone(scope);
        let found = self
            .search_within_time(move |cancel| {
                let mut wish = StudyOptions::new(MIN_CONFIDENCE);
                // Small scopes have few receipts; what is chance is told apart by the test.
                wish.min_baskets = 8;
                study(&looking.sales.named.baskets, &wish, cancel)
            })
            .await?;
        let found = Arc::new(found);
        *scope.study.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&found));
        Ok(Some(found))
    }

    /// Runs a method on a thread of its own; it is told to stop when nobody waits for it any more, or after
    /// 20 s.
    pub(super) async fn search_within_time<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AtomicBool) -> Result<T, BasketError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let permit = tokio::time::timeout(PATIENCE, self.baskets.permits.acquire()).await;
        let _permit = permit.map_err(|_| ServiceError::Busy)?;
        let stop = StopWhenDropped(Arc::default());
        let cancel = Arc::clone(&stop.0);
        let task = tokio::task::spawn_blocking(move || work(&cancel));
        match tokio::time::timeout(PATIENCE, task).await {
            Err(_) => Err(WarehouseError::TimedOut { seconds: PATIENCE.as_secs() }.into()),
            Ok(Err(error)) => Err(ServiceError::Internal(error.to_string())),
            Ok(Ok(found)) => Ok(found?),
        }
    }
}

/// Tells a search that nobody waits for it.
struct StopWhenDropped(Arc<AtomicBool>);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}
