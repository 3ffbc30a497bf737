//! `docs`: the diagram of the tables, the flow of the numbers, and the catalogue as a static site.

use std::path::Path;

use confect_domain::{Problem, ProblemKind};
use confect_service::warehouse_docs::{erd_mermaid, erd_svg, flow_mermaid, flow_svg, site};
use confect_service::{Access, Steward};

use super::{Outcome, one, open};
use crate::arguments::{Docs, DocsKind};
use crate::printer::Printer;

pub(super) fn run(root: &Path, docs: &Docs, printer: &Printer) -> Outcome {
    let shop = open(root)?;
    let steward = Steward::of(&Access::owner(), "read the catalogue").map_err(one)?;
    let mut warehouse = shop.docs(&steward).map_err(one)?;
    let name = warehouse.shop.clone();
    match docs.kind {
        DocsKind::Erd => {
            // What only the next refresh reads is no part of the star.
            let is_told =
                |table: &confect_service::warehouse_docs::Table| !table.contract.name.starts_with("stg_");
            warehouse.tables.retain(is_told);
            let tables = &warehouse.tables;
            picture(docs, printer, || erd_svg(&name, tables), || erd_mermaid(tables))
        }
        DocsKind::Lineage => {
            let flow = &warehouse.flow;
            picture(docs, printer, || flow_svg(&name, flow), || flow_mermaid(flow))
        }
        DocsKind::Catalogue => {
            let Some(folder) = &docs.out else {
                let problem =
                    Problem::new(ProblemKind::User, "out-missing", "the catalogue is several files")
                        .with_hint("name a folder: `confect docs catalogue --out catalogue`");
                return Err(vec![problem]);
            };
            let files = site(&warehouse);
            std::fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))?;
            for (file, text) in &files {
                write(&folder.join(file), text)?;
            }
            printer.note(&format!("{} files; open {}", files.len(), folder.join("index.html").display()));
            Ok(())
        }
    }
}

/// An SVG or Mermaid file by the ending of its name; without a name Mermaid on standard output.
fn picture(
    docs: &Docs,
    printer: &Printer,
    svg: impl FnOnce() -> String,
    mermaid: impl FnOnce() -> String,
) -> Outcome {
    let Some(path) = &docs.out else {
        printer.data(mermaid().trim_end());
        return Ok(());
    };
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    match ending {
        "svg" => write(path, &svg()),
        "mmd" | "mermaid" | "md" => {
            let text = mermaid();
            write(path, &if ending == "md" { format!("```mermaid\n{text}```\n") } else { text })
        }
        _ => Err(vec![
            Problem::new(
                ProblemKind::User,
                "out-ending",
                format!("`{}` has no known ending", path.display()),
            )
            .with_hint("end it in .svg for a picture, or in .mmd or .md for Mermaid"),
        ]),
    }
}

fn write(path: &Path, text: &str) -> Outcome {
    std::fs::write(path, text).map_err(|error| cannot_write(path, &error))
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Vec<Problem> {
    let message = format!("cannot write `{}`: {error}", path.display());
    vec![Problem::new(ProblemKind::Storage, "cannot-write", message)]
}
