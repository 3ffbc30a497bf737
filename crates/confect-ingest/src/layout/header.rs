//! The delimiter and the header row, chosen together; headings → columns of the entity.

use confect_domain::problem::printable;
use confect_domain::{Finding, Severity, names};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::CellSource;
use super::sample::Sample;
use crate::columns::{ColumnPlan, Plan};
use crate::error::IngestError;
use crate::spec::InputFile;
use crate::text::MAX_COLUMNS;
use crate::text::encoding::{Reading, decode_single_byte};
use crate::text::record::{Dialect, Scanned, Span, scan_record};
use crate::text::splitter::FIELD_LIMIT;
use crate::values::invisible;

/// Rows in which the header is looked for.
pub(crate) const HEADER_ROWS: usize = 20;
pub(crate) const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How the sample is cut.
pub(crate) struct Choice {
    pub(crate) delimiter: u8,
    /// Headings, trimmed.
    pub(crate) header: Vec<String>,
    /// Which of the rows that are not blank is the header.
    pub(crate) row: usize,
    /// Its physical line.
    pub(crate) line: u64,
    /// Where the first record starts.
    pub(crate) data_start: usize,
    pub(crate) width: usize,
    pub(crate) trailing: bool,
}

/// The sample cut with one delimiter.
struct Trial {
    delimiter: u8,
    /// Headings that a row might be, for the first rows.
    heads: Vec<Vec<String>>,
    /// Starts and ends of the rows, as many as are whole.
    rows: Vec<(usize, Scanned, bool)>,
    best: usize,
    score: (bool, usize, usize, usize),
}

/// Chooses delimiter and header row.
pub(crate) fn choose(plan: &Plan, input: &InputFile, sample: &Sample) -> Result<Choice, IngestError> {
    let declared = sample.origin.map_or(plan.options.delimiter, |_| Some(b','));
    let candidates: Vec<u8> = declared.map_or(DELIMITERS.to_vec(), |delimiter| vec![delimiter]);
    let mut best: Option<Trial> = None;
    for delimiter in candidates {
        let trial = attempt(plan, sample, delimiter);
        if best.as_ref().is_none_or(|held| trial.score > held.score) {
            best = Some(trial);
        }
    }
    let empty = || IngestError::EmptyFile { file: input.label.clone(), bytes: sample.bytes.len() as u64 };
    let trial = best.ok_or_else(empty)?;
    let (start, scanned, _) = *trial.rows.get(trial.best).ok_or_else(empty)?;
    if scanned.fields > MAX_COLUMNS {
        return Err(IngestError::TooWide { file: input.label.clone(), limit: MAX_COLUMNS });
    }
    let header = trial.heads.get(trial.best).cloned().unwrap_or_default();
    let (width, trailing) = width_of(&trial, &header);
    let dialect = Dialect::of(trial.delimiter, plan.options.comment, sample.origin);
    Ok(Choice {
        delimiter: trial.delimiter,
        row: trial.best,
        line: dialect.first_line() + dialect.lines(&sample.bytes[..start]),
        data_start: scanned.next,
        header,
        width,
        trailing,
    })
}

/// Cuts the sample with one delimiter and finds the likeliest header.
fn attempt(plan: &Plan, sample: &Sample, delimiter: u8) -> Trial {
    let dialect = Dialect::of(delimiter, plan.options.comment, sample.origin);
    let bytes = &sample.bytes;
    let mut trial =
        Trial { delimiter, heads: Vec::new(), rows: Vec::new(), best: 0, score: (false, 0, 0, 0) };
    let (mut position, mut spans) = (sample.mark, Vec::new());
    while position < bytes.len() {
        spans.clear();
        let start = position;
        let scanned = scan_record(bytes, start, &dialect, &mut spans, FIELD_LIMIT);
        if dialect.is_comment(bytes, start) {
            position = scanned.next.max(start + 1);
            continue;
        }
        let whole = (scanned.terminated || sample.complete) && !scanned.unclosed;
        // The header counts even if the sample ends within it; of other rows only whole ones do.
        if !whole && !trial.rows.is_empty() {
            break;
        }
        position = scanned.next.max(start + 1);
        if bytes[start..scanned.end].iter().all(u8::is_ascii_whitespace) && delimiter_free(&scanned) {
            continue;
        }
        let last_empty = spans.last().is_some_and(|span| span.of(bytes).trim_ascii().is_empty());
        trial.rows.push((start, scanned, last_empty));
        if trial.heads.len() < HEADER_ROWS {
            trial.heads.push(headings(bytes, &spans, sample.reading));
        }
    }
    rate(plan, &mut trial);
    trial
}

fn delimiter_free(scanned: &Scanned) -> bool {
    scanned.fields == 1
}

