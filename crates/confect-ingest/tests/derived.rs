//! Values that no single column holds: joined, numbered, negated, looked up; first rows of keys; month names.

mod support;

use confect_domain::{Entity, Problem, Severity};
use confect_ingest::{
    ColumnMapping, Derived, InputFile, Lookup, LookupStep, NoProgress, SourceRows, SourceSpec, profile_file,
    read_source,
};
use support::{cell_texts, mapping, sales, write};

fn derived(column: &str, derived: Derived) -> ColumnMapping {
    ColumnMapping { column: column.to_owned(), derived: Some(derived), ..ColumnMapping::default() }
}

fn read(spec: &SourceSpec, files: &[InputFile]) -> SourceRows {
    read_source(spec, files, &NoProgress).unwrap_or_else(|error| panic!("{}", Problem::from(error)))
}

fn texts(rows: &SourceRows) -> Vec<String> {
    rows.batches.iter().flat_map(cell_texts).collect()
}

fn customers() -> SourceSpec {
    let name = derived("name", Derived::Join(vec!["First".to_owned(), "Last".to_owned()]));
    SourceSpec { entity: Entity::Customers, columns: vec![mapping("customer_id", "Id"), name], ..sales() }
}

#[test]
fn names_are_joined_and_their_parts_do_not_live_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let file =
        write(folder.path(), "crm.csv", b"Id,First,Last,Town\n1,Anna, Berg ,Bonn\n2,,Cole,Ulm\n3,,,Kiel\n");
    let rows = read(&customers(), &[file]);
    assert_eq!(
        texts(&rows),
        [
            r#"crm.csv:2: customer_id="1" name="Anna Berg" town="Bonn""#,
            r#"crm.csv:3: customer_id="2" name="Cole" town="Ulm""#,
            r#"crm.csv:4: customer_id="3" town="Kiel""#,
        ]
    );
    assert!(
        rows.schema.column_with_name("first").is_none() && rows.schema.column_with_name("last").is_none()
    );
}

fn returns() -> SourceSpec {
    let mut quantity = mapping("quantity", "Qty");
    quantity.negate = true;
    let columns = vec![
        derived("invoice_no", Derived::RowNumber("RET-".to_owned())),
        mapping("sold_at", "Date"),
        mapping("stock_code", "Code"),
        quantity,
        mapping("unit_price", "Price"),
    ];
    let mut spec = SourceSpec { columns, ..sales() };
    spec.options.deduplicate = false;
    spec
}

#[test]
fn returns_are_numbered_and_negative() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(
        folder.path(),
        "back.csv",
        b"Date,Code,Qty,Price\n2024-01-02,A,1,2.50\n2024-01-03,B,x,1\n2024-01-03,B,3,1\n",
    );
    let rows = read(&returns(), std::slice::from_ref(&file));
    assert_eq!(
        texts(&rows),
        [
            r#"back.csv:2: invoice_no="RET-2" sold_at="2024-01-02T00:00:00" stock_code="A" quantity="-1.0000" unit_price="2.5000""#,
            r#"back.csv:4: invoice_no="RET-4" sold_at="2024-01-03T00:00:00" stock_code="B" quantity="-3.0000" unit_price="1.0000""#,
        ]
    );
    assert_eq!(rows.balance.loaded.amount_text(), "-5.5");
    let other = write(folder.path(), "more.csv", b"Date,Code,Qty,Price\n2024-01-02,A,1,2.50\n");
    let numbers: Vec<String> =
        texts(&read(&returns(), &[file, other])).iter().map(|row| row[..40].to_owned()).collect();
    assert!(numbers[0].contains("RET-back-2") && numbers[2].contains("RET-more-2"), "{numbers:?}");
}

fn step(file: &InputFile, key: &str, take: &str) -> LookupStep {
    LookupStep {
        pattern: file.label.clone(),
        files: vec![file.clone()],
        key: key.to_owned(),
        take: take.to_owned(),
    }
}

#[test]
fn values_are_looked_up_in_one_file_and_through_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = write(
        folder.path(),
        "sub.csv",
        b"\xef\xbb\xbfSub;Label;Cat\r\n1;Socks;9\r\n2;Caps;8\r\n2;Hats;9\r\n",
    );
    let outer = write(folder.path(), "cat.csv", b"A list\nCat,Label\n9,Clothing\n");
    let file = write(folder.path(), "articles.csv", b"Code,Sub\nA,1\nB,2.0\nC,7\nD,\nE,7\n");
    let lookup = |steps: Vec<LookupStep>| Derived::Lookup(Lookup { by: "Sub".to_owned(), steps });
    let spec = SourceSpec {
        entity: Entity::Products,
        columns: vec![
            mapping("stock_code", "Code"),
            derived("subcategory", lookup(vec![step(&inner, "Sub", "Label")])),
            derived("category", lookup(vec![step(&inner, "Sub", "Cat"), step(&outer, "Cat", "Label")])),
        ],
        ..sales()
    };
    assert_eq!(
        spec.lookup_files().iter().map(|file| file.label.as_str()).collect::<Vec<_>>(),
        ["cat.csv", "sub.csv"]
    );
    let rows = read(&spec, &[file]);
    assert_eq!(
        texts(&rows),
        [
            r#"articles.csv:2: stock_code="A" category="Clothing" subcategory="Socks" sub="1""#,
            r#"articles.csv:3: stock_code="B" subcategory="Caps" sub="2.0""#,
            r#"articles.csv:4: stock_code="C" sub="7""#,
            r#"articles.csv:5: stock_code="D""#,
            r#"articles.csv:6: stock_code="E" sub="7""#,
        ]
    );
    let misses: Vec<(u64, Option<&str>, Severity)> = rows
        .findings
        .iter()
        .filter(|finding| finding.code == "lookup-miss")
        .map(|finding| (finding.rows, finding.value.as_deref(), finding.severity))
        .collect();
    // `category` misses B as well: sub.csv leads to 8, which cat.csv does not have.
    assert_eq!(misses, [(3, Some("2.0"), Severity::Warning), (2, Some("7"), Severity::Warning)]);
}

