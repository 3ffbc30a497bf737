//! The whole project: every definition read, checked against each other, and fingerprinted.

use std::path::{Path, PathBuf};

use confect_analytics::identity::IdentityRules;
use confect_domain::{Layer, Model, Problem, Role, Seed};
use confect_ingest::{InputFile, SourceSpec};
use confect_metrics::Catalogue;

use crate::error::{Place, ProjectError};
use crate::identity::{IDENTITY_FILE, read_identity};
use crate::inputs;
use crate::measures::Definitions;
use crate::models::Models;
use crate::packs::{Packs, overlaid, own_file, own_files};
use crate::pages::{Page, read_pages};
use crate::roles::read_roles;
use crate::seeds::read_seed;
use crate::shop::{Settings, Shop, read_settings};
use crate::sources::{ProjectSource, read_sources};
use crate::text_file::TextFile;

/// The file that makes a folder a project.
pub(crate) const SETTINGS_FILE: &str = "confect.toml";
const ACCESS_FILE: &str = "access.toml";

/// A project whose definitions are sound.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder that holds `confect.toml`.
    pub root: PathBuf,
    /// The shop itself.
    pub shop: Shop,
    /// Sources in the order in which files are offered to them: the project's own first.
    pub sources: Vec<ProjectSource>,
    /// Staging, star, marts, each by name; not in the order of their references.
    pub models: Vec<Model>,
    /// Small lists that models may join.
    pub seeds: Vec<Seed>,
    /// Measures, metrics, dimensions and the contracts of all models.
    pub catalogue: Catalogue,
    /// Pages in the order of the navigation.
    pub pages: Vec<Page>,
    /// Roles by name.
    pub roles: Vec<Role>,
    /// By which rules customers are told to be one person.
    pub identity: IdentityRules,
    /// Changes whenever a definition that shapes tables does: sources, models, seeds, currency, `as_of`,
    /// the rules of identity.
    pub fingerprint: String,
}

/// The project in `start`, if it holds a `confect.toml`. As with make, folders above are not searched.
pub fn find_root(start: &Path) -> Option<PathBuf> {
    start.join(SETTINGS_FILE).is_file().then(|| start.to_owned())
}

impl Project {
    /// Reads and checks the project in `root` with the packs of [`Packs::current`].
    ///
    /// # Errors
    /// Everything that is wrong, sorted by place; kind `Config`, details start with `file:line:column`.
    pub fn load(root: &Path) -> Result<Self, Vec<Problem>> {
        let packs = Packs::current().map_err(|error| vec![Problem::from(error)])?;
        Self::load_with(root, &packs)
    }

    /// As [`Project::load`], with these packs.
    ///
    /// # Errors
    /// As [`Project::load`].
    pub fn load_with(root: &Path, packs: &Packs) -> Result<Self, Vec<Problem>> {
        let mut errors = Vec::new();
        let project = Loader { root, packs, errors: &mut errors }.load();
        match project {
            Some(project) if errors.is_empty() => Ok(project),
            _ => {
                errors.sort_by(|left, right| left.place().cmp(right.place()));
                errors.dedup();
                Err(errors.into_iter().map(Problem::from).collect())
            }
        }
    }

    /// The files below `data/` by source, as an index into [`Project::sources`]; sources without files are
    /// left out. Labels are relative to the project and sorted. A file goes to the first source that
    /// matches; what matches none is told by [`Project::unread_files`].
    ///
    /// # Errors
    /// Kind `Source` if `data/` cannot be read.
    pub fn find_inputs(&self) -> Result<Vec<(usize, Vec<InputFile>)>, Problem> {
        let files = inputs::assigned(&self.root, &self.sources)?;
        let of_source = |index: usize| {
            files.iter().filter(move |(sources, _)| sources.contains(&index)).map(|(_, file)| file.clone())
        };
        Ok((0..self.sources.len())
            .map(|index| (index, of_source(index).collect::<Vec<_>>()))
            .filter(|(_, files)| !files.is_empty())
            .collect())
    }

