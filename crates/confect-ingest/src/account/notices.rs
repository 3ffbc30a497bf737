//! What was assumed, mended or found odd → a finding in a person's words.

use confect_domain::problem::printable;
use confect_domain::{Finding, Severity};

use crate::columns::Plan;
use crate::layout::{CellSource, FileLayout};
use crate::typing::{Notice, NoticeKind};
use crate::values::mojibake;

/// The finding of one kind in one column.
pub(super) fn finding(plan: &Plan, layout: &FileLayout, notice: &Notice, line: Option<u64>) -> Finding {
    let is_personal = plan.columns.get(notice.column).is_some_and(|column| column.entity.personal);
    let value = Some(notice.value.clone()).filter(|_| !is_personal);
    let (code, message, remedy) = match notice.kind {
        NoticeKind::SentinelDate | NoticeKind::ClockGap | NoticeKind::ClockOverlap => {
            of_dates(plan, notice.kind)
        }
        kind => of_values(kind, &heading(plan, layout, notice.column), value.as_deref()),
    };
    let severity = match notice.kind {
        NoticeKind::Rule(applied) => applied.action.severity(),
        _ => Severity::Warning,
    };
    Finding {
        code,
        severity,
        source: plan.name.clone(),
        file: Some(layout.input.label.clone()),
        line,
        column: Some(heading(plan, layout, notice.column)),
        value,
        message,
        remedy: remedy.to_owned(),
        rows: notice.rows,
    }
}

fn heading(plan: &Plan, layout: &FileLayout, column: usize) -> String {
    match layout.sources.get(column) {
        Some(CellSource::Field(field)) => layout.heading(*field),
        _ => plan.columns.get(column).map(|column| column.entity.name.to_owned()).unwrap_or_default(),
    }
}

fn of_dates(plan: &Plan, kind: NoticeKind) -> (&'static str, String, &'static str) {
    let zone = plan.options.zone.as_deref().unwrap_or("UTC");
    match kind {
        NoticeKind::ClockGap => (
            "clock-gap",
            format!("a time that the clocks of {zone} jumped over was moved on by that jump"),
            "check the source's `zone`, or export times in UTC",
        ),
        NoticeKind::ClockOverlap => (
            "clock-overlap",
            format!("a time that the clocks of {zone} showed twice was taken to be the earlier one"),
            "export times in UTC or with their offset if the hour matters",
        ),
        _ => (
            "sentinel-date",
            "a date that only means unknown was left empty".to_owned(),
            "leave unknown dates empty in the export",
        ),
    }
}

/// `value` is `None` where it says something about a person.
fn of_values(kind: NoticeKind, heading: &str, value: Option<&str>) -> (&'static str, String, &'static str) {
    let shown = value.map_or_else(|| "a value".to_owned(), |value| format!("`{}`", printable(value)));
    let place = format!("{shown} in `{}`", printable(heading));
    let meant = || match value.and_then(mojibake::repaired) {
        Some(meant) => format!(", which looks like `{}`", printable(&meant)),
        None => String::new(),
    };
    match kind {
        NoticeKind::Mojibake => (
            "mojibake",
            format!("{place} was decoded wrongly before it came here{}", meant()),
            "export as UTF-8, or set `repair_mojibake = true` in the source",
        ),
        NoticeKind::MojibakeMended => (
            "mojibake-mended",
            format!("{place} was decoded wrongly before it came here and was mended{}", meant()),
            "export as UTF-8, so that nothing has to be mended",
        ),
        NoticeKind::HiddenInText => (
            "hidden-letters",
            format!("{place} has letters that nobody sees; it was stored as it is"),
            "type the value anew in the system it was exported from",
        ),
        NoticeKind::HiddenInKey => (
            "key-hidden-letters",
            format!("{place} has letters that nobody sees, which were taken out"),
            "type the key anew in the system it was exported from",
        ),
        NoticeKind::PaddedKey => (
            "key-padded",
            format!("{place} has blanks around it, which were cut off"),
            "export the key without blanks around it",
        ),
        NoticeKind::LookupMiss => (
            "lookup-miss",
            format!("{place} has a key that the looked-up file does not have; the value was left empty"),
            "add the key to that file, or leave it: the rows are in",
        ),
        NoticeKind::BadEmail => (
            "bad-email",
            format!("{place} is no e-mail address; it was loaded as it is"),
            "correct it in the system it was exported from",
        ),
        NoticeKind::BadPhone => (
            "bad-phone",
            format!("{place} is no telephone number; it was loaded as it is"),
            "correct it in the system it was exported from",
        ),
        NoticeKind::BadPostcode => (
            "bad-postcode",
            format!("{place} is no postcode of any country; it was loaded as it is"),
            "correct it in the system it was exported from",
        ),
        NoticeKind::Rule(applied) => {
            (applied.rule.name, format!("{place} {}", applied.rule.message), applied.rule.remedy)
        }
        NoticeKind::SentinelDate | NoticeKind::ClockGap | NoticeKind::ClockOverlap => {
            ("sentinel-date", place, "")
        }
    }
}

fn of_file(plan: &Plan, layout: &FileLayout, code: &'static str, severity: Severity) -> Finding {
    Finding {
        code,
        severity,
        source: plan.name.clone(),
        file: Some(layout.input.label.clone()),
        line: None,
        column: None,
        value: None,
        message: String::new(),
        remedy: String::new(),
        rows: 0,
    }
}

/// Lines that were passed over as comments.
pub(super) fn comments(plan: &Plan, layout: &FileLayout, lines: u64) -> Finding {
    let sign = plan.options.comment.map(char::from).unwrap_or_default();
    Finding {
        message: format!("lines that start with `{sign}` were passed over as comments"),
        remedy: format!("drop `comment` from `sources/{}.toml` if they are rows", plan.name),
        rows: lines,
        ..of_file(plan, layout, "comment-lines", Severity::Note)
    }
}

/// A file that holds the same bytes as another.
pub(super) fn repeated(plan: &Plan, again: &FileLayout, first: &FileLayout, rows: u64) -> Finding {
    Finding {
        message: format!(
            "the file holds the same bytes as `{}`, so all its rows were dropped",
            printable(&first.input.label)
        ),
        remedy: "remove one of the two; if a period is missing, export it again".to_owned(),
        rows,
        ..of_file(plan, again, "file-repeated", Severity::Warning)
    }
}

/// A key that was there before in other letters.
pub(super) fn collision(
    plan: &Plan,
    layout: &FileLayout,
    column: usize,
    line: Option<u64>,
    keys: (&str, &str),
) -> Finding {
    let heading = heading(plan, layout, column);
    Finding {
        line,
        value: Some(keys.1.to_owned()),
        message: format!(
            "keys in `{}` are there in other capital letters too, such as `{}`",
            printable(&heading),
            printable(keys.0)
        ),
        column: Some(heading),
        remedy: "write each key in one way in the system it was exported from".to_owned(),
        rows: 1,
        ..of_file(plan, layout, "key-case", Severity::Warning)
    }
}