#[test]
fn a_lookup_that_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = write(folder.path(), "articles.csv", b"Code,Sub\nA,1\n");
    let other = write(folder.path(), "sub.csv", b"Id,Label\n1,Socks\n");
    let spec = |step: LookupStep| SourceSpec {
        entity: Entity::Products,
        columns: vec![
            mapping("stock_code", "Code"),
            derived("category", Derived::Lookup(Lookup { by: "Sub".to_owned(), steps: vec![step] })),
        ],
        ..sales()
    };
    let code = |step: LookupStep| {
        read_source(&spec(step), std::slice::from_ref(&file), &NoProgress).expect_err("refused").code()
    };
    assert_eq!(code(step(&other, "Sub", "Label")), "column-missing");
    assert_eq!(code(LookupStep { files: Vec::new(), ..step(&other, "Id", "Label") }), "lookup-file-missing");
    assert!(read_source(&spec(step(&other, "Id", "Label")), &[file], &NoProgress).is_ok());
}

#[test]
fn the_first_row_of_each_key_is_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut spec = customers();
    spec.options.first_per_key = true;
    let file = write(
        folder.path(),
        "flat.csv",
        b"Id,First,Last,Order\n1,Anna,Berg,a\n2,Ben,Cole,b\n1,Anna,Other,c\n,No,Key,d\n2,Ben,Cole,e\n",
    );
    let rows = read(&spec, &[file]);
    let balance = &rows.balance;
    assert_eq!((balance.loaded.rows, balance.deduplicated.rows, balance.quarantined.rows), (2, 2, 1));
    assert!(texts(&rows)[0].contains("Anna Berg"));
}

#[test]
fn months_may_be_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("1-Jan-2017", Some("2017-01-01T00:00:00")),
        ("31 December 2017", Some("2017-12-31T00:00:00")),
        ("3. März 2024", Some("2024-03-03T00:00:00")),
        ("14 juil. 2024 08:30", Some("2024-07-14T08:30:00")),
        ("7 giugno 2024", Some("2024-06-07T00:00:00")),
        ("5-mrt-2024", Some("2024-03-05T00:00:00")),
        ("30-Feb-2024", None),
        ("1-Foo-2024", None),
        ("1-Jan-17", None),
        ("Jan-2017", None),
    ];
    let mut text = String::from("Invoice,Date,Code,Qty,Price,Text\n");
    cases.iter().for_each(|(date, _)| text.push_str(&format!("1,{date},A,1,1,x\n")));
    let rows = read(&sales(), &[write(folder.path(), "till.csv", text.as_bytes())]);
    let read: Vec<String> = texts(&rows)
        .iter()
        .filter_map(|row| Some(row.split("sold_at=\"").nth(1)?.split('"').next()?.to_owned()))
        .collect();
    let expected: Vec<&str> = cases.iter().filter_map(|(_, day)| *day).collect();
    assert_eq!(read, expected);
    let codes: Vec<&str> = rows.quarantined.iter().map(|row| row.code).collect();
    assert_eq!(codes, ["bad-date"; 4]);
}

#[test]
fn a_profile_says_what_a_file_looks_like() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut text = String::from("Shop report 2024\n\nNr;Datum;Betrag;Rabatt;Ort\n");
    for row in 1..=40 {
        text.push_str(&format!(
            "{row:03};{:02}.03.2024;1.0{:02},50 €;{} %;K\u{f6}ln \n",
            row % 28 + 1,
            row,
            row % 5
        ));
    }
    text.push_str("kaputt;zu kurz\n");
    let legacy: Vec<u8> = text
        .chars()
        .map(|letter| if letter == '€' { 0x80 } else { u8::try_from(u32::from(letter)).unwrap_or(b'?') })
        .collect();
    let profile = profile_file(&write(folder.path(), "report.csv", &legacy)).expect("a profile");
    assert_eq!(
        (profile.delimiter, profile.header_line, profile.encoding.as_str()),
        (b';', 3, "windows-1252")
    );
    assert_eq!(profile.titles, ["Shop report 2024"]);
    assert_eq!((profile.records, profile.odd_records, profile.is_whole()), (41, 1, true));
    assert_eq!(profile.headings(), ["Nr", "Datum", "Betrag", "Rabatt", "Ort"]);
    let [number, date, amount, rate, town] = profile.columns.as_slice() else { panic!("five columns") };
    assert_eq!((number.uniqueness(), number.numbers.leading_zero), (1.0, 40));
    assert_eq!((date.date_rate(), date.dates.month_first), (1.0, 0));
    assert!(date.dates.day_first > 0);
    assert_eq!((amount.numbers.comma, amount.numbers.currencies.get("EUR")), (40, Some(&40)));
    assert_eq!(amount.numbers.range, Some((10_015_000, 10_405_000)));
    assert_eq!((rate.numbers.percent, rate.number_rate()), (40, 1.0));
    assert_eq!(
        (town.words.padded, town.distinct(), town.values[0].clone()),
        (40, 1, ("Köln".to_owned(), 40))
    );
    assert_eq!(profile.sample.value(0, 4), "Köln");
}
