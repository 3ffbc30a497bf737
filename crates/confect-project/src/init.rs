//! A new project from a template: a handful of small files, and a `data/` folder to drop exports into.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use confect_domain::names::nearest;
use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind};

use crate::project::SETTINGS_FILE;

/// What a new project starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// The UCI data sets Online Retail and Online Retail II.
    OnlineRetail,
    /// The confectioner's till, customer and stock files.
    Confectionery,
    /// What `confect generate` writes.
    Generated,
    /// No source yet.
    Blank,
}

impl Template {
    /// Every template with its name.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("online-retail", Self::OnlineRetail),
        ("confectionery", Self::Confectionery),
        ("generated", Self::Generated),
        ("blank", Self::Blank),
    ];

    /// The template of that name.
    ///
    /// # Errors
    /// Kind `User`, with the nearest name.
    pub fn from_name(name: &str) -> Result<Self, Problem> {
        if let Some((_, template)) = Self::NAMES.iter().find(|(known, _)| *known == name) {
            return Ok(*template);
        }
        let names = Self::NAMES.map(|(name, _)| name);
        let message = format!("there is no template `{}`", printable(name));
        let problem = Problem::new(ProblemKind::User, "unknown-template", message);
        Err(match nearest(name, names) {
            Some(near) => problem.with_hint(format!("did you mean `{near}`?")),
            None => problem.with_hint(format!("there are: `{}`", names.join("`, `"))),
        })
    }

    /// The template's name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, template)| *template == self).map_or("blank", |(name, _)| name)
    }

    fn shop_name(self) -> &'static str {
        match self {
            Self::OnlineRetail => "Online Retail",
            Self::Confectionery | Self::Generated => "Sweet corner",
            Self::Blank => "My shop",
        }
    }

    /// The currency with the reason for it.
    fn currency(self) -> (&'static str, &'static str) {
        match self {
            Self::OnlineRetail => ("GBP", "the data set's prices are in pounds sterling"),
            Self::Confectionery => ("USD", "the files state no currency; change it if the shop has another"),
            Self::Generated => ("EUR", "the group sells in the euro area"),
            Self::Blank => ("EUR", "change it if the shop has another"),
        }
    }
}

/// Makes a project in `dir`, which is made if need be; files that are there already are left alone.
/// Answers the paths of the files it wrote.
///
/// # Errors
/// Kind `User` if `dir` holds a project already, `Storage` if it cannot be written.
pub fn init(dir: &Path, template: Template, shop_name: Option<&str>) -> Result<Vec<PathBuf>, Problem> {
    refuse_second(dir)?;
    let shop_name = one_line(shop_name.unwrap_or_default());
    let shop_name = if shop_name.is_empty() { template.shop_name() } else { &shop_name };
    let files = [
        ("data/.gitkeep", String::new()),
        ("access.toml", ACCESS.to_owned()),
        (".gitignore", IGNORED.to_owned()),
        ("README.md", readme(shop_name, template)),
        // Last, because it makes the folder a project.
        (SETTINGS_FILE, settings(shop_name, template)),
    ];
    write_all(dir, files.iter().map(|(name, text)| (*name, text.as_str())))
}

/// Writes a project whose sources and settings are known: what every project has, then these files, and the
/// settings last.
pub(crate) fn write_project_files(
    dir: &Path,
    readme: &str,
    sources: &[(&String, String)],
    settings: (&str, String),
) -> Result<Vec<PathBuf>, Problem> {
    refuse_second(dir)?;
    let common =
        [("data/.gitkeep", ""), ("access.toml", ACCESS), (".gitignore", IGNORED), ("README.md", readme)];
    let own = sources.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    write_all(dir, common.into_iter().chain(own).chain([(settings.0, settings.1.as_str())]))
}

/// Refuses a folder that holds a project.
pub(crate) fn refuse_second(dir: &Path) -> Result<(), Problem> {
    if dir.join(SETTINGS_FILE).exists() {
        let message = format!("`{}` holds a project already", printable(&dir.to_string_lossy()));
        return Err(Problem::new(ProblemKind::User, "project-exists", message)
            .with_hint(format!("choose another folder, or edit its `{SETTINGS_FILE}`")));
    }
    Ok(())
}

