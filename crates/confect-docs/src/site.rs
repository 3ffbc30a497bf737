//! The catalogue: a static site of one page per table, one of metrics, and the two pictures.

use std::fmt::Write as _;

use confect_domain::{Layer, TableAccess};

use crate::erd::type_word;
use crate::svg::escaped;
use crate::{Metric, Stage, Table, Warehouse, erd_svg, flow_svg};

/// Every file of the site: path below its folder, and content. `index.html` comes first.
pub fn site(warehouse: &Warehouse) -> Vec<(String, String)> {
    let mut files = vec![
        ("index.html".to_owned(), index(warehouse)),
        ("metrics.html".to_owned(), metrics(warehouse)),
        ("tables.html".to_owned(), picture(warehouse, "Tables", "erd.svg")),
        ("lineage.html".to_owned(), picture(warehouse, "Lineage", "lineage.svg")),
        ("erd.svg".to_owned(), erd_svg(&warehouse.shop, &warehouse.tables)),
        ("lineage.svg".to_owned(), flow_svg(&warehouse.shop, &warehouse.flow)),
        ("style.css".to_owned(), STYLE.to_owned()),
        ("filter.js".to_owned(), FILTER.to_owned()),
    ];
    files.extend(warehouse.tables.iter().map(|table| {
        let name = &table.contract.name;
        (page_of(name), page(warehouse, name, &table_body(warehouse, table)))
    }));
    files
}

/// The file of a table's page.
fn page_of(table: &str) -> String {
    let safe: String =
        table.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("table-{safe}.html")
}

fn page(warehouse: &Warehouse, title: &str, body: &str) -> String {
    let (shop, title) = (escaped(&warehouse.shop), escaped(title));
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{title} · {shop}</title><link rel=\"stylesheet\" href=\"style.css\"></head><body>\
         <header><a class=\"shop\" href=\"index.html\">{shop}</a><nav><a href=\"index.html\">Catalogue</a>\
         <a href=\"metrics.html\">Metrics</a><a href=\"tables.html\">Diagram</a>\
         <a href=\"lineage.html\">Lineage</a></nav></header>\n<main><h1>{title}</h1>\n{body}</main></body></html>\n"
    )
}

fn index(warehouse: &Warehouse) -> String {
    let mut body = format!("<p class=\"lead\">{}</p>\n", escaped(&warehouse.published));
    body.push_str(FILTER_BOX);
    let layers =
        [(Layer::Star, "Dimensions and facts"), (Layer::Marts, "Marts"), (Layer::Staging, "Staging")];
    for (layer, heading) in layers {
        let tables: Vec<&Table> =
            warehouse.tables.iter().filter(|table| table.contract.layer == layer).collect();
        if tables.is_empty() {
            continue;
        }
        let _ = write!(
            body,
            "<h2>{heading}</h2>\n<table class=\"filtered\"><thead><tr><th>Table</th><th>One row per</th><th class=\"number\">Columns</th><th class=\"number\">Rows</th></tr></thead><tbody>\n"
        );
        for table in tables {
            let contract = &table.contract;
            let grain = contract.grain.strip_prefix("one row per ").unwrap_or(&contract.grain);
            let columns: Vec<&str> = contract.columns.iter().map(|column| column.name.as_str()).collect();
            let _ = writeln!(
                body,
                "<tr data-text=\"{}\"><td><a href=\"{}\">{}</a></td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>",
                escaped(&columns.join(" ")),
                page_of(&contract.name),
                escaped(&contract.name),
                escaped(grain),
                contract.columns.len(),
                rows(table.rows),
            );
        }
        body.push_str("</tbody></table>\n");
    }
    page(warehouse, "Catalogue", &body)
}