/// Scores a trial: all required headings found, headings found, records of the header's width, width.
fn rate(plan: &Plan, trial: &mut Trial) {
    let mut found = (false, 0);
    for (index, heads) in trial.heads.iter().enumerate() {
        let score = matched(plan, heads);
        if index == 0 || score > found {
            (found, trial.best) = (score, index);
        }
    }
    let width = trial.heads.get(trial.best).map_or(0, Vec::len);
    let fitting = trial.rows.iter().skip(trial.best).filter(|row| row.1.fields == width).count();
    let share = if width > 1 { fitting * 100 / trial.rows.len().max(1) } else { 0 };
    trial.score = (found.0, found.1, share, width);
}

/// Whether all required headings are in a row, and how many mapped ones.
fn matched(plan: &Plan, heads: &[String]) -> (bool, usize) {
    let normal: Vec<String> = heads.iter().map(|head| folded(head)).collect();
    let has = |column: &ColumnPlan| {
        column.headers.iter().any(|header| {
            let wanted = folded(header);
            heads.contains(header) || normal.contains(&wanted)
        })
    };
    let wanted = plan.columns.iter().filter(|column| !column.headers.is_empty());
    let (mut complete, mut count) = (true, 0);
    for column in wanted {
        let present = has(column);
        count += usize::from(present);
        complete &= present || !column.is_needed();
    }
    (complete && count > 0, count)
}

/// The texts of a row as headings.
pub(crate) fn headings(bytes: &[u8], spans: &[Span], reading: Reading) -> Vec<String> {
    let text = |span: &Span| {
        let raw = span.of(bytes);
        let legacy = match reading {
            Reading::SingleByte(encoding) => encoding,
            _ => encoding_rs::WINDOWS_1252,
        };
        let decoded = match (reading, std::str::from_utf8(raw)) {
            (Reading::SingleByte(encoding), _) => decode_single_byte(encoding, raw),
            (_, Ok(text)) => Some(text.into()),
            _ => decode_single_byte(legacy, raw),
        };
        let text = decoded.unwrap_or_else(|| String::from_utf8_lossy(raw));
        let text = if span.is_escaped() { text.replace("\"\"", "\"") } else { text.into_owned() };
        text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}').to_owned()
    };
    spans.iter().map(text).collect()
}

/// The number of fields of a record, and whether each record ends with a delimiter.
fn width_of(trial: &Trial, header: &[String]) -> (usize, bool) {
    let data = || trial.rows.iter().skip(trial.best + 1);
    let has_data = data().next().is_some();
    let width = header.len();
    if width > 1 && header.last().is_some_and(String::is_empty) {
        let unused = data().all(|(_, scanned, last_empty)| scanned.fields < width || *last_empty);
        if unused {
            return (width - 1, true);
        }
    }
    let trailing =
        has_data && data().all(|(_, scanned, last_empty)| scanned.fields == width + 1 && *last_empty);
    (width, trailing)
}

/// Finds each column of the entity in the header.
pub(crate) fn resolve(
    plan: &Plan,
    input: &InputFile,
    header: &[String],
    findings: &mut Vec<Finding>,
) -> Result<Vec<CellSource>, IngestError> {
    let normal: Vec<String> = header.iter().map(|head| names::normalise(head)).collect();
    let plain: Vec<String> = header.iter().map(|head| folded(head)).collect();
    let mut sources = Vec::with_capacity(plan.columns.len());
    for column in &plan.columns {
        if column.derived.is_some() {
            sources.push(match crate::derive::is_possible(column, header) {
                true => CellSource::Made,
                false if column.is_needed() => return Err(missing(plan, input, column, header)),
                false => {
                    findings.push(absent(plan, input, column, header));
                    CellSource::Absent
                }
            });
            continue;
        }
        let exact = position(column, header, Clone::clone);
        let found = exact
            .clone()
            .or_else(|| position(column, &normal, |header| names::normalise(header)))
            .or_else(|| position(column, &plain, |header| folded(header)));
        let source = match found {
            Some((_, places)) if places.len() > 1 => {
                return Err(duplicate(plan, input, column, header, &places));
            }
            Some((wanted, places)) => {
                if exact.is_none() {
                    findings.push(spelling(plan, input, &wanted, &header[places[0]]));
                }
                CellSource::Field(places[0])
            }
            None if column.constant.is_some() => CellSource::Constant,
            None if column.is_needed() => return Err(missing(plan, input, column, header)),
            None => {
                if !column.headers.is_empty() {
                    findings.push(absent(plan, input, column, header));
                }
                CellSource::Absent
            }
        };
        sources.push(source);
    }
    Ok(sources)
}

