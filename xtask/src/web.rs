//! The dashboard: `npm ci` and `npm run build`, each only when something changed.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::steps::{Failure, Step, root};

/// The oldest Node that Vite takes.
const NODE: (u32, u32) = (20, 19);
/// What a build depends on, below `web/`.
const SOURCES: [&str; 7] = [
    "src",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "svelte.config.js",
    "tsconfig.json",
];

/// Builds `web/dist` unless it is newer than its sources.
pub(crate) fn build() -> Result<(), Failure> {
    if is_fresh() {
        println!("── web: web/dist is up to date");
        return Ok(());
    }
    check_node().map_err(Failure)?;
    install()?;
    Step::new("build the dashboard", "npm").arguments(["run", "build"]).folder(&folder()).run()
}

/// As [`build`]; without Node an old build is used, and only none at all is an error.
pub(crate) fn build_if_possible() -> Result<(), Failure> {
    let Err(why) = check_node() else { return build() };
    if is_fresh() {
        return Ok(());
    }
    if folder().join("dist").join("index.html").is_file() {
        println!("── web: using the dashboard as it was built before: {why}");
        return Ok(());
    }
    Err(Failure(why))
}

/// Installs what package-lock.json names, unless that is done.
pub(crate) fn install() -> Result<(), Failure> {
    let web = folder();
    let installed = changed(&web.join("node_modules").join(".package-lock.json"));
    if installed.is_some() && installed >= changed(&web.join("package-lock.json")) {
        return Ok(());
    }
    // No scripts of packages run on the way.
    Step::new("install the dashboard's packages", "npm")
        .arguments(["ci", "--ignore-scripts"])
        .folder(&web)
        .run()
}

/// What is missing, in words.
pub(crate) fn check_node() -> Result<(), String> {
    let (major, minor) = NODE;
    let needed = format!("the dashboard needs Node {major}.{minor} or newer with npm (https://nodejs.org)");
    let Some(text) = Step::new("node", "node").argument("--version").output() else {
        return Err(format!("Node was not found; {needed}"));
    };
    let mut numbers =
        text.trim().trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let found = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    if found < NODE { Err(format!("this is Node {}; {needed}", text.trim())) } else { Ok(()) }
}

/// The dashboard's folder.
pub(crate) fn folder() -> PathBuf {
    root().join("web")
}

fn is_fresh() -> bool {
    let web = folder();
    let built = changed(&web.join("dist").join("index.html"));
    let newest = SOURCES.iter().filter_map(|name| newest(&web.join(name))).max();
    built.is_some() && built >= newest
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// The latest change below `path`.
fn newest(path: &Path) -> Option<SystemTime> {
    let own = changed(path);
    let Ok(entries) = std::fs::read_dir(path) else { return own };
    entries.filter_map(|entry| newest(&entry.ok()?.path())).chain(own).max()
}
