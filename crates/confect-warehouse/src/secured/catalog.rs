//! The catalogue of one request: the tables that its policy shows, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use confect_domain::RowPolicy;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::Result;

use super::barrier::Fingerprint;
use super::keys::{KeySets, TablePolicy};
use super::table::SecuredTable;
use crate::engine::{CATALOG, SCHEMA};
use crate::publish::Publication;

/// The catalogue list of one request.
pub(crate) fn secured_catalog(
    publication: &Publication,
    policy: &RowPolicy,
    sets: &KeySets,
    fingerprint: Fingerprint,
) -> Result<Arc<dyn CatalogProviderList>> {
    let mut tables: BTreeMap<String, Arc<dyn TableProvider>> = BTreeMap::new();
    for table in &publication.tables {
        let meaning = TablePolicy::of(&table.contract, policy, sets);
        if let Some(secured) = SecuredTable::new(table, &meaning, fingerprint)? {
            tables.insert(table.name.clone(), Arc::new(secured));
        }
    }
    Ok(Arc::new(OneCatalog { catalog: Arc::new(OneSchemaCatalog { schema: Arc::new(Tables { tables }) }) }))
}

#[derive(Debug)]
struct OneCatalog {
    catalog: Arc<OneSchemaCatalog>,
}

impl CatalogProviderList for OneCatalog {
    fn register_catalog(
        &self,
        _name: String,
        _catalog: Arc<dyn CatalogProvider>,
    ) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == CATALOG).then(|| Arc::clone(&self.catalog) as Arc<dyn CatalogProvider>)
    }
}

#[derive(Debug)]
struct OneSchemaCatalog {
    schema: Arc<Tables>,
}

impl CatalogProvider for OneSchemaCatalog {
    fn schema_names(&self) -> Vec<String> {
        vec![SCHEMA.to_owned()]
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        (name == SCHEMA).then(|| Arc::clone(&self.schema) as Arc<dyn SchemaProvider>)
    }
}

#[derive(Debug)]
struct Tables {
    tables: BTreeMap<String, Arc<dyn TableProvider>>,
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.tables.get(name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }
}