/// A heading without case, separators, accents and letters that nobody sees: `Größe` is `grosse`.
fn folded(heading: &str) -> String {
    let plain = names::normalise(heading);
    if plain.is_ascii() {
        return plain;
    }
    let spread = |letter: char| match letter {
        'ß' => "ss".to_owned(),
        'æ' => "ae".to_owned(),
        'œ' => "oe".to_owned(),
        'ø' => "o".to_owned(),
        'ł' => "l".to_owned(),
        'đ' => "d".to_owned(),
        letter => letter.to_string(),
    };
    let bare: String = plain.nfd().filter(|letter| !is_combining_mark(*letter)).map(spread).collect();
    invisible::without(&bare).unwrap_or(bare)
}

/// The first accepted heading that is present, with all its positions.
fn position(
    column: &ColumnPlan,
    header: &[String],
    form: impl Fn(&String) -> String,
) -> Option<(String, Vec<usize>)> {
    column.headers.iter().find_map(|wanted| {
        let form = form(wanted);
        let places: Vec<usize> = (0..header.len()).filter(|index| header[*index] == form).collect();
        (!places.is_empty() && !form.is_empty()).then(|| (wanted.clone(), places))
    })
}

fn duplicate(
    plan: &Plan,
    input: &InputFile,
    column: &ColumnPlan,
    header: &[String],
    places: &[usize],
) -> IngestError {
    IngestError::DuplicateHeader {
        name: plan.name.clone(),
        file: input.label.clone(),
        column: column.entity.name.to_owned(),
        header: header[places[0]].clone(),
        positions: (places[0] + 1, places[1] + 1),
    }
}

fn missing(plan: &Plan, input: &InputFile, column: &ColumnPlan, header: &[String]) -> IngestError {
    IngestError::MissingColumn {
        name: plan.name.clone(),
        file: input.label.clone(),
        column: column.entity.name.to_owned(),
        headers: column.headers.clone(),
        present: header.to_vec(),
    }
}

fn spelling(plan: &Plan, input: &InputFile, wanted: &str, found: &str) -> Finding {
    Finding {
        code: "header-spelling",
        severity: Severity::Warning,
        source: plan.name.clone(),
        file: Some(input.label.clone()),
        line: None,
        column: Some(found.to_owned()),
        value: Some(found.to_owned()),
        message: format!("the heading `{}` was taken for `{}`", printable(found), printable(wanted)),
        remedy: format!("list `{}` in `sources/{}.toml` if that is right", printable(found), plan.name),
        rows: 0,
    }
}

fn absent(plan: &Plan, input: &InputFile, column: &ColumnPlan, header: &[String]) -> Finding {
    let name = column.entity.name;
    let wanted = column.headers.iter().map(String::as_str).chain([name]);
    let near = wanted.filter_map(|wanted| names::nearest(wanted, header.iter().map(String::as_str))).next();
    let remedy = match near {
        Some(near) => format!(
            "if `{}` is meant, put `{name} = [\"{}\"]` under `[source.columns]` in `sources/{}.toml`",
            printable(near),
            printable(near),
            plan.name
        ),
        None => format!("add the column to the export, or drop `{name}` from `sources/{}.toml`", plan.name),
    };
    Finding {
        code: "column-missing",
        severity: Severity::Warning,
        source: plan.name.clone(),
        file: Some(input.label.clone()),
        line: None,
        column: Some(name.to_owned()),
        value: None,
        message: format!("no heading for `{name}` was found, so it is empty"),
        remedy,
        rows: 0,
    }
}

/// Names for the columns that no mapping uses: snake case, unique, none that a table already has.
pub(crate) fn name_extras(plan: &Plan, header: &[String], sources: &[CellSource]) -> Vec<(String, usize)> {
    let mut extras: Vec<(String, usize)> = Vec::new();
    for (index, heading) in header.iter().enumerate() {
        if sources.contains(&CellSource::Field(index)) {
            continue;
        }
        let mut name = snake_case(heading);
        if name.is_empty() {
            name = format!("column_{}", index + 1);
        }
        if plan.is_reserved(&name) {
            name.push_str("_extra");
        }
        let mut unique = name.clone();
        let mut number = 2;
        while extras.iter().any(|(taken, _)| *taken == unique) {
            unique = format!("{name}_{number}");
            number += 1;
        }
        extras.push((unique, index));
    }
    extras
}

/// `CustomerID` → `customer_id`, `Store Name (m²)` → `store_name_m²`.
pub(crate) fn snake_case(heading: &str) -> String {
    let letters: Vec<char> = heading.chars().collect();
    let mut name = String::with_capacity(heading.len() + 4);
    for (index, letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).map(|before| letters[before]);
        let follows_small = before.is_some_and(|before| before.is_lowercase() || before.is_numeric());
        let ends_capitals = before.is_some_and(char::is_uppercase)
            && letters.get(index + 1).is_some_and(|after| after.is_lowercase());
        if letter.is_uppercase() && (follows_small || ends_capitals) && !name.ends_with('_') {
            name.push('_');
        }
        name.extend(letter.to_lowercase());
    }
    name.trim_end_matches('_').to_owned()
}