    /// Every source, in the order of [`Project::sources`], with its files and with those that its lookups
    /// name; what a refresh starts from. Sources without files have an empty list.
    ///
    /// # Errors
    /// Kind `Source` if `data/` cannot be read.
    pub fn specs_with_files(&self) -> Result<Vec<(SourceSpec, Vec<InputFile>)>, Problem> {
        let files = inputs::assigned(&self.root, &self.sources)?;
        let of_source = |index: usize| {
            files.iter().filter(move |(sources, _)| sources.contains(&index)).map(|(_, file)| file.clone())
        };
        let sources = self.sources.iter().enumerate();
        Ok(sources
            .map(|(index, source)| {
                let own: Vec<InputFile> = of_source(index).collect();
                let mut spec = inputs::with_lookups(source, &files);
                inputs::keep_states(&mut spec, &own);
                (spec, own)
            })
            .collect())
    }

    /// Labels of the files below `data/` that no source matches and no lookup names, sorted; none if `data/`
    /// cannot be read, which [`Project::find_inputs`] reports.
    pub fn unread_files(&self) -> Vec<String> {
        let files = inputs::assigned(&self.root, &self.sources).unwrap_or_default();
        let specs = self.sources.iter().map(|source| inputs::with_lookups(source, &files));
        let looked_up: Vec<InputFile> = specs.flat_map(|spec| spec.lookup_files()).collect();
        let unread = files.into_iter().filter(|(sources, _)| sources.is_empty()).map(|(_, file)| file);
        unread.filter(|file| !looked_up.contains(file)).map(|file| file.label).collect()
    }
}

struct Loader<'a> {
    root: &'a Path,
    packs: &'a Packs,
    errors: &'a mut Vec<ProjectError>,
}

/// The layers in the order in which rows flow.
const LAYERS: [Layer; 3] = [Layer::Staging, Layer::Star, Layer::Marts];

