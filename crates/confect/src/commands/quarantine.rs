//! `quarantine`: what was set aside and why; what to do about it.

use std::collections::BTreeMap;
use std::path::Path;

use confect_domain::Problem;
use confect_domain::ProblemKind;
use confect_domain::problem::printable;
use confect_service::{
    Access, Answer, QuarantineFilter, QuarantineState, RefreshOutcome, Shop, Steward, record_json,
};
use serde_json::json;

use super::{Outcome, ask, one, open, refresh};
use crate::arguments::{Format, Quarantine, QuarantineAction, Which};
use crate::printer::Printer;
use crate::table::grouped;

pub(super) fn run(root: &Path, quarantine: &Quarantine, printer: &Printer) -> Outcome {
    let shop = open(root)?;
    // Who may run the program on the project's files holds them anyway.
    let steward = Steward::of(&Access::owner(), "read the quarantine").map_err(one)?;
    match &quarantine.action {
        None => list(&shop, &steward, quarantine, printer),
        Some(QuarantineAction::Retry { json }) => retry(&shop, &steward, *json, printer),
        Some(QuarantineAction::Export { out }) => export(&shop, &steward, out, printer),
        Some(QuarantineAction::Ignore(which)) => {
            decide(&shop, &steward, which, QuarantineState::Ignored, printer)
        }
        Some(QuarantineAction::Reopen(which)) => {
            decide(&shop, &steward, which, QuarantineState::Open, printer)
        }
    }
}

fn filter(which: &Which) -> QuarantineFilter {
    QuarantineFilter { code: which.code.clone(), source: which.source.clone(), ..QuarantineFilter::default() }
}

fn list(shop: &Shop, steward: &Steward, quarantine: &Quarantine, printer: &Printer) -> Outcome {
    let filter = QuarantineFilter { limit: Some(quarantine.limit), ..filter(&quarantine.which) };
    let answer = shop.quarantine(steward, &filter).map_err(one)?;
    if answer.rows.is_empty() && quarantine.format == Format::Table {
        printer.note("nothing was set aside");
        return Ok(());
    }
    if quarantine.format == Format::Table {
        printer.data(&in_words(&answer));
        if answer.truncated {
            printer.note(&format!("and more; `--limit` shows them, {} were shown", answer.rows.len()));
        }
        printer.note("mend the files, or take the records out with `confect quarantine export --out DIR`; then `confect quarantine retry`");
        return Ok(());
    }
    ask::print(&answer, quarantine.format, printer);
    Ok(())
}

/// One paragraph per record: place, what is wrong, what to do, the record itself.
fn in_words(answer: &Answer) -> String {
    let place = |name: &str| answer.column(name).unwrap_or(usize::MAX);
    let (file, line, code) = (place("file"), place("line_first"), place("code"));
    let (message, remedy, record, state) =
        (place("message"), place("remedy"), place("record"), place("state"));
    let mut text = String::new();
    for row in 0..answer.rows.len() {
        let cell = |index: usize| printable(answer.cell(row, index).unwrap_or_default());
        let ignored = if cell(state) == QuarantineState::Ignored.word() { " (ignored)" } else { "" };
        text.push_str(&format!(
            "{}:{} [{}]{ignored} {}\n",
            cell(file),
            cell(line),
            cell(code),
            cell(message)
        ));
        text.push_str(&format!("  remedy: {}\n  record: {}\n", cell(remedy), cell(record)));
    }
    text.truncate(text.trim_end().len());
    text
}

fn export(shop: &Shop, steward: &Steward, folder: &Path, printer: &Printer) -> Outcome {
    let files = shop.export_quarantine(steward, folder).map_err(one)?;
    for file in &files {
        printer.data(&file.display().to_string());
    }
    printer.note(if files.is_empty() {
        "no record is open"
    } else {
        "mend the records there, put the files into the project's `data/`, and run `confect refresh`"
    });
    Ok(())
}

fn decide(
    shop: &Shop,
    steward: &Steward,
    which: &Which,
    state: QuarantineState,
    printer: &Printer,
) -> Outcome {
    if which.code.is_none() && which.source.is_none() {
        let problem = Problem::new(ProblemKind::User, "which-records", "which records are meant is not said");
        return Err(one(problem.with_hint("name them with `--code CODE`, `--source SOURCE` or both")));
    }
    let answer = shop.quarantine(steward, &filter(which)).map_err(one)?;
    let Some(id) = answer.column("row_id") else { return Ok(()) };
    let ids: Vec<String> =
        (0..answer.rows.len()).filter_map(|row| answer.cell(row, id)).map(str::to_owned).collect();
    let changed = shop.decide_quarantine(steward, &ids, state).map_err(one)?;
    printer.note(&format!("{} records are {} now", grouped(&changed.to_string()), state.word()));
    Ok(())
}

/// Number of records by reason.
fn counts(shop: &Shop, steward: &Steward) -> Result<BTreeMap<String, usize>, Vec<Problem>> {
    let answer = match shop.quarantine(steward, &QuarantineFilter::default()) {
        Ok(answer) => answer,
        Err(confect_service::ServiceError::NothingPublished) => return Ok(BTreeMap::new()),
        Err(error) => return Err(one(error)),
    };
    let code = answer.column("code").unwrap_or(usize::MAX);
    let mut counts = BTreeMap::new();
    for row in 0..answer.rows.len() {
        *counts.entry(answer.cell(row, code).unwrap_or_default().to_owned()).or_insert(0) += 1;
    }
    Ok(counts)
}

fn retry(shop: &Shop, steward: &Steward, as_json: bool, printer: &Printer) -> Outcome {
    let before = counts(shop, steward)?;
    let outcome = refresh::refresh_shop(shop, true, printer)?;
    let RefreshOutcome::Done(record) = outcome else { return Ok(()) };
    let after = counts(shop, steward)?;
    let codes: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let of = |counts: &BTreeMap<String, usize>, code: &String| counts.get(code).copied().unwrap_or(0);
    for code in &codes {
        let (then, now) = (of(&before, code), of(&after, code));
        printer.note(&format!("{code}: {then} before, {now} now"));
    }
    if as_json {
        let reasons: BTreeMap<&String, _> = codes
            .iter()
            .map(|code| (*code, json!({"before": of(&before, code), "after": of(&after, code)})))
            .collect();
        printer.data(&json!({ "reasons": reasons, "refresh": record_json(&record) }).to_string());
    }
    Ok(())
}
