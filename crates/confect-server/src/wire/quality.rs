//! The wire form of the page "Data quality & runs".

use confect_service::quality::{Lineage, MappedColumn, Quality, QuarantinePart, SourceQuality};
use confect_service::{QuarantineReason, Run};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Body of `POST /api/quarantine/state`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Decision {
    pub(crate) ids: Vec<String>,
    pub(crate) state: String,
}

/// Body of `POST /api/identity`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pair {
    pub(crate) left: String,
    pub(crate) right: String,
    /// `apart`, `together` or `by-rule`.
    pub(crate) decision: String,
}

/// The whole answer.
pub(crate) fn body(quality: Quality) -> Value {
    let reconciliation: Vec<Value> = quality
        .reconciliation
        .iter()
        .map(|flow| {
            json!({
                "source": flow.source, "entity": flow.entity, "bucket": flow.bucket, "table": flow.table,
                "rows": flow.rows, "amount": flow.amount, "rows_without_amount": flow.rows_without_amount,
            })
        })
        .collect();
    let checks: Vec<Value> = quality
        .checks
        .iter()
        .map(|check| {
            json!({
                "table": check.table, "name": check.name, "severity": check.severity,
                "passed": check.failing_rows == 0, "failing_rows": check.failing_rows,
                "message": check.message, "history": check.history,
            })
        })
        .collect();
    let runs: Vec<Value> = quality.runs.iter().map(|(run, timeline)| run_json(run, timeline)).collect();
    json!({
        "publication": quality.publication.map(super::Publication::from),
        "currency": quality.currency,
        "sources": quality.sources.iter().map(source).collect::<Vec<_>>(),
        "unread_files": quality.unread_files,
        "reconciliation": reconciliation,
        "checks": checks,
        "findings": quality.findings,
        "superseded": { "rows": quality.superseded.to_json(), "truncated": quality.superseded.truncated },
        "late": if quality.late.is_array() { quality.late } else { json!([]) },
        "quarantine": quarantine(&quality.quarantine),
        "identity": {
            "customers": quality.identity.customers, "persons": quality.identity.persons,
            "merges": quality.identity.merges.to_json(),
        },
        "runs": runs,
        "lineage": lineage(&quality.lineage),
    })
}

fn source(source: &SourceQuality) -> Value {
    let account = |name: &str| source.account.get(name).cloned().unwrap_or_else(|| json!(0));
    let mapped = |column: &MappedColumn| {
        json!({
            "column": column.column, "headings": column.headings, "constant": column.constant,
            "required": column.required,
        })
    };
    json!({
        "newest": source.newest.map(|day| day.to_string()), "days_late": source.days_late,
        "name": source.name, "entity": source.entity, "about": null, "files_total": account("files"),
        "rows_in": account("rows_in"), "loaded": account("rows_loaded"),
        "quarantined": account("rows_quarantined"), "deduplicated": account("rows_deduplicated"),
        "mapping": source.mapping.iter().map(mapped).collect::<Vec<_>>(),
        "files": source.account.get("first_files").cloned().unwrap_or_else(|| json!([])),
    })
}

fn quarantine(part: &QuarantinePart) -> Value {
    let reason = |reason: &QuarantineReason| {
        json!({
            "code": reason.code, "source": reason.source, "column": reason.column, "rows": reason.rows,
            "open": reason.open, "example": reason.example, "remedy": reason.remedy,
        })
    };
    const NUMBERS: [&str; 3] = ["line_first", "line_last", "times_seen"];
    let row = |row: &Vec<Option<String>>| -> Value {
        let cells = part.rows.columns.iter().zip(row).map(|(name, cell)| {
            let value = match cell {
                Some(text) if NUMBERS.contains(&name.as_str()) => json!(text.parse::<i64>().unwrap_or(0)),
                cell => json!(cell),
            };
            (if name == "row_id" { "id".to_owned() } else { name.clone() }, value)
        });
        Value::Object(cells.collect::<Map<_, _>>())
    };
    json!({
        "rows_total": part.rows_total, "open": part.open, "fixed": part.fixed,
        "reasons": part.reasons.iter().map(reason).collect::<Vec<_>>(),
        "rows": part.rows.rows.iter().map(row).collect::<Vec<_>>(),
        "truncated": part.rows.truncated,
    })
}

fn run_json(run: &Run, timeline: &Value) -> Value {
    json!({
        "id": run.id, "started_at": run.started_at, "finished_at": run.finished_at, "outcome": run.outcome,
        "seconds": run.seconds, "rows_in": run.rows_in, "rows_loaded": run.rows_loaded,
        "rows_quarantined": run.rows_quarantined, "rows_deduplicated": run.rows_deduplicated,
        "publication": run.publication, "problem": run.problem,
        "timeline": if timeline.is_array() { timeline.clone() } else { json!([]) },
    })
}

fn lineage(graph: &Lineage) -> Value {
    let nodes: Vec<Value> = graph
        .nodes
        .iter()
        .map(|node| json!({ "id": node.id, "kind": node.kind, "title": node.title, "rows": node.rows }))
        .collect();
    json!({ "nodes": nodes, "edges": graph.edges })
}
