//! `init`, `check`, `generate`, `completions`.

use std::path::Path;

use clap::CommandFactory;
use confect_domain::{Problem, ProblemKind};
use confect_service::{GenerateSpec, Shop, create_shop, create_shop_from, generate_into};

use super::{Outcome, one};
use crate::arguments::{Arguments, FileFormat, Generate, Init};
use crate::printer::Printer;
use crate::table::{grouped, money};

pub(super) fn init(init: &Init, printer: &Printer) -> Outcome {
    let Some(template) = &init.template else { return init_from(init, printer) };
    let created = create_shop(&init.dir, template, init.name.as_deref()).map_err(one)?;
    for file in &created.files {
        printer.data(&file.display().to_string());
    }
    let dir = init.dir.display();
    printer.note(&format!("put the shop's exports into `{dir}/data`, then run `confect -C {dir} refresh`"));
    Ok(())
}

/// The files written are data; what was understood is for people.
fn init_from(init: &Init, printer: &Printer) -> Outcome {
    let created = create_shop_from(&init.dir, &init.from, init.name.as_deref()).map_err(one)?;
    for line in &created.report {
        printer.note(line);
    }
    for file in &created.files {
        printer.data(&file.display().to_string());
    }
    Ok(())
}

pub(super) fn check(root: &Path, printer: &Printer) -> Outcome {
    for line in Shop::check(root)? {
        printer.note(&line);
    }
    printer.note("all definitions are fine");
    Ok(())
}

pub(super) fn generate(generate: &Generate, printer: &Printer) -> Outcome {
    let standard = GenerateSpec::default();
    let spec = GenerateSpec {
        customers: generate.customers.unwrap_or(standard.customers),
        lines: generate.lines,
        days: generate.days.unwrap_or(standard.days),
        until: generate.until.unwrap_or(standard.until),
        stores: generate.stores.unwrap_or(standard.stores),
        seed: generate.seed.unwrap_or(standard.seed),
        dirt: generate.dirt.unwrap_or(standard.dirt),
        format: match generate.format {
            FileFormat::Csv => confect_service::FileFormat::Csv,
            FileFormat::CsvGz => confect_service::FileFormat::CsvGz,
        },
        customer_truth: generate.customer_truth,
        threads: generate.threads,
    };
    let planted = generate_into(&generate.dir, &spec).map_err(one)?;
    let cents = |cents: i64| {
        let sign = if cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        money(&format!("{sign}{}.{:02}", cents / 100, cents % 100), "")
    };
    let count = |number: u64| grouped(&number.to_string());
    printer.note(&format!(
        "wrote {} files and `{}` into `{}`",
        count(planted.files),
        confect_service::TRUTH_FILE,
        generate.dir.display()
    ));
    printer.note(&format!(
        "{} lines of the till; clean sales {}, returns {}",
        count(planted.lines),
        cents(planted.sales.cents).trim(),
        cents(planted.returns.cents).trim()
    ));
    printer.note(&format!(
        "planted: {} lines to set aside, {} repeated, {} adjustments, {} persons entered twice, {} stock-outs",
        count(planted.quarantined),
        count(planted.deduplicated),
        count(planted.adjustments),
        count(planted.duplicate_persons),
        count(planted.stock_outs)
    ));
    Ok(())
}

pub(super) fn completions(shell: clap_complete::Shell, printer: &Printer) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "confect", &mut script);
    let broken = |_| one(Problem::new(ProblemKind::Internal, "completions", "the script is not text"));
    printer.data(&String::from_utf8(script).map_err(broken)?);
    Ok(())
}
