//! Random records × random corruptions: the account always balances, nothing panics, and how a file happens
//! to be cut or packed changes nothing.

mod support;

use confect_ingest::{NoProgress, SourceRows, read_source};
use proptest::prelude::*;
use support::{cell_texts, sales, write};

fn field() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z0-9 ]{0,12}",
        1 => "[a-zéß€\"',;|\\t ]{0,8}",
        1 => "(\r\n|\n|\r|x|\"\"|,){0,5}",
        2 => "-?[0-9]{1,16}(\\.[0-9]{0,6})?",
        2 => "20[0-9]{2}-[01][0-9]-[0-3][0-9]( [0-2][0-9]:[0-6][0-9])?",
        1 => "[0-3]?[0-9]/[01]?[0-9]/20[0-9]{2}",
        1 => Just("NULL".to_owned()),
    ]
}

fn record() -> impl Strategy<Value = String> {
    let quoted = |text: String| match text.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    };
    let clean = (
        "[A-Z][0-9]{1,3}",
        "20[12][0-9]-0[1-9]-[12][0-9]",
        "[A-Z]{2}",
        "-?[0-9]{1,3}",
        "[0-9]{1,4}\\.[0-9]{2}",
        field(),
    )
        .prop_map(move |(invoice, date, code, quantity, price, text)| {
            format!("{invoice},{date},{code},{quantity},{price},{}", quoted(text))
        });
    let wild = proptest::collection::vec(field(), 0..9).prop_map(|fields| fields.join(","));
    prop_oneof![6 => clean, 1 => wild]
}

/// Damages some bytes: replaced, removed, doubled, moved, cut.
#[derive(Clone, Debug)]
enum Corruption {
    Set(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, Vec<u8>),
    Swap(prop::sample::Index, prop::sample::Index),
    Cut(prop::sample::Index),
    Double(prop::sample::Index, usize),
}

fn corruption() -> impl Strategy<Value = Corruption> {
    let at = any::<prop::sample::Index>;
    let structural = prop::sample::select(vec![b'"', b',', b';', b'\n', b'\r', 0, 0xff, 0xe9, 0xc3, b'0']);
    prop_oneof![
        3 => (at(), structural.clone()).prop_map(|(place, byte)| Corruption::Set(place, byte)),
        1 => (at(), any::<u8>()).prop_map(|(place, byte)| Corruption::Set(place, byte)),
        2 => at().prop_map(Corruption::Remove),
        2 => (at(), proptest::collection::vec(structural, 1..6)).prop_map(|(place, bytes)| Corruption::Insert(place, bytes)),
        1 => (at(), at()).prop_map(|(one, other)| Corruption::Swap(one, other)),
        1 => at().prop_map(Corruption::Cut),
        1 => (at(), 1..200_usize).prop_map(|(place, length)| Corruption::Double(place, length)),
    ]
}

fn corrupt(mut bytes: Vec<u8>, corruptions: &[Corruption], keep: usize) -> Vec<u8> {
    for corruption in corruptions {
        let room = bytes.len().saturating_sub(keep);
        if room == 0 {
            return bytes;
        }
        let at = |place: &prop::sample::Index| keep + place.index(room);
        match corruption {
            Corruption::Set(place, byte) => bytes[at(place)] = *byte,
            Corruption::Remove(place) => drop(bytes.remove(at(place))),
            Corruption::Insert(place, more) => {
                let place = at(place);
                bytes.splice(place..place, more.iter().copied());
            }
            Corruption::Swap(one, other) => bytes.swap(at(one), at(other)),
            Corruption::Cut(place) => bytes.truncate(at(place)),
            Corruption::Double(place, length) => {
                let place = at(place);
                let part = bytes[place..(place + length).min(bytes.len())].to_vec();
                bytes.splice(place..place, part);
            }
        }
    }
    bytes
}