/// Writes files that are not there yet; answers those it wrote.
fn write_all<'a>(
    dir: &Path,
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<PathBuf>, Problem> {
    let mut written = Vec::new();
    for (name, text) in files {
        let path = dir.join(name);
        if write_new(&path, text).map_err(|error| not_written(&path, &error))? {
            written.push(path);
        }
    }
    Ok(written)
}

const IGNORED: &str = "warehouse/\nstate/\n";

/// A name without line breaks and other control characters, which `confect.toml` would be refused for.
pub(crate) fn one_line(name: &str) -> String {
    let plain: String = name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes a file unless it exists; answers whether it did.
fn write_new(path: &Path, text: &str) -> io::Result<bool> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn not_written(path: &Path, error: &io::Error) -> Problem {
    let message = format!("`{}` cannot be written", printable(&path.to_string_lossy()));
    Problem::new(ProblemKind::Storage, "not-written", message).with_detail(error.to_string())
}

fn settings(shop_name: &str, template: Template) -> String {
    let profiles = match template {
        Template::Blank => "[]".to_owned(),
        // Its exports may also be invented ones, which have other names.
        Template::Confectionery => "[\"confectionery\", \"generated\"]".to_owned(),
        other => format!("[{:?}]", other.name()),
    };
    let (currency, reason) = template.currency();
    let name = toml::Value::String(shop_name.to_owned());
    format!(
        "# What the warehouse is built from. `confect check` checks it, `confect refresh` builds.\n\
         pack = \"retail\"\n\
         # Known exports. Files in sources/*.toml of this folder are read as well.\n\
         profiles = {profiles}\n\
         \n\
         [shop]\n\
         name = {name}\n\
         # {reason}\n\
         currency = \"{currency}\"\n\
         # The day after the last one to look at; by default the day after the latest sale.\n\
         # as_of = 2026-01-01\n\
         # Rules, cohorts and bridges leave out the month in progress.\n\
         # whole_months = false\n\
         # The month in which fiscal years start; by default January.\n\
         # fiscal_year_start = 4\n"
    )
}

fn readme(shop_name: &str, template: Template) -> String {
    let files = match template {
        Template::OnlineRetail => "the Online Retail file as CSV, plain or compressed with gzip or zstd,",
        Template::Confectionery => {
            "`pos_data.csv`, `crm_data.csv`, `inventory_data.csv`, `current_stock_snapshot.csv` and \
             `inventory_transactions.csv`, as far as there are any,"
        }
        Template::Generated => "what `confect generate` writes, or files of the same names and headings,",
        Template::Blank => "the shop's exports, described in `sources/<name>.toml`,",
    };
    format!(
        "# {shop_name}\n\
         \n\
         Drop {files} into `data/`, then:\n\
         \n\
         ```\n\
         confect check      # is the project in order?\n\
         confect refresh    # read, clean, build, publish\n\
         confect serve      # look at it\n\
         ```\n\
         \n\
         `warehouse/` and `state/` are made by Confect and can be made again from `data/`, \
         but for users, whom `state/` holds.\n"
    )
}

const ACCESS: &str = "\
# Who may see what. Roles here add to the pack's or replace those of the same name, which are
# owner, analyst, country_manager and store_manager. Nobody sees a row without a grant or `data:all`.
#
# A viewer with this role sees what happened in the countries of the attribute `countries`:
#   confect user add mara --role buyer --set countries=France,Spain
#
# [role.buyer]
# permissions = [\"sql:run\"]
# [[role.buyer.grant]]
# rules = [{ dimension = \"dim_country\", column = \"country\", in = \"user.countries\" }]
#
# Rules of one grant must all hold; several grants add up.
# A rule has one of in, not_in and prefix, with \"user.<attribute>\" or a list such as [\"France\"].
";
