//! Files that belong together: the same shape, or two copies of the same data.

use confect_domain::names::normalise;
use glob::Pattern;

use super::Fate;
use super::concept::Concept;
use super::parts::stem;
use super::sheet::{Kind, Sheet};

/// Share of keys that two files have in common if one is a copy of the other.
const COPY_SHARE: f64 = 0.9;

/// Of files that hold the same rows twice, leaves all but the cleanest out.
pub(super) fn drop_alternates(sheets: &mut [Sheet<'_>], names: &[String], fates: &mut [Fate]) {
    for left in 0..sheets.len() {
        for right in left + 1..sheets.len() {
            let (Some(one), Some(other)) = (sheets.get(left), sheets.get(right)) else { continue };
            if !are_alternates(one, other) {
                continue;
            }
            let (first, second) = (blemishes(one, sheets), blemishes(other, sheets));
            let name = |index: usize| names.get(index).map_or("", String::as_str);
            let key = |blemishes: &Blemishes, index: usize| (blemishes.score, name(index).len());
            let (loser, winner, why) = if key(&second, right) < key(&first, left) {
                (left, right, first.told)
            } else {
                (right, left, second.told)
            };
            let why = if why.is_empty() { "both are as clean".to_owned() } else { format!("this one {why}") };
            let reason = format!("holds the same rows as `{}`, which is read instead: {why}", name(winner));
            if let (Some(sheet), Some(fate)) = (sheets.get_mut(loser), fates.get_mut(loser)) {
                *fate = Fate::LeftOut(reason.clone());
                sheet.kind = Kind::Useless(reason);
            }
        }
    }
}

fn key_of(kind: &Kind) -> Option<Concept> {
    Some(match kind {
        Kind::Sales => Concept::InvoiceNo,
        Kind::Products => Concept::ProductId,
        Kind::Customers => Concept::CustomerId,
        Kind::Stores => Concept::StoreId,
        Kind::StockMovements => Concept::MovementId,
        _ => return None,
    })
}

fn are_alternates(one: &Sheet<'_>, other: &Sheet<'_>) -> bool {
    let Some(key) = key_of(&one.kind).filter(|_| one.kind == other.kind) else { return false };
    let said = |sheet: &Sheet<'_>| {
        let mut said: Vec<Concept> = sheet.concepts.iter().flatten().copied().collect();
        said.sort_unstable();
        said
    };
    let keys = one.get(&[key]).zip(other.get(&[key]));
    said(one) == said(other)
        && keys.is_some_and(|(one, other)| {
            one.sketch.share_in(&other.sketch) >= COPY_SHARE && other.sketch.share_in(&one.sketch) >= COPY_SHARE
        })
        // Numbers from 1 upwards are the same in every file; days and articles then differ.
        && same_values(one, other)
}

/// Whether the other columns of two files hold the same values too.
fn same_values(one: &Sheet<'_>, other: &Sheet<'_>) -> bool {
    [
        Concept::SaleDate,
        Concept::Date,
        Concept::ProductId,
        Concept::CustomerId,
        Concept::ProductName,
        Concept::Email,
    ]
    .into_iter()
    .filter_map(|wanted| one.get(&[wanted]).zip(other.get(&[wanted])))
    .all(|(one, other)| {
        // Days may be written in two ways; then their first and last have to be near each other.
        match (one.dates.range(false), other.dates.range(false)) {
            (Some(one), Some(other)) => {
                (one.0.days() - other.0.days()).abs() <= 31 && (one.1.days() - other.1.days()).abs() <= 31
            }
            _ => one.sketch.share_in(&other.sketch) >= COPY_SHARE,
        }
    })
}

struct Blemishes {
    score: u64,
    told: String,
}

