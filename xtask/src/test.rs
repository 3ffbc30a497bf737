//! Everything that must pass before a change goes in.

use crate::steps::{Failure, Step, cargo};
use crate::{browser, tidy, web};

/// Runs all of it; the first failure ends it.
pub(crate) fn run() -> Result<(), Failure> {
    web::check_node().map_err(Failure)?;
    web::build()?;
    web::install()?;
    let npm = |name: &str, script: &str| {
        Step::new(name, "npm").arguments(["run", script]).folder(&web::folder()).run()
    };
    npm("check the dashboard's types", "check")?;
    npm("test the dashboard", "test")?;
    tidy::run()?;
    cargo("test the crates", ["test", "--workspace"]).run()?;
    browser::run()
}
