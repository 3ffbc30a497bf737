//! A tile as CSV: what the tile shows, with texts that no spreadsheet takes for a formula.

use super::answer::{Point, TileBody};
use crate::answer::{formula_safe, record};

/// The whole file.
pub(super) fn render(body: &TileBody) -> String {
    let mut text = String::new();
    match body {
        TileBody::Kpi { metric, value, baseline, .. } => {
            heading(&mut text, &["metric", &metric.id, "baseline"]);
            row(&mut text, &[Some(&formula_safe(&metric.name)), value.as_deref(), baseline.as_deref()]);
        }
        TileBody::Trend { metric, points, .. } => {
            heading(&mut text, &["from", &metric.id, "baseline"]);
            points.iter().for_each(|point| trend_row(&mut text, point));
        }
        TileBody::Bars { metric, filter, rows, other } => {
            heading(&mut text, &[filter.as_deref().unwrap_or("member"), &metric.id, "baseline"]);
            for bar in rows {
                row(
                    &mut text,
                    &[Some(&formula_safe(&bar.key)), bar.value.as_deref(), bar.baseline.as_deref()],
                );
            }
            if let Some(other) = other {
                let name = format!("{} others", other.members);
                row(&mut text, &[Some(&name), other.value.as_deref(), other.baseline.as_deref()]);
            }
        }
        TileBody::Table { columns, rows, .. } => {
            heading(&mut text, &columns.iter().map(|column| column.id.as_str()).collect::<Vec<_>>());
            for cells in rows {
                let safe = cells.iter().zip(columns).map(|(cell, column)| match &column.metric {
                    Some(_) => cell.clone(),
                    None => cell.as_deref().map(formula_safe),
                });
                let safe: Vec<Option<String>> = safe.collect();
                record(&mut text, safe.iter().map(Option::as_deref));
            }
        }
        TileBody::Missing { message, .. } => {
            heading(&mut text, &["message"]);
            row(&mut text, &[Some(message)]);
        }
    }
    text
}

fn heading(text: &mut String, names: &[&str]) {
    record(text, names.iter().map(|name| Some(*name)));
}

fn row(text: &mut String, fields: &[Option<&str>]) {
    record(text, fields.iter().copied());
}

fn trend_row(text: &mut String, point: &Point) {
    row(text, &[Some(&point.at.to_string()), point.value.as_deref(), point.baseline.as_deref()]);
}