impl Loader<'_> {
    fn load(mut self) -> Option<Project> {
        let settings = self.settings();
        // Without settings the pack is checked all the same: all errors in one run.
        let pack = settings.as_ref().map_or("retail", |(_, settings)| settings.pack.get_ref()).to_owned();
        let source_files = self.source_files(&pack, settings.as_ref());
        let sources = read_sources(&source_files, self.errors);
        let mut shaping = source_files;
        let models = self.models(&pack, &mut shaping);
        let seed_files = self.files(&pack, "seeds", "csv");
        let seeds = seed_files.iter().filter_map(|file| read_seed(file, self.errors)).collect();
        shaping.extend(seed_files);
        let identity = self.identity(&mut shaping);
        let mut definitions = Definitions::default();
        for file in self.files(&pack, "metrics", "toml") {
            definitions.read(&file, self.errors);
        }
        let catalogue = definitions.catalogue(models.contracts(), &models.broken, self.errors);
        let page_files = self.files(&pack, "dashboards", "toml");
        // A metric may be unknown only because its file is broken: then pages are not blamed for it.
        let checkable = catalogue.as_ref().filter(|_| !definitions.is_broken());
        let pages = read_pages(&page_files, checkable, self.errors);
        let roles = self.roles(&pack, &models);
        let (_, settings) = settings?;
        let fingerprint = fingerprint(&settings.shop, &shaping);
        Some(Project {
            root: self.root.to_owned(),
            shop: settings.shop,
            sources,
            models: models.models,
            seeds,
            catalogue: catalogue?,
            pages,
            roles,
            identity,
            fingerprint,
        })
    }

    fn settings(&mut self) -> Option<(TextFile, Settings)> {
        if find_root(self.root).is_none() {
            let place = Place { file: SETTINGS_FILE.to_owned(), line: 1, column: 1 };
            self.errors.push(ProjectError::NoProject { place });
            return None;
        }
        let file = match own_file(self.root, SETTINGS_FILE) {
            Ok(file) => file,
            Err(error) => {
                self.errors.push(error);
                return None;
            }
        };
        let settings = read_settings(&file, self.errors)?;
        let names = self.packs.names();
        if !names.contains(settings.pack.get_ref()) {
            self.errors.push(ProjectError::UnknownName {
                place: file.place_of(&settings.pack),
                what: "pack",
                name: settings.pack.get_ref().clone(),
                of: None,
                known: names.into(),
            });
            return None;
        }
        Some((file, settings))
    }

    /// The project's own source files, then the profiles in the order of `confect.toml`.
    fn source_files(&mut self, pack: &str, settings: Option<&(TextFile, Settings)>) -> Vec<TextFile> {
        let mut own = own_files(self.root, "sources", "toml", self.errors);
        let mut profiles = Vec::new();
        for (file, profile) in settings
            .into_iter()
            .flat_map(|(file, settings)| settings.profiles.iter().map(move |name| (file, name)))
        {
            let name = format!("{}.toml", profile.get_ref());
            match own.remove(&name).or_else(|| self.packs.file(pack, &format!("sources/{name}"))) {
                Some(found) => profiles.push(found),
                None => {
                    let known =
                        self.files(pack, "sources", "toml").into_iter().map(|file| file.name).collect();
                    self.errors.push(ProjectError::UnknownName {
                        place: file.place_of(profile),
                        what: "profile",
                        name: profile.get_ref().clone(),
                        of: None,
                        known,
                    });
                }
            }
        }
        own.into_values().chain(profiles).collect()
    }

    /// Reads all models; their files are added to those that shape tables.
    fn models(&mut self, pack: &str, shaping: &mut Vec<TextFile>) -> Models {
        let mut models = Models::default();
        for layer in LAYERS {
            let sqls = self.files(pack, layer.folder(), "sql");
            let contracts = self.files(pack, layer.folder(), "toml");
            models.read_layer(layer, &sqls, &contracts, self.errors);
            shaping.extend(sqls);
            shaping.extend(contracts);
        }
        models.join_parts(self.errors);
        models.check_references(self.errors);
        models
    }

    fn roles(&mut self, pack: &str, models: &Models) -> Vec<Role> {
        let mut files: Vec<TextFile> = self.packs.file(pack, ACCESS_FILE).into_iter().collect();
        if self.root.join(ACCESS_FILE).exists() {
            match own_file(self.root, ACCESS_FILE) {
                Ok(file) => files.push(file),
                Err(error) => self.errors.push(error),
            }
        }
        read_roles(&files, &models.contracts(), &models.broken, self.errors)
    }

    /// The shop's own rules of identity, or the usual ones.
    fn identity(&mut self, shaping: &mut Vec<TextFile>) -> IdentityRules {
        if !self.root.join(IDENTITY_FILE).exists() {
            return IdentityRules::default();
        }
        match own_file(self.root, IDENTITY_FILE) {
            Ok(file) => {
                let rules = read_identity(&file, self.errors);
                shaping.push(file);
                rules
            }
            Err(error) => {
                self.errors.push(error);
                IdentityRules::default()
            }
        }
    }

    fn files(&mut self, pack: &str, folder: &str, extension: &str) -> Vec<TextFile> {
        overlaid(self.packs, pack, self.root, folder, extension, self.errors)
    }
}

/// A hash of the texts that shape tables, whichever of pack and project they come from.
fn fingerprint(shop: &Shop, files: &[TextFile]) -> String {
    let mut hash = blake3::Hasher::new();
    let as_of = shop.as_of.map(|day| day.to_string()).unwrap_or_default();
    // Lengths keep neighbours apart: ("ab", "c") is not ("a", "bc").
    let mut add = |part: &str| {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    };
    add(&shop.currency);
    add(&shop.calendar.first_month().to_string());
    add(&as_of);
    add(&shop.whole_months.to_string());
    for file in files {
        // Folder and name, but not whether it is the pack's: a copy of a pack file changes nothing.
        let mut path = file.label.rsplit('/');
        let (name, folder) = (path.next().unwrap_or_default(), path.next().unwrap_or_default());
        add(folder);
        add(name);
        add(&file.text);
    }
    hash.finalize().to_hex().to_string()
}
