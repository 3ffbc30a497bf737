//! A proposal → the files of a project, with the reasons as comments.

use std::path::{Path, PathBuf};

use confect_domain::Problem;
use confect_ingest::{DateOrder, Lookup};

use super::parts::slug;
use super::{Confidence, Origin, Proposal, ProposedColumn, ProposedOption, ProposedSource, SourceOption};
use crate::init::write_project_files;
use crate::project::SETTINGS_FILE;

/// Writes the project of a proposal into `dir`, which is made if need be; files that are there already are
/// left alone. The caller puts the exports into `data/`, under [`Proposal::names`]. Answers the paths of the
/// files it wrote.
///
/// # Errors
/// Kind `User` if `dir` holds a project already, `Storage` if it cannot be written.
pub fn write_project(dir: &Path, proposal: &Proposal) -> Result<Vec<PathBuf>, Problem> {
    let sources = format!("sources/{}.toml", slug(&proposal.shop_name));
    write_project_files(
        dir,
        &readme(proposal, &sources),
        &[(&sources, proposal.sources_toml())],
        (SETTINGS_FILE, proposal.settings_toml()),
    )
}

impl Proposal {
    /// The text of `confect.toml`.
    pub fn settings_toml(&self) -> String {
        let (currency, reason, confidence) = &self.currency;
        let unsure = if *confidence == Confidence::Unsure { "unsure: " } else { "" };
        format!(
            "# What the warehouse is built from. `confect check` checks it, `confect refresh` builds.\n\
             pack = \"retail\"\n\
             # Known exports; this shop's own are described in sources/{}.toml.\n\
             profiles = []\n\
             \n\
             [shop]\n\
             name = {}\n\
             # {unsure}{}\n\
             currency = {}\n\
             # The day after the last one to look at; by default the day after the latest sale.\n\
             # as_of = 2026-01-01\n",
            slug(&self.shop_name),
            quoted(&self.shop_name),
            one_line(reason),
            quoted(currency),
        )
    }

    /// The text of `sources/<shop>.toml`.
    pub fn sources_toml(&self) -> String {
        let mut text = format!(
            "about = {}\n\n\
             # Proposed by `confect init --from`, from headings and values. Each line says why; look at those\n\
             # marked `unsure` first. What no line names is kept as an extra column.\n",
            quoted(&format!("The exports of {}.", self.shop_name))
        );
        for source in &self.sources {
            text.push('\n');
            source_toml(source, &mut text);
        }
        text
    }
}

fn source_toml(source: &ProposedSource, text: &mut String) {
    let patterns: Vec<String> = source.patterns.iter().map(|pattern| quoted(pattern)).collect();
    text.push_str(&format!(
        "# {}\n[[source]]\nname = {}\nentity = {}\nfiles = [{}]\n",
        one_line(&source.reason),
        quoted(&source.name),
        quoted(source.entity.name()),
        patterns.join(", ")
    ));
    if source.shares_files {
        text.push_str("# Another source reads these files too.\nshares_files = true\n");
    }
    section(text, "columns", source, |column| match &column.origin {
        Origin::Heading(heading) => Some(format!("[{}]", quoted(heading))),
        Origin::Negated(heading) => Some(format!("{{ headings = [{}], negate = true }}", quoted(heading))),
        Origin::Join(parts) => {
            let parts: Vec<String> = parts.iter().map(|part| quoted(part)).collect();
            Some(format!("{{ join = [{}] }}", parts.join(", ")))
        }
        Origin::RowNumber(prefix) => Some(format!("{{ row_number = {} }}", quoted(prefix))),
        _ => None,
    });
    section(text, "constants", source, |column| match &column.origin {
        Origin::Constant(value) => Some(quoted(value)),
        _ => None,
    });
    section(text, "lookups", source, |column| match &column.origin {
        Origin::Lookup(lookup) => Some(lookup_toml(lookup)),
        _ => None,
    });
    for column in source.columns.iter().filter(|column| !column.values.is_empty()) {
        text.push_str(&format!("\n[source.values.{}]\n", column.column));
        for (from, to) in &column.values {
            text.push_str(&format!("{} = {}\n", quoted(from), quoted(to)));
        }
    }
    if !source.options.is_empty() {
        text.push_str("\n[source.options]\n");
        source.options.iter().for_each(|option| option_toml(option, text));
    }
}