fn check(rows: &SourceRows, bytes: usize) {
    assert!(rows.balance.holds());
    assert_eq!(rows.balance.bytes_in, bytes as u64);
    let batched: usize = rows.batches.iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(batched as u64, rows.balance.loaded.rows);
    assert_eq!(rows.quarantined.len() as u64, rows.balance.quarantined.rows);
    for row in &rows.quarantined {
        assert!(row.byte_first <= row.byte_last && row.byte_last < bytes as u64, "{row:?}");
        assert!(row.line_first <= row.line_last);
    }
    let ordered = rows.quarantined.windows(2).all(|pair| pair[0].byte_last < pair[1].byte_first);
    assert!(ordered, "rows set aside overlap");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_account_balances_whatever_the_file(
        records in proptest::collection::vec(record(), 0..40),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
        corruptions in proptest::collection::vec(corruption(), 0..12),
        in_header in any::<bool>(),
    ) {
        let header = format!("Invoice,Date,Code,Qty,Price,Text{end}");
        let text = header.clone() + &records.join(end) + end;
        let bytes = corrupt(text.into_bytes(), &corruptions, if in_header { 0 } else { header.len() });
        let folder = tempfile::tempdir().expect("a folder");
        let file = write(folder.path(), "till.csv", &bytes);
        let mut spec = sales();
        spec.options.max_quarantine_rate = 1.0;
        match read_source(&spec, std::slice::from_ref(&file), &NoProgress) {
            Ok(rows) => {
                if !bytes.starts_with(&[0xff, 0xfe]) && !bytes.starts_with(&[0xfe, 0xff]) {
                    check(&rows, bytes.len());
                }
            }
            Err(error) => {
                let kind = confect_domain::Problem::from(error).kind;
                prop_assert_ne!(kind, confect_domain::ProblemKind::Internal);
            }
        }
    }

    #[test]
    fn any_bytes_at_all_are_told_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = write(folder.path(), "till.csv", &bytes);
        if let Err(error) = read_source(&sales(), &[file], &NoProgress) {
            let kind = confect_domain::Problem::from(error).kind;
            prop_assert_ne!(kind, confect_domain::ProblemKind::Internal);
        }
    }

    #[test]
    fn clean_records_come_back_as_they_were_written(
        texts in proptest::collection::vec("[a-zé€ \",;\n]{0,20}", 1..60),
    ) {
        let mut text = "Invoice,Date,Code,Qty,Price,Text\n".to_owned();
        for (number, value) in texts.iter().enumerate() {
            text += &format!("A{number},2024-01-05,X,1,1,\"{}\"\n", value.replace('"', "\"\""));
        }
        let folder = tempfile::tempdir().expect("a folder");
        let file = write(folder.path(), "till.csv", text.as_bytes());
        let rows = read_source(&sales(), &[file], &NoProgress).expect("read");
        prop_assert_eq!(rows.balance.quarantined.rows, 0);
        let got: Vec<String> = rows.batches.iter().flat_map(cell_texts).collect();
        for (number, (value, line)) in texts.iter().zip(&got).enumerate() {
            let invoice = format!("invoice_no=\"A{number}\"");
            prop_assert!(line.contains(&invoice));
            let trimmed = value.trim();
            let is_null = ["", "-", "null", "nan"].contains(&trimmed);
            let description = format!("description={trimmed:?}");
            prop_assert!(is_null || line.contains(&description), "{} in {}", description, line);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_bytes_upset_a_profile(bytes in proptest::collection::vec(
        prop_oneof![4 => proptest::sample::select(&b",;\n\r\"0123456789.-/ABCeur%\t|"[..]), 1 => any::<u8>()], 0..2_000)
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let file = support::write(folder.path(), "any.csv", &bytes);
        if let Ok(profile) = confect_ingest::profile_file(&file) {
            prop_assert!(profile.records_seen <= profile.records || !profile.is_whole());
            for column in &profile.columns {
                prop_assert_eq!(column.filled + column.empty, profile.records_seen - profile.odd_records);
                prop_assert!(column.distinct() <= column.filled);
            }
        }
    }
}
