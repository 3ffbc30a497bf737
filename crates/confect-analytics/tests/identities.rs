//! Every rule on a few customers: `tests/golden/identities.txt` holds rows and outcome as a person reads them.
//!
//! `CONFECT_BLESS=1 cargo test -p confect-analytics --test identities` writes the outcomes anew; the diff is
//! the review.

mod support;

use std::fmt::Write as _;

use confect_analytics::identity::{Chosen, CustomerRecord, Identities, golden_record, resolve_identities};
use confect_domain::Date;
use support::table::{Case, cases};

fn outcome(case: &Case<'_>) -> String {
    let identities = resolve_identities(&case.records, &case.rules);
    let mut text = String::new();
    if identities.rows_without_id > 0 {
        let _ = writeln!(text, "{} rows without an id", identities.rows_without_id);
    }
    let _ = writeln!(text, "{} ids, {} persons", identities.members.len(), identities.persons());
    for link in identities.links() {
        let person = identities.person_of(link.customer_id).expect("a person");
        let (id, to, rule) = (link.customer_id, link.joined_to, link.rule.word());
        let via = if to == person { String::new() } else { format!(" over {to}") };
        let also: Vec<&str> = link.also.iter().map(|rule| rule.word()).collect();
        let also = if also.is_empty() { String::new() } else { format!(", also {}", also.join(" ")) };
        let _ = writeln!(
            text,
            "{id} is {person}{via}: {rule}{also} {:.2}, {}",
            link.confidence, link.explanation
        );
    }
    write_golden(&mut text, &identities, &case.records);
    for unused in &identities.unused {
        let (left, right) = (unused.left, unused.right);
        let reason = format!("{:?}", unused.reason);
        let _ =
            writeln!(text, "unused {} {left} {right}: {reason}, {}", unused.rule.word(), unused.explanation);
    }
    for finding in identities.findings("crm") {
        let _ = writeln!(
            text,
            "{} {}: {}; {}",
            finding.severity.word(),
            finding.code,
            finding.message,
            finding.remedy
        );
    }
    text
}

fn write_golden(text: &mut String, identities: &Identities<'_>, records: &[CustomerRecord<'_>]) {
    for (person, ids) in identities.clusters() {
        let rows: Vec<_> = records.iter().filter(|row| ids.contains(&row.customer_id)).copied().collect();
        let golden = golden_record(person, &rows);
        let shown = |field: Option<Chosen<'_, &str>>| {
            field.map_or("–".to_owned(), |chosen| format!("{} ({})", chosen.value, chosen.customer_id))
        };
        let fields =
            [golden.name, golden.email, golden.phone, golden.city, golden.country].map(shown).join(" | ");
        let _ = write!(text, "golden {person}: {fields}");
        if let Some(Chosen { value, customer_id, .. }) = golden.joined {
            let _ = write!(text, " | {} ({customer_id})", day(value));
        }
        if let Some(Chosen { value, customer_id, .. }) = golden.consent_marketing {
            let _ = write!(text, " | {} ({customer_id})", if value { "yes" } else { "no" });
        }
        let _ = writeln!(text);
    }
}

fn day(date: Date) -> String {
    let (year, month, day) = date.ymd();
    format!("{year:04}-{month:02}-{day:02}")
}

#[test]
fn every_case_ends_as_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/identities.txt");
    let table = std::fs::read_to_string(path).expect("the table");
    let bless = std::env::var_os("CONFECT_BLESS").is_some();
    let (mut blessed, mut wrong) = (String::new(), String::new());
    let (preface, _) = table.split_once("\n## ").expect("cases");
    let _ = writeln!(blessed, "{}", preface.trim_end());
    for case in cases(&table) {
        let got = outcome(&case);
        let _ = write!(blessed, "\n## {}\n{}=>\n{got}", case.name, case.given);
        if got.trim() != case.expected.trim() {
            let _ = write!(wrong, "\n## {}\nexpected:\n{}\ngot:\n{got}", case.name, case.expected.trim());
        }
    }
    if bless {
        std::fs::write(path, blessed).expect("the table is written");
    } else {
        assert!(wrong.is_empty(), "{wrong}");
    }
}