fn table_body(warehouse: &Warehouse, table: &Table) -> String {
    let contract = &table.contract;
    let mut body = format!("<p class=\"lead\">{}.</p>\n<dl>", escaped(&capital(&contract.grain)));
    let mut fact = |name: &str, value: String| {
        let _ = write!(body, "<dt>{name}</dt><dd>{value}</dd>");
    };
    fact("Rows", rows(table.rows));
    fact("Key", escaped(&contract.key.join(", ")));
    let seen = match contract.access {
        TableAccess::Secured => "the rows that a viewer's rules admit",
        TableAccess::Public => "everybody who may sign in",
        TableAccess::Private => "nobody's queries; only the program reads it",
    };
    fact("Shown to", seen.to_owned());
    if let Some(method) = &table.method {
        fact("Made by the method", escaped(method));
    }
    let joined = |from: bool| -> String {
        let ends = warehouse.flow.edges.iter().filter_map(|(source, target)| match from {
            true if *target == contract.name => Some(source),
            false if *source == contract.name => Some(target),
            _ => None,
        });
        ends.map(|id| link(warehouse, id)).collect::<Vec<_>>().join(", ")
    };
    fact("Made from", joined(true));
    fact("Used by", joined(false));
    body.push_str(
        "</dl>\n<table><thead><tr><th>Column</th><th>Type</th><th>What it says</th></tr></thead><tbody>\n",
    );
    for column in &contract.columns {
        let reference = contract.foreign_keys.iter().find(|key| key.column == column.name);
        let reference = reference.map_or_else(String::new, |key| {
            let to = escaped(&key.references);
            match warehouse.tables.iter().any(|table| table.contract.name == key.references) {
                true => format!(" <a href=\"{}\">→ {to}</a>", page_of(&key.references)),
                false => format!(" → {to}"),
            }
        });
        let empty = if column.nullable { ", may be empty" } else { "" };
        let _ = writeln!(
            body,
            "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}{empty}</td><td>{2}{reference}</td></tr>",
            escaped(&column.name),
            type_word(column.column_type),
            escaped(&column.about),
        );
    }
    let _ = write!(
        body,
        "</tbody></table>\n<details><summary>SQL · {}</summary><pre>{}</pre></details>\n",
        escaped(&table.path),
        escaped(table.sql.trim_end())
    );
    body
}

/// A node of the flow by its name, linked if it has a page.
fn link(warehouse: &Warehouse, id: &str) -> String {
    let Some(node) = warehouse.flow.nodes.iter().find(|node| node.id == id) else { return escaped(id) };
    let title = escaped(&node.title);
    match node.stage {
        Stage::Metric => format!("<a href=\"metrics.html#{}\">{title}</a>", escaped(&anchor(id))),
        _ if warehouse.tables.iter().any(|table| table.contract.name == id) => {
            format!("<a href=\"{}\">{title}</a>", page_of(id))
        }
        _ => title,
    }
}

/// `metric:net_sales` → `net_sales`.
fn anchor(id: &str) -> String {
    id.rsplit(':').next().unwrap_or(id).to_owned()
}

fn metrics(warehouse: &Warehouse) -> String {
    let mut body = String::from(FILTER_BOX);
    body.push_str("<div class=\"filtered\">");
    for metric in &warehouse.metrics {
        body.push_str(&metric_card(warehouse, metric));
    }
    body.push_str("</div>");
    page(warehouse, "Metrics", &body)
}

fn metric_card(warehouse: &Warehouse, metric: &Metric) -> String {
    let id = format!("metric:{}", metric.id);
    let ends = |from: bool| {
        let joined = warehouse.flow.edges.iter().filter_map(|(source, target)| match from {
            true if *target == id => Some(source),
            false if *source == id => Some(target),
            _ => None,
        });
        joined.map(|other| link(warehouse, other)).collect::<Vec<_>>().join(", ")
    };
    let mut card = format!(
        "<section id=\"{}\" data-text=\"{}\"><h2>{} <code>{}</code></h2><p>{}</p><dl>",
        escaped(&metric.id),
        escaped(&metric.id),
        escaped(&metric.name),
        escaped(&metric.id),
        escaped(&metric.definition)
    );
    let facts = [
        ("Formula", format!("<code>{}</code>", escaped(&metric.formula))),
        ("Unit", escaped(&metric.unit)),
        ("Owner", escaped(&metric.owner)),
        ("From", ends(true)),
        ("Shown on", ends(false)),
        ("Source", escaped(&metric.sources.join("; "))),
    ];
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let _ = write!(card, "<dt>{name}</dt><dd>{value}</dd>");
    }
    card.push_str("</dl></section>\n");
    card
}

