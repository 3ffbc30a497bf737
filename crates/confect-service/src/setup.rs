//! Making a project: from a template, or as an invented shop with its exports.

use std::path::{Path, PathBuf};

use confect_domain::Problem;
use confect_generate::{GenerateSpec, Planted};
use confect_project::Template;
use confect_project::propose::start_project;

use crate::error::ServiceError;

/// What was made.
#[derive(Clone, Debug)]
pub struct CreatedShop {
    /// Files that were written.
    pub files: Vec<PathBuf>,
}

/// The names that [`create_shop`] takes.
pub fn template_names() -> [&'static str; 3] {
    ["online-retail", "confectionery", "blank"]
}

/// Makes a project in `folder` from a template by name.
///
/// # Errors
/// An unknown template, or a folder that holds a project already or cannot be written.
pub fn create_shop(folder: &Path, template: &str, name: Option<&str>) -> Result<CreatedShop, Problem> {
    let template = Template::from_name(template)?;
    Ok(CreatedShop { files: confect_project::init(folder, template, name)? })
}

/// What was made of exports.
#[derive(Clone, Debug)]
pub struct ProposedShop {
    /// Files that were written or copied.
    pub files: Vec<PathBuf>,
    /// What was understood, why, and what to look at; lines for a person.
    pub report: Vec<String>,
}

/// Makes a project in `folder` from exports of an unknown kind: proposes how they are read, and copies them.
///
/// # Errors
/// A folder that holds a project already or cannot be written, or exports of which none can be looked at.
pub fn create_shop_from(
    folder: &Path,
    exports: &[PathBuf],
    name: Option<&str>,
) -> Result<ProposedShop, Problem> {
    let started = start_project(folder, exports, name)?;
    Ok(ProposedShop { files: started.files, report: started.report })
}

/// Invents a confectioner and writes its exports into `folder`, which is made if need be. Files of the
/// same names are replaced.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn generate_into(folder: &Path, spec: &GenerateSpec) -> Result<Planted, Problem> {
    std::fs::create_dir_all(folder).map_err(|error| ServiceError::file("create", folder, error))?;
    let generated = confect_generate::generate(spec);
    for file in &generated.files {
        let path = folder.join(file.name);
        std::fs::write(&path, &file.text).map_err(|error| ServiceError::file("write", &path, error))?;
    }
    Ok(generated.planted)
}
