//! A proposal → the text that `confect init --from` prints: per file what it is, why, and what to look at.

use super::parts::grouped;
use super::{Confidence, Fate, Origin, Proposal, ProposedColumn, ProposedSource, SourceOption};

impl Proposal {
    /// The report, line by line; ends with the next step, where `dir` is the project's folder.
    pub fn report(&self, dir: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for source in &self.sources {
            self.source(source, &mut lines);
        }
        self.left_out(&mut lines);
        let (currency, reason, confidence) = &self.currency;
        lines.push(format!("currency {currency} ({confidence}): {reason}"));
        let doubts = self.all_doubts();
        if !doubts.is_empty() {
            lines.push(String::new());
            lines.push(format!("please look at ({}):", doubts.len()));
            lines.extend(doubts.iter().map(|doubt| format!("  - {doubt}")));
        }
        lines.push(String::new());
        lines.push(format!("next: look at `{dir}/sources`, then run `confect -C {dir} refresh`"));
        lines
    }

    fn source(&self, source: &ProposedSource, lines: &mut Vec<String>) {
        let names: Vec<&str> =
            source.files.iter().filter_map(|file| self.names.get(*file)).map(String::as_str).collect();
        let records: u64 = source.files.iter().filter_map(|file| self.records.get(*file)).sum();
        let shown = match names.as_slice() {
            [] => String::new(),
            [one] => (*one).to_owned(),
            [first, .., last] => format!("{first} … {last} ({} files)", names.len()),
        };
        lines.push(format!(
            "{shown}: {} rows → {} (source `{}`)",
            grouped(records),
            source.entity.name(),
            source.name
        ));
        lines.push(format!("  {}", source.reason));
        let width = source.columns.iter().map(|column| column.column.len()).max().unwrap_or(0);
        for column in &source.columns {
            lines.push(format!(
                "  {:width$}  {}  {}: {}",
                column.column,
                origin(&column.origin),
                column.confidence,
                column.reason
            ));
        }
        for option in &source.options {
            lines.push(format!("  {}  {}: {}", said(&option.option), option.confidence, option.reason));
        }
        if !source.left.is_empty() && !source.shares_files {
            lines.push(format!("  kept as extra columns: {}", source.left.join(", ")));
        }
        lines.push(String::new());
    }

    fn left_out(&self, lines: &mut Vec<String>) {
        let mut any = false;
        for ((name, fate), records) in self.names.iter().zip(&self.fates).zip(&self.records) {
            match fate {
                Fate::Read => continue,
                Fate::LookedUp => {
                    lines.push(format!("{name}: {} rows, values are looked up in it", grouped(*records)))
                }
                Fate::LeftOut(reason) => lines.push(format!("{name}: left out: {reason}")),
            }
            any = true;
        }
        if any {
            lines.push(String::new());
        }
    }

    /// Everything that a person should look at, one line each.
    pub fn all_doubts(&self) -> Vec<String> {
        let mut doubts = self.doubts.clone();
        for source in &self.sources {
            let unsure = |column: &&ProposedColumn| column.confidence == Confidence::Unsure;
            for column in source.columns.iter().filter(unsure) {
                doubts.push(format!("`{}.{}`: {}", source.name, column.column, column.reason));
            }
            for option in source.options.iter().filter(|option| option.confidence == Confidence::Unsure) {
                doubts.push(format!("`{}`, {}: {}", source.name, said(&option.option), option.reason));
            }
        }
        if self.currency.2 == Confidence::Unsure {
            doubts.push(format!("the currency `{}`: {}", self.currency.0, self.currency.1));
        }
        doubts
    }
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Heading(heading) => format!("← {heading}"),
        Origin::Negated(heading) => format!("← −{heading}"),
        Origin::Join(parts) => format!("← {}", parts.join(" + ")),
        Origin::RowNumber(prefix) => format!("← {prefix}<row>"),
        Origin::Constant(value) => format!("= {value}"),
        Origin::Lookup(lookup) => {
            let taken: Vec<&str> = lookup.steps.iter().map(|step| step.take.as_str()).collect();
            format!("← {} → {}", lookup.by, taken.join(" → "))
        }
    }
}

fn said(option: &SourceOption) -> String {
    match option {
        SourceOption::Deduplicate(true) => "repeated lines are dropped".to_owned(),
        SourceOption::Deduplicate(false) => "repeated lines are kept".to_owned(),
        SourceOption::Encoding(name) => format!("read as {name}"),
        SourceOption::Zone(zone) => format!("zone {zone}"),
        SourceOption::DateOrder(order) => format!("date order {}", order.word()),
        SourceOption::DecimalComma => "decimal comma".to_owned(),
        SourceOption::PriceFromProducts => "price from the article list".to_owned(),
        SourceOption::FirstPerKey => "first row of each key".to_owned(),
    }
}