/// What is not clean about a file.
fn blemishes(sheet: &Sheet<'_>, sheets: &[Sheet<'_>]) -> Blemishes {
    let mut told = Vec::new();
    let mut score = 0;
    if sheet.profile.header_line > 1 {
        score += 10;
        told.push(format!("has its headings on line {}", sheet.profile.header_line));
    }
    if sheet.profile.odd_records > 0 {
        score += sheet.profile.odd_records;
        told.push(format!("has {} records that do not fit its headings", sheet.profile.odd_records));
    }
    if let Some(column) =
        key_of(&sheet.kind).filter(|_| sheet.kind != Kind::Sales).and_then(|key| sheet.get(&[key]))
    {
        let repeated = column.filled.saturating_sub(column.distinct());
        if repeated > 0 {
            score += repeated;
            told.push(format!("repeats {repeated} keys of `{}`", column.heading));
        }
    }
    let products = sheets
        .iter()
        .find(|other| other.kind == Kind::Products)
        .and_then(|other| other.get(&[Concept::ProductId]));
    if let (Some(column), Some(products), true) =
        (sheet.get(&[Concept::ProductId]), products, sheet.kind == Kind::Sales)
    {
        let missing = (1.0 - column.sketch.share_in(&products.sketch)) * column.distinct() as f64;
        let missing = missing.round() as u64;
        if missing > 0 && column.sketch.share_in(&products.sketch) > 0.0 {
            score += missing;
            told.push(format!(
                "sells {missing} article{} that the article list lacks",
                if missing == 1 { "" } else { "s" }
            ));
        }
    }
    Blemishes { score, told: told.join(" and ") }
}

/// The files that become sources, those of one shape together, in the order of their first file.
pub(super) fn groups<'a>(sheets: &'a [Sheet<'a>]) -> Vec<Vec<&'a Sheet<'a>>> {
    let shape = |sheet: &Sheet<'_>| -> Vec<String> {
        let mut headings: Vec<String> =
            sheet.profile.headings().iter().map(|heading| normalise(heading)).collect();
        headings.sort_unstable();
        headings
    };
    let mut groups: Vec<(Vec<String>, Vec<&Sheet<'_>>)> = Vec::new();
    for sheet in sheets.iter().filter(|sheet| !matches!(sheet.kind, Kind::Useless(_) | Kind::Reference)) {
        let own = shape(sheet);
        match groups
            .iter_mut()
            .find(|(held, group)| *held == own && group.iter().all(|held| held.kind == sheet.kind))
        {
            Some((_, group)) => group.push(sheet),
            None => groups.push((own, vec![sheet])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Patterns that match these files and none of the others, and that next year's file matches too.
pub(super) fn patterns(files: &[usize], names: &[String]) -> Vec<String> {
    let own: Vec<&String> = files.iter().filter_map(|index| names.get(*index)).collect();
    let others: Vec<&String> =
        names.iter().enumerate().filter(|(index, _)| !files.contains(index)).map(|(_, name)| name).collect();
    let fits = |text: &str| {
        let Ok(pattern) = Pattern::new(text) else { return false };
        let matches = |name: &&&String| pattern.matches_with(name, OPTIONS);
        own.iter().all(|name| matches(&name)) && !others.iter().any(|name| matches(&name))
    };
    let first = own.first().map_or("", |name| stem(name));
    let candidates = [with_digits(first, true), with_digits(first, false), Pattern::escape(first)];
    let start = if own.len() == 1 { 2 } else { 0 };
    for candidate in candidates.iter().skip(start) {
        for ending in ["*.csv*", ".csv*"] {
            let text = format!("**/{candidate}{ending}");
            if own.iter().all(|name| name.to_lowercase().contains(".csv")) && fits(&text) {
                return vec![text];
            }
        }
    }
    own.iter().map(|name| format!("**/{}", Pattern::escape(name))).collect()
}

const OPTIONS: glob::MatchOptions = glob::MatchOptions {
    case_sensitive: false,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// The stem with its runs of digits replaced: by as many digits, or by anything.
fn with_digits(stem: &str, exact: bool) -> String {
    let mut text = String::new();
    let mut rest = stem;
    while let Some(start) = rest.find(|letter: char| letter.is_ascii_digit()) {
        let (before, digits) = rest.split_at(start);
        let length = digits.bytes().take_while(u8::is_ascii_digit).count();
        text.push_str(&Pattern::escape(before));
        text.push_str(&if exact { "[0-9]".repeat(length) } else { "*".to_owned() });
        rest = digits.get(length..).unwrap_or_default();
    }
    text.push_str(&Pattern::escape(rest));
    text
}
