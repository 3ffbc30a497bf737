//! `init --from`: look at the files, propose, write the project, copy what it reads into `data/`.

use std::fs;
use std::path::{Path, PathBuf};

use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind};
use confect_ingest::{InputFile, profile_file};

use super::{Proposal, from_profiles, write_project};
use crate::init::{one_line, refuse_second};
use crate::inputs::DATA_FOLDER;

/// A project that was made from files.
#[derive(Clone, Debug)]
pub struct StartedProject {
    /// Files that were written or copied.
    pub files: Vec<PathBuf>,
    /// What was understood, why, and what to look at; lines for a person.
    pub report: Vec<String>,
    /// The proposal itself.
    pub proposal: Proposal,
}

/// Makes a project in `dir` from exports. Those that it reads are copied into its `data/`, compressed ones as
/// they are; a file that cannot be looked at is left out and told.
///
/// # Errors
/// Kind `User` if `dir` holds a project already or no file is named, the file's own problem if none can be
/// looked at, `Storage` if the project cannot be written.
pub fn start_project(
    dir: &Path,
    exports: &[PathBuf],
    shop_name: Option<&str>,
) -> Result<StartedProject, Problem> {
    refuse_second(dir)?;
    if exports.is_empty() {
        let problem = Problem::new(ProblemKind::User, "no-files", "no export is named");
        return Err(problem.with_hint("name the files, for example `confect init shop --from export/*.csv`"));
    }
    let (mut profiles, mut unread, mut first) = (Vec::new(), Vec::new(), None);
    for path in exports {
        let label = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        match profile_file(&InputFile { path: path.clone(), label: label.clone() }) {
            Ok(profile) => profiles.push(profile),
            Err(error) => {
                let problem = Problem::from(error);
                unread.push(format!("{}: left out: {}", printable(&label), problem.message));
                first.get_or_insert(problem);
            }
        }
    }
    if let (true, Some(problem)) = (profiles.is_empty(), first) {
        return Err(problem);
    }
    let proposal = from_profiles(&profiles, &name_of(dir, shop_name));
    let mut files = Vec::new();
    for index in proposal.needed_files() {
        if let (Some(profile), Some(name)) = (profiles.get(index), proposal.names.get(index)) {
            files.push(copy(&profile.input.path, &dir.join(DATA_FOLDER).join(name))?);
        }
    }
    files.extend(write_project(dir, &proposal)?);
    let mut report = proposal.report(&dir.to_string_lossy());
    if !unread.is_empty() {
        unread.push(String::new());
        report.splice(0..0, unread);
    }
    Ok(StartedProject { files, report, proposal })
}

/// The shop's name: as given, else that of the folder.
fn name_of(dir: &Path, given: Option<&str>) -> String {
    let given = one_line(given.unwrap_or_default());
    if !given.is_empty() {
        return given;
    }
    let folder = dir.file_name().map(|name| one_line(&name.to_string_lossy()));
    folder.filter(|name| !name.is_empty()).unwrap_or_else(|| "My shop".to_owned())
}

/// Copies a file unless one of that name is there.
fn copy(from: &Path, to: &Path) -> Result<PathBuf, Problem> {
    let failed = |error: std::io::Error| {
        let message = format!("`{}` cannot be copied into the project", printable(&from.to_string_lossy()));
        Problem::new(ProblemKind::Storage, "not-copied", message).with_detail(error.to_string())
    };
    if to.exists() {
        let same = fs::canonicalize(from).ok() == fs::canonicalize(to).ok();
        if same {
            return Ok(to.to_owned());
        }
        let message = format!("`{}` is there already", printable(&to.to_string_lossy()));
        let problem = Problem::new(ProblemKind::User, "file-exists", message);
        return Err(problem.with_hint("choose another folder, or move that file away"));
    }
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    fs::copy(from, to).map_err(failed)?;
    Ok(to.to_owned())
}