/// A table of columns; nothing if none belongs into it.
fn section(
    text: &mut String,
    name: &str,
    source: &ProposedSource,
    value: impl Fn(&ProposedColumn) -> Option<String>,
) {
    let lines: Vec<(&ProposedColumn, String)> =
        source.columns.iter().filter_map(|column| Some((column, value(column)?))).collect();
    if lines.is_empty() {
        return;
    }
    text.push_str(&format!("\n[source.{name}]\n"));
    for (column, value) in lines {
        comment(&column.reason, column.confidence, text);
        text.push_str(&format!("{} = {value}\n", column.column));
    }
}

fn comment(reason: &str, confidence: Confidence, text: &mut String) {
    let unsure = if confidence == Confidence::Unsure { "unsure: " } else { "" };
    text.push_str(&format!("# {unsure}{}\n", one_line(reason)));
}

fn lookup_toml(lookup: &Lookup) -> String {
    let mut steps = lookup.steps.iter();
    let Some(first) = steps.next() else { return "{}".to_owned() };
    let mut text = format!(
        "{{ by = {}, file = {}, key = {}, take = {}",
        quoted(&lookup.by),
        quoted(&first.pattern),
        quoted(&first.key),
        quoted(&first.take)
    );
    let further: Vec<_> = steps.collect();
    for step in &further {
        text.push_str(&format!(
            ", then = {{ file = {}, key = {}, take = {}",
            quoted(&step.pattern),
            quoted(&step.key),
            quoted(&step.take)
        ));
    }
    text.push_str(&" }".repeat(further.len() + 1));
    text
}

fn option_toml(option: &ProposedOption, text: &mut String) {
    comment(&option.reason, option.confidence, text);
    let order = |order: DateOrder| quoted(order.word());
    let line = match &option.option {
        SourceOption::Deduplicate(value) => format!("deduplicate = {value}"),
        SourceOption::Encoding(name) => format!("encoding = {}", quoted(name)),
        SourceOption::Zone(zone) => format!("zone = {}", quoted(zone)),
        SourceOption::DateOrder(held) => format!("date_order = {}", order(*held)),
        SourceOption::DecimalComma => "decimal_comma = true".to_owned(),
        SourceOption::PriceFromProducts => "price_from_products = true".to_owned(),
        SourceOption::FirstPerKey => "first_per_key = true".to_owned(),
    };
    text.push_str(&line);
    text.push('\n');
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    // The usual case reads better in double quotes than in the single ones that the library chooses.
    if text.chars().any(|letter| letter.is_control() || matches!(letter, '"' | '\\')) {
        return toml::Value::String(text.replace(['\n', '\r'], " ")).to_string();
    }
    format!("\"{text}\"")
}

/// A text without line breaks and other control characters, which would end a comment.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn readme(proposal: &Proposal, sources: &str) -> String {
    format!(
        "# {}\n\
         \n\
         `{sources}` says which export is read how; it was proposed from the exports themselves.\n\
         Look at the lines marked `unsure`, then:\n\
         \n\
         ```\n\
         confect check      # is the project in order?\n\
         confect refresh    # read, clean, build, publish\n\
         confect serve      # look at it\n\
         ```\n\
         \n\
         New exports go into `data/`.\n\
         `warehouse/` and `state/` are made by Confect and can be made again from `data/`, \
         but for users, whom `state/` holds.\n",
        one_line(&proposal.shop_name)
    )
}
