//! One open shop: its definitions, its tables and its state.

use std::path::Path;
use std::sync::Arc;

use confect_domain::{Problem, ProblemKind, Viewer};
use confect_metrics::Access;
use confect_project::Project;
use confect_warehouse::{Publication, Warehouse, WarehouseError};

use crate::basket::Kept;
use crate::cache::Cache;
use crate::error::ServiceError;
use crate::people::passwords::Gate;
use crate::people::users::User;
use crate::state::State;
use crate::state::runs::Run;

/// Bytes of answers that are kept.
const CACHE_BYTES: usize = 64 << 20;

/// A shop, open. Definitions are as they were when it was opened; publications follow the warehouse.
pub struct Shop {
    project: Project,
    pub(crate) warehouse: Warehouse,
    pub(crate) state: State,
    pub(crate) cache: Cache,
    pub(crate) gate: Gate,
    pub(crate) baskets: Kept,
}

/// What a surface says about the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShopInfo {
    /// As its owner calls it.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
}

impl Shop {
    /// Opens the project in `root`.
    ///
    /// # Errors
    /// All problems of the definitions at once; or the first of warehouse and state.
    pub fn open(root: &Path) -> Result<Self, Vec<Problem>> {
        let project = Self::load(root)?;
        let one = |problem: Problem| vec![problem];
        let warehouse = Warehouse::open(&root.join("warehouse")).map_err(|error| one(error.into()))?;
        let state = State::open(root).map_err(|error| one(error.into()))?;
        Ok(Self {
            project,
            warehouse,
            state,
            cache: Cache::new(CACHE_BYTES),
            gate: Gate::new(),
            baskets: Kept::default(),
        })
    }

    /// Reads the definitions in `root` and nothing else.
    ///
    /// # Errors
    /// All problems at once.
    pub fn check(root: &Path) -> Result<Vec<String>, Vec<Problem>> {
        let project = Self::load(root)?;
        Ok(vec![
            format!("shop `{}` in {}", project.shop.name, project.shop.currency),
            format!(
                "{} sources, {} models, {} seeds",
                project.sources.len(),
                project.models.len(),
                project.seeds.len()
            ),
            format!(
                "{} metrics, {} dimensions, {} pages, {} roles",
                project.catalogue.metrics().len(),
                project.catalogue.dimensions().len(),
                project.pages.len(),
                project.roles.len()
            ),
        ])
    }

    fn load(root: &Path) -> Result<Project, Vec<Problem>> {
        if !root.join("confect.toml").is_file() {
            let problem = Problem::new(
                ProblemKind::User,
                "no-project",
                format!("`{}` is not a Confect project", root.display()),
            )
            .with_detail("it has no file `confect.toml`")
            .with_hint(
                "make one with `confect init DIR --template online-retail|confectionery|generated|blank`",
            )
            .with_hint("or name the project's folder with `-C DIR`");
            return Err(vec![problem]);
        }
        let project = Project::load(root)?;
        let problems = confect_warehouse::check_methods(&project.models);
        if problems.is_empty() { Ok(project) } else { Err(problems) }
    }

    /// The project's folder.
    pub fn root(&self) -> &Path {
        &self.project.root
    }

    /// What a surface says about the shop.
    pub fn info(&self) -> ShopInfo {
        ShopInfo { name: self.project.shop.name.clone(), currency: self.project.shop.currency.clone() }
    }

    pub(crate) fn project(&self) -> &Project {
        &self.project
    }

    /// The latest refreshes, newest first.
    ///
    /// # Errors
    /// The state database fails.
    pub fn runs(&self, limit: u32) -> Result<Vec<Run>, ServiceError> {
        self.state.runs(limit)
    }

    /// Names of the roles that users may have.
    pub fn role_names(&self) -> Vec<String> {
        self.project.roles.iter().map(|role| role.name.clone()).collect()
    }

    /// What a user may see and do, as of now.
    pub fn access_of(&self, user: &User) -> Access {
        let viewer = Viewer {
            name: user.name.clone(),
            roles: user.roles.clone(),
            attributes: user.attributes.clone(),
        };
        Access::of(&viewer, &self.project.roles)
    }

    /// The newest publication; the first thing that a page or a question pins.
    ///
    /// # Errors
    /// Nothing is published yet, or no manifest is whole.
    pub(crate) fn publication(&self) -> Result<Arc<Publication>, ServiceError> {
        self.warehouse
            .latest()
            .map_err(|error| match error {
                WarehouseError::NothingPublished => ServiceError::NothingPublished,
                other => other.into(),
            })?
            .ok_or(ServiceError::NothingPublished)
    }

    /// Whether there is something to show.
    ///
    /// # Errors
    /// The manifests cannot be read.
    pub fn is_published(&self) -> Result<bool, ServiceError> {
        Ok(self.warehouse.latest()?.is_some())
    }
}
