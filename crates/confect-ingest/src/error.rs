//! Why a source cannot be read at all, and how that is told to a person.
//!
//! A record that cannot be read is no error: it is set aside (`rows::QuarantinedRow`).

use confect_domain::problem::printable;
use confect_domain::{Problem, ProblemKind, names};

/// Why nothing of a source was loaded.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IngestError {
    /// The source has no files.
    #[error("source `{name}` has no files")]
    NoFiles {
        /// Source.
        name: String,
    },
    /// A file does not exist.
    #[error("file `{file}` does not exist")]
    FileMissing {
        /// Label.
        file: String,
    },
    /// The operating system refuses to read a file.
    #[error("file `{file}` cannot be read: {reason}")]
    FileUnreadable {
        /// Label.
        file: String,
        /// The operating system's words.
        reason: String,
    },
    /// A directory, pipe, socket or device.
    #[error("`{file}` is a {what}, not a file")]
    NotAFile {
        /// Label.
        file: String,
        /// What it is.
        what: &'static str,
    },
    /// A file changed while it was read.
    #[error("file `{file}` changed while it was read")]
    FileChanged {
        /// Label.
        file: String,
    },
    /// A file without a single record, not even a header.
    #[error("file `{file}` is empty")]
    EmptyFile {
        /// Label.
        file: String,
        /// How many bytes it has.
        bytes: u64,
    },
    /// A file of another format.
    #[error("file `{file}` is not a CSV file but {format}")]
    NotText {
        /// Label.
        file: String,
        /// What it is.
        format: &'static str,
    },
    /// A workbook, a Parquet file or a JSON file that cannot be turned into text.
    #[error("file `{file}` {message}")]
    Unconverted {
        /// Label.
        file: String,
        /// Stable code, such as `spreadsheet-sparse`.
        code: &'static str,
        /// What is wrong, as the end of a sentence.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// A compressed file that ends too early.
    #[error("compressed file `{file}` is truncated")]
    Truncated {
        /// Label.
        file: String,
    },
    /// A compressed file that cannot be decompressed.
    #[error("compressed file `{file}` is damaged: {reason}")]
    Damaged {
        /// Label.
        file: String,
        /// The decompressor's words.
        reason: String,
    },
    /// A compressed file that grows beyond all measure.
    #[error("compressed file `{file}` unpacks to more than {limit} times its size")]
    Bomb {
        /// Label.
        file: String,
        /// Largest ratio allowed.
        limit: u64,
        /// Bytes unpacked when reading stopped.
        unpacked: u64,
    },
    /// More columns than any shop's export has.
    #[error("file `{file}` has more than {limit} columns")]
    TooWide {
        /// Label.
        file: String,
        /// Largest number allowed.
        limit: usize,
    },
    /// A record before the first data row that is longer than 16 MiB.
    #[error("file `{file}` has no line end in its first {limit} bytes")]
    NoLineEnd {
        /// Label.
        file: String,
        /// Bytes looked at.
        limit: u64,
    },
    /// The declared encoding does not exist.
    #[error("source `{name}` declares the unknown encoding `{encoding}`")]
    UnknownEncoding {
        /// Source.
        name: String,
        /// As declared.
        encoding: String,
    },
    /// The declared delimiter cannot be one.
    #[error("source `{name}` declares a delimiter that cannot be one")]
    BadDelimiter {
        /// Source.
        name: String,
        /// As declared.
        delimiter: u8,
    },
    /// The declared sign of comments cannot be one.
    #[error("source `{name}` declares a sign of comments that cannot be one")]
    BadComment {
        /// Source.
        name: String,
        /// As declared.
        comment: u8,
    },
    /// `skip_footer` is no regular expression.
    #[error("source `{name}` has a `skip_footer` that is no regular expression")]
    BadPattern {
        /// Source.
        name: String,
        /// As declared.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A rule that does not exist.
    #[error("source `{name}` sets the unknown rule `{rule}`")]
    UnknownRule {
        /// Source.
        name: String,
        /// As declared.
        rule: String,
        /// Rules that exist.
        known: Vec<&'static str>,
    },
    /// A file that lies outside the folders it has to lie in, perhaps through a link.
    #[error("`{file}` lies outside the project's folder")]
    OutsideFolder {
        /// Label.
        file: String,
        /// Whether a link leads there.
        is_link: bool,
    },
    /// The declared time zone does not exist.
    #[error("source `{name}` declares the unknown time zone `{zone}`")]
    UnknownZone {
        /// Source.
        name: String,
        /// As declared.
        zone: String,
    },
    /// A required column is not in the file.
    #[error("source `{name}` has no column `{column}`")]
    MissingColumn {
        /// Source.
        name: String,
        /// Label.
        file: String,
        /// Column of the entity.
        column: String,
        /// Accepted headings.
        headers: Vec<String>,
        /// Headings present.
        present: Vec<String>,
    },
    /// A required column is not mapped.
    #[error("source `{name}` does not map the required column `{column}`")]
    UnmappedColumn {
        /// Source.
        name: String,
        /// Column of the entity.
        column: String,
        /// Entity.
        entity: &'static str,
    },
    /// The mapping names a column that the entity does not have.
    #[error("source `{name}` maps `{column}`, which `{entity}` does not have")]
    UnknownColumn {
        /// Source.
        name: String,
        /// As mapped.
        column: String,
        /// Entity.
        entity: &'static str,
        /// Columns that it has.
        known: Vec<String>,
    },
    /// Two mappings for one column.
    #[error("source `{name}` maps the column `{column}` twice")]
    MappedTwice {
        /// Source.
        name: String,
        /// Column of the entity.
        column: String,
    },
    /// A heading that a mapping uses stands twice in the file.
    #[error("file `{file}` has the heading `{header}` twice")]
    DuplicateHeader {
        /// Source.
        name: String,
        /// Label.
        file: String,
        /// Column of the entity.
        column: String,
        /// As in the file.
        header: String,
        /// Both positions, counted from 1.
        positions: (usize, usize),
    },
    /// A constant that cannot be read as its column's type.
    #[error("source `{name}` gives `{column}` the constant `{value}`, which cannot be read")]
    BadConstant {
        /// Source.
        name: String,
        /// Column of the entity.
        column: String,
        /// As declared.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that values are looked up in is not there.
    #[error("source `{name}` looks `{column}` up in `{pattern}`, and there is no such file")]
    NoLookupFile {
        /// Source.
        name: String,
        /// Column of the entity.
        column: String,
        /// Pattern of the file.
        pattern: String,
    },
    /// A file that values are looked up in has too many rows.
    #[error("file `{file}` has more than {limit} rows, too many to look values up in")]
    LookupTooBig {
        /// Label.
        file: String,
        /// Largest number allowed.
        limit: usize,
    },
    /// Day first and month first both fit.
    #[error("source `{name}` has dates in `{column}` that can be read in two ways")]
    AmbiguousDates {
        /// Source.
        name: String,
        /// Heading in the file.
        column: String,
        /// An example.
        value: String,
        /// Label and line of the example.
        place: (String, u64),
        /// Values that only fit day first, and values that only fit month first.
        evidence: (u64, u64),
        /// How many values fit both.
        rows: u64,
    },
    /// Neither the values of any column nor the source tell which sign is the decimal one.
    #[error("source `{name}` has numbers in `{column}` that can be read in two ways")]
    AmbiguousNumbers {
        /// Source.
        name: String,
        /// Heading in the file.
        column: String,
        /// An example.
        value: String,
        /// Label and line of the example.
        place: (String, u64),
        /// How many values fit both.
        rows: u64,
    },
    /// Amounts of two currencies in one column.
    #[error("source `{name}` has amounts of several currencies in `{column}`")]
    CurrencyMix {
        /// Source.
        name: String,
        /// Heading in the file.
        column: String,
        /// The currencies.
        currencies: Vec<&'static str>,
    },
    /// Too many rows were set aside.
    #[error("source `{name}` has too many unreadable rows: {quarantined} of {rows}")]
    TooManyQuarantined {
        /// Source.
        name: String,
        /// Rows set aside.
        quarantined: u64,
        /// Rows in all.
        rows: u64,
        /// The rule that was applied, in words.
        rule: String,
        /// Number of rows by code, most frequent first.
        codes: Vec<(&'static str, u64)>,
        /// The first few, as `file:line: message`.
        examples: Vec<String>,
    },
    /// Records or bytes went missing: a bug.
    #[error("the account of source `{name}` does not balance")]
    Imbalance {
        /// Source.
        name: String,
        /// The account.
        account: String,
    },
    /// Every file of the source was set aside as a whole.
    #[error("source `{name}` has no file that could be read")]
    AllSetAside {
        /// Source.
        name: String,
        /// Why the last one was.
        reason: String,
        /// What to do about it.
        remedy: String,
    },
    /// A batch could not be put together: a bug.
    #[error("a batch of source `{name}` cannot be built: {reason}")]
    Batch {
        /// Source.
        name: String,
        /// Arrow's words.
        reason: String,
    },
    /// The caller asked to stop.
    #[error("reading source `{name}` was cancelled")]
    Cancelled {
        /// Source.
        name: String,
    },
}

impl IngestError {
    /// Who has to act, and the stable code.
    fn classify(&self) -> (ProblemKind, &'static str) {
        use ProblemKind::{Config, Data, Internal, Source, User};
        match self {
            Self::NoFiles { .. } => (Source, "no-files"),
            Self::FileMissing { .. } => (Source, "file-missing"),
            Self::FileUnreadable { .. } => (Source, "file-unreadable"),
            Self::NotAFile { .. } => (Source, "not-a-file"),
            Self::FileChanged { .. } => (Source, "file-changed"),
            Self::EmptyFile { .. } => (Data, "file-empty"),
            Self::NotText { .. } => (Data, "file-not-csv"),
            Self::Unconverted { code, .. } => (Data, code),
            Self::Truncated { .. } => (Data, "file-truncated"),
            Self::Damaged { .. } => (Data, "file-damaged"),
            Self::Bomb { .. } => (Data, "file-bomb"),
            Self::TooWide { .. } => (Data, "file-too-wide"),
            Self::NoLineEnd { .. } => (Data, "file-no-line-end"),
            Self::UnknownEncoding { .. } => (Config, "encoding-unknown"),
            Self::BadDelimiter { .. } => (Config, "delimiter-unusable"),
            Self::BadComment { .. } => (Config, "comment-unusable"),
            Self::BadPattern { .. } => (Config, "footer-pattern"),
            Self::UnknownRule { .. } => (Config, "rule-unknown"),
            Self::OutsideFolder { .. } => (Source, "file-outside"),
            Self::AmbiguousNumbers { .. } => (Config, "numbers-ambiguous"),
            Self::UnknownZone { .. } => (Config, "zone-unknown"),
            Self::MissingColumn { .. } => (Config, "column-missing"),
            Self::UnmappedColumn { .. } => (Config, "column-unmapped"),
            Self::UnknownColumn { .. } => (Config, "column-unknown"),
            Self::MappedTwice { .. } => (Config, "column-mapped-twice"),
            Self::DuplicateHeader { .. } => (Config, "header-duplicate"),
            Self::BadConstant { .. } => (Config, "constant-unreadable"),
            Self::NoLookupFile { .. } => (Config, "lookup-file-missing"),
            Self::LookupTooBig { .. } => (Config, "lookup-too-big"),
            Self::AmbiguousDates { .. } => (Config, "dates-ambiguous"),
            Self::CurrencyMix { .. } => (Data, "currency-mix"),
            Self::TooManyQuarantined { .. } => (Data, "too-many-quarantined"),
            Self::AllSetAside { .. } => (Data, "files-set-aside"),
            Self::Imbalance { .. } => (Internal, "imbalance"),
            Self::Batch { .. } => (Internal, "batch"),
            Self::Cancelled { .. } => (User, "cancelled"),
        }
    }

    /// The stable code, such as `column-missing`.
    pub fn code(&self) -> &'static str {
        self.classify().1
    }

    /// The place and the evidence, if there is more to say than the message.
    fn detail(&self) -> Option<String> {
        Some(match self {
            Self::EmptyFile { bytes: 0, .. } => "it has 0 bytes".to_owned(),
            Self::EmptyFile { bytes, .. } => format!("it has {bytes} bytes but only blank lines"),
            Self::Bomb { unpacked, .. } => format!("stopped after {unpacked} unpacked bytes"),
            Self::MissingColumn { file, headers, present, .. } => missing_detail(file, headers, present),
            Self::UnknownColumn { known, .. } => format!("it has {}", listed(known)),
            Self::DuplicateHeader { positions: (first, second), column, .. } => {
                format!("columns {first} and {second}; the mapping of `{column}` cannot choose between them")
            }
            Self::BadConstant { reason, .. } => reason.clone(),
            Self::AmbiguousDates { value, place, evidence, rows, .. } => {
                ambiguous_detail(value, place, *evidence, *rows)
            }
            Self::BadPattern { pattern, reason, .. } => format!("`{}`: {reason}", printable(pattern)),
            Self::OutsideFolder { is_link: true, .. } => "a link leads there".to_owned(),
            Self::AmbiguousNumbers { value, place, rows, .. } => numbers_detail(value, place, *rows),
            Self::CurrencyMix { currencies, .. } => format!("found {}", currencies.join(", ")),
            Self::TooManyQuarantined { rule, codes, examples, .. } => {
                let counts: Vec<String> =
                    codes.iter().map(|(code, rows)| format!("{code}: {rows}")).collect();
                format!("{rule}\n{}\n{}", counts.join(", "), examples.join("\n"))
            }
            Self::AllSetAside { reason, .. } => reason.clone(),
            Self::Imbalance { account, .. } => account.clone(),
            _ => return None,
        })
    }

    /// What to do.
    fn hints(&self) -> Vec<String> {
        match self {
            Self::NoFiles { name } => vec![format!("check `files` in `sources/{name}.toml`")],
            Self::FileMissing { .. } => vec!["check the path; it is relative to the project".to_owned()],
            Self::NotAFile { .. } => {
                vec!["name a regular file, or a pattern such as `data/*.csv`".to_owned()]
            }
            Self::OutsideFolder { .. } => {
                vec!["copy the file into the project's folder; links out of it are not followed".to_owned()]
            }
            Self::FileChanged { .. } => vec!["run again when the export is finished".to_owned()],
            Self::EmptyFile { .. } => {
                vec!["export it again; even a day without sales has a header".to_owned()]
            }
            Self::NotText { .. } => {
                vec!["export it as CSV (comma-separated text) from the program".to_owned()]
            }
            Self::Unconverted { remedy, .. } => vec![remedy.clone()],
            Self::Truncated { .. } | Self::Damaged { .. } => vec!["copy or export the file again".to_owned()],
            Self::Bomb { .. } => vec!["unpack it yourself if it is meant to be that big".to_owned()],
            Self::TooWide { .. } | Self::NoLineEnd { .. } => {
                vec!["check that this is the right file; a shop's export has a line per row".to_owned()]
            }
            _ => self.mapping_hints(),
        }
    }

    /// What to do about definitions and values.
    fn mapping_hints(&self) -> Vec<String> {
        match self {
            Self::UnknownEncoding { name, .. } => {
                vec![format!("use for example `encoding = \"windows-1252\"` in `sources/{name}.toml`")]
            }
            Self::BadDelimiter { name, .. } => {
                vec![format!("set `delimiter = \";\"` (or `,`, a tab, `|`) in `sources/{name}.toml`")]
            }
            Self::BadComment { name, .. } => {
                vec![format!("set `comment = \"#\"` in `sources/{name}.toml`, or leave it out")]
            }
            Self::BadPattern { name, .. } => {
                vec![format!("use for example `skip_footer = \"^Total;\"` in `sources/{name}.toml`")]
            }
            Self::UnknownRule { rule, known, .. } => rule_hints(rule, known),
            Self::AmbiguousNumbers { name, .. } => vec![
                format!(
                    "if the comma is the decimal sign, put `decimal_comma = true` into `sources/{name}.toml`"
                ),
                format!("if it groups thousands, put `decimal_comma = false` into `sources/{name}.toml`"),
            ],
            Self::UnknownZone { name, .. } => {
                vec![format!("use a name such as `zone = \"Europe/Berlin\"` in `sources/{name}.toml`")]
            }
            Self::MissingColumn { name, column, headers, present, .. } => {
                missing_hints(name, column, headers, present)
            }
            Self::UnmappedColumn { name, column, .. } => {
                vec![format!(
                    "add `{column} = [\"<heading in the file>\"]` under `[source.columns]` in `sources/{name}.toml`"
                )]
            }
            Self::UnknownColumn { column, known, .. } => {
                names::nearest(column, known.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`"))
                    .into_iter()
                    .collect()
            }
            Self::DuplicateHeader { name, .. } => {
                vec![format!(
                    "rename one of the two headings in the export, or map another one in `sources/{name}.toml`"
                )]
            }
            Self::BadConstant { name, column, .. } => {
                vec![format!("correct the constant of `{column}` in `sources/{name}.toml`")]
            }
            Self::NoLookupFile { name, column, .. } => vec![
                "put the file into `data/`".to_owned(),
                format!("or drop `{column}` from `[source.lookups]` in `sources/{name}.toml`"),
            ],
            Self::LookupTooBig { .. } => {
                vec![
                    "name the small file that has one row per key; big files are joined in `staging/`"
                        .to_owned(),
                ]
            }
            Self::AmbiguousDates { name, .. } => vec![
                format!("if the day comes first, put `date_order = \"dmy\"` into `sources/{name}.toml`"),
                format!("if the month comes first, put `date_order = \"mdy\"` into `sources/{name}.toml`"),
            ],
            Self::CurrencyMix { .. } => {
                vec!["export one source per currency; amounts of two are never added".to_owned()]
            }
            Self::AllSetAside { remedy, .. } => vec![remedy.clone()],
            Self::TooManyQuarantined { name, .. } => vec![
                "mend the export, or the mapping if it is at fault, and run again".to_owned(),
                format!("or raise `max_quarantine_rate` in `sources/{name}.toml`"),
            ],
            _ => Vec::new(),
        }
    }
}

fn ambiguous_detail(value: &str, place: &(String, u64), evidence: (u64, u64), rows: u64) -> String {
    let (day_first, month_first) = evidence;
    let proof = match (day_first, month_first) {
        (0, 0) => "no value has a number above 12 in either place".to_owned(),
        _ => format!("{} only day first, {month_first} only month first", counted(day_first, "value")),
    };
    let rows = counted(rows, "value");
    let file = printable(&place.0);
    format!("{file}:{}: `{}`; fitting both ways: {rows}, {proof}", place.1, printable(value))
}

fn numbers_detail(value: &str, place: &(String, u64), rows: u64) -> String {
    let (file, rows) = (printable(&place.0), counted(rows, "value"));
    format!(
        "{file}:{}: `{}`; fitting both ways: {rows}, and no value shows which sign is the decimal one",
        place.1,
        printable(value)
    )
}

fn rule_hints(rule: &str, known: &[&'static str]) -> Vec<String> {
    match names::nearest(rule, known.iter().copied()) {
        Some(near) => vec![format!("did you mean `{near}`")],
        None => vec![format!("there are `{}`", known.join("`, `"))],
    }
}

fn nearest_of<'a>(headers: &[String], column: &str, present: &'a [String]) -> Option<&'a str> {
    let wanted = headers.iter().map(String::as_str).chain([column]);
    wanted.filter_map(|header| names::nearest(header, present.iter().map(String::as_str))).next()
}

fn missing_detail(file: &str, headers: &[String], present: &[String]) -> String {
    let wanted = match headers {
        [] => String::new(),
        headers => format!("; looked for {}", listed(headers)),
    };
    let file = printable(file);
    format!("`{file}` has {}: {}{wanted}", counted(present.len() as u64, "column"), listed(present))
}

fn missing_hints(name: &str, column: &str, headers: &[String], present: &[String]) -> Vec<String> {
    let near = nearest_of(headers, column, present);
    let line = format!("{column} = [\"{}\"]", near.map_or("<heading in the file>".to_owned(), printable));
    let mut hints: Vec<String> =
        near.map(|near| format!("the closest is `{}`", printable(near))).into_iter().collect();
    hints.push(format!("put this line under `[source.columns]` in `sources/{name}.toml`: `{line}`"));
    hints
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(number: u64, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Names in backticks, at most 40 of them.
pub(crate) fn listed(names: &[String]) -> String {
    let mut shown: Vec<String> = names.iter().take(40).map(|name| format!("`{}`", printable(name))).collect();
    if names.len() > 40 {
        shown.push(format!("and {} more", names.len() - 40));
    }
    shown.join(", ")
}

impl From<IngestError> for Problem {
    fn from(error: IngestError) -> Self {
        let (kind, code) = error.classify();
        let mut problem = Self::new(kind, code, printable_line(&error.to_string()));
        problem.detail = error.detail();
        problem.hints = error.hints();
        problem
    }
}

/// The message with control characters escaped but not shortened.
fn printable_line(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(80).map(|part| printable(&part.iter().collect::<String>())).collect()
}