fn picture(warehouse: &Warehouse, title: &str, file: &str) -> String {
    let body = format!(
        "<p class=\"lead\">Point at a line or a name to see what it means. <a href=\"{file}\">Open alone</a></p>\n\
         <div class=\"picture\"><object type=\"image/svg+xml\" data=\"{file}\" aria-label=\"{title}\"></object></div>\n"
    );
    page(warehouse, title, &body)
}

fn rows(rows: Option<u64>) -> String {
    let Some(rows) = rows else { return "–".to_owned() };
    let digits = rows.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const FILTER_BOX: &str = "<p><input id=\"filter\" type=\"search\" placeholder=\"Filter by name, column or words\" \
     aria-label=\"Filter\"></p><script src=\"filter.js\" defer></script>\n";

/// Hides what does not hold the words typed.
const FILTER: &str = "\
const box = document.getElementById('filter');
const items = document.querySelectorAll('.filtered tbody tr, .filtered section');
box.addEventListener('input', () => {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const item of items) {
    const text = (item.textContent + ' ' + (item.dataset.text ?? '')).toLowerCase();
    item.hidden = !words.every((word) => text.includes(word));
  }
});
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== box) { event.preventDefault(); box.focus(); }
});
";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:light-dark(#10141b,#eff2f7);--soft:light-dark(#687080,#8d95a5);\
--line:light-dark(#e5e7ec,#252a34);--surface:light-dark(#fff,#15181e);--accent:light-dark(#1a4db8,#9db7ff)}
*{box-sizing:border-box}
body{margin:0;background:light-dark(#f5f6f8,#0d0f13);color:var(--ink);font:15px/1.5 ui-sans-serif,system-ui,'Segoe UI',sans-serif;font-variant-numeric:tabular-nums}
header{display:flex;gap:24px;align-items:baseline;flex-wrap:wrap;padding:14px 24px;background:var(--surface);border-bottom:1px solid var(--line)}
.shop{font-weight:600;color:inherit}
nav{display:flex;gap:16px;flex-wrap:wrap}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
main{max-width:1080px;margin:0 auto;padding:24px}
h1{font-size:26px;margin:0 0 8px}h2{font-size:17px;margin:28px 0 8px}
.lead,dt,.number{color:var(--soft)}
table{width:100%;border-collapse:collapse;background:var(--surface);border:1px solid var(--line);border-radius:8px}
th,td{text-align:left;padding:8px 12px;border-bottom:1px solid var(--line);vertical-align:top}
th{font-size:12px;color:var(--soft);font-weight:500}.number{text-align:right;white-space:nowrap}
code{font:13px ui-monospace,SFMono-Regular,Menlo,monospace}
section{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:4px 16px 12px;margin:0 0 12px;scroll-margin-top:12px}
section h2{margin:10px 0 4px}section code{color:var(--soft)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:8px 0 20px}dd{margin:0;overflow-wrap:anywhere}
input{width:100%;font:inherit;padding:9px 12px;border:1px solid var(--line);border-radius:8px;background:var(--surface);color:inherit}
pre{overflow:auto;background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:12px;font-size:13px}
summary{cursor:pointer;margin-top:20px;color:var(--soft)}
.picture{overflow:auto;border:1px solid var(--line);border-radius:8px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[hidden]{display:none}
@media(max-width:640px){main{padding:16px}th,td{padding:8px}main{max-width:100vw}table{display:block;overflow-x:auto}}
";
