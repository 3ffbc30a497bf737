//! What must hold for any customers and any rules. Values come from tiny alphabets, so that most are shared.

use std::collections::BTreeMap;

use confect_analytics::identity::{
    CustomerRecord, Identities, IdentityRules, Reason, golden_record, resolve_identities,
};
use confect_domain::Date;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const NAMES: [&str; 9] =
    ["Jane Doe", "DOE, Jane", "J. Doe", "John Doe", "Max Power", "Maxi Power", "Jane", "John Doe Jr.", "Dr."];
const EMAILS: [&str; 6] =
    ["a@x.example", "A@X.example ", "bcd@x.example", "c@y.example", "info@x.example", "nonsense"];
const PHONES: [&str; 6] =
    ["0612345678", "+33612345678", "0698765432", "0145678912", "0000000000", "06 98 76 54 32 x1"];
const CITIES: [&str; 4] = ["Paris", "75001 PARIS", "Lyon", "--"];
const COUNTRIES: [&str; 3] = ["France", "fr", "Spain"];

fn record() -> impl Strategy<Value = CustomerRecord<'static>> {
    let fields = (
        weighted(0.9, select(&NAMES[..])),
        weighted(0.6, select(&EMAILS[..])),
        weighted(0.6, select(&PHONES[..])),
        weighted(0.7, select(&CITIES[..])),
        weighted(0.7, select(&COUNTRIES[..])),
        weighted(0.8, 0_i32..4),
    );
    let fields = (fields, weighted(0.5, any::<bool>()), 0_u64..3);
    fields.prop_map(|((name, email, phone, city, country, joined), consent_marketing, delivery)| {
        CustomerRecord {
            customer_id: "",
            name,
            email,
            phone,
            city,
            country,
            joined: joined.map(Date::from_days),
            consent_marketing,
            delivery,
        }
    })
}

/// Some differ only far behind their start, some twice, one is missing.
const IDS: [&str; 14] = [
    "C1",
    "C2",
    "C-customer-3",
    "C-customer-1",
    "C-customer-2",
    "C10",
    "C9",
    "D1",
    "C-customer-10",
    "C3",
    "C4",
    "",
    "C1",
    "C-customer-2",
];

/// Up to fourteen rows, two of them with an id that another has as well, one without.
fn records() -> impl Strategy<Value = Vec<CustomerRecord<'static>>> {
    vec(record(), 0..=IDS.len()).prop_map(|mut records| {
        records.iter_mut().zip(IDS).for_each(|(record, id)| record.customer_id = id);
        records
    })
}

fn pair() -> impl Strategy<Value = (String, String)> {
    (select(&IDS[..11]), select(&IDS[..11])).prop_map(|(left, right)| (left.to_owned(), right.to_owned()))
}

fn rules() -> impl Strategy<Value = IdentityRules> {
    (vec(pair(), 0..4), vec(pair(), 0..3), 1_usize..8, any::<[bool; 3]>()).prop_map(
        |(keep_apart, merge, most_sharing, skipped)| IdentityRules {
            email: !skipped[0] || !skipped[1],
            phone: !skipped[1] || !skipped[2],
            name_city: !skipped[2],
            most_sharing,
            keep_apart,
            merge,
            ..IdentityRules::default()
        },
    )
}

/// Person → ids.
fn persons<'a>(identities: &Identities<'a>) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut persons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for member in &identities.members {
        persons.entry(member.person_id).or_default().push(member.customer_id);
    }
    persons
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, max_global_rejects: 50_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rows_does_not_matter(
        (records, shuffled) in records().prop_flat_map(|records| {
            let shuffled = Just(records.clone()).prop_shuffle();
            (Just(records), shuffled)
        }),
        rules in rules(),
    ) {
        prop_assert_eq!(resolve_identities(&records, &rules), resolve_identities(&shuffled, &rules));
        prop_assert_eq!(golden_record("C1", &records), golden_record("C1", &shuffled));
    }

    #[test]
    fn every_id_is_in_one_person_and_every_link_leads_to_it(records in records(), rules in rules()) {
        let identities = resolve_identities(&records, &rules);
        let mut ids: Vec<&str> = records.iter().map(|row| row.customer_id).filter(|id| !id.is_empty()).collect();
        ids.sort_unstable();
        ids.dedup();
        let members: Vec<&str> = identities.members.iter().map(|member| member.customer_id).collect();
        prop_assert_eq!(members, ids);
        for member in &identities.members {
            // Following the links ends at the person's own id, in fewer steps than there are ids.
            let mut here = member;
            for _ in 0..identities.members.len() {
                let Some(link) = &here.link else { break };
                prop_assert_eq!(link.customer_id, here.customer_id);
                here = identities.member(link.joined_to).expect("a member");
            }
            prop_assert_eq!(here.customer_id, member.person_id);
        }
        let joined: usize = identities.clusters().iter().map(|(_, ids)| ids.len() - 1).sum();
        prop_assert_eq!(identities.persons() + joined, identities.members.len());
    }

    #[test]
    fn the_master_is_the_longest_known(records in records(), rules in rules()) {
        let since = |id: &str| {
            let days = records.iter().filter(|row| row.customer_id == id).filter_map(|row| row.joined);
            let first = days.min();
            (first.is_none(), first)
        };
        for (person, ids) in persons(&resolve_identities(&records, &rules)) {
            let expected = ids.into_iter().min_by_key(|id| (since(id), *id));
            prop_assert_eq!(Some(person), expected);
        }
    }

    #[test]
    fn who_is_kept_apart_is_never_one_person(records in records(), rules in rules()) {
        let identities = resolve_identities(&records, &rules);
        for (left, right) in rules.keep_apart.iter().filter(|(left, right)| left != right) {
            if let (Some(left), Some(right)) = (identities.person_of(left), identities.person_of(right)) {
                prop_assert_ne!(left, right);
            }
        }
        for unused in &identities.unused {
            if let Reason::KeptApart { left, right } = unused.reason {
                let listed = |pair: &(String, String)| {
                    (pair.0 == left && pair.1 == right) || (pair.0 == right && pair.1 == left)
                };
                prop_assert!(rules.keep_apart.iter().any(listed));
            }
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer(records in records(), rules in rules()) {
        let once = resolve_identities(&records, &rules);
        prop_assert_eq!(&once, &resolve_identities(&records, &rules));
        // What was found, told by hand, changes nobody.
        let told: Vec<_> = once.members.iter().map(|member| {
            (member.person_id.to_owned(), member.customer_id.to_owned())
        }).collect();
        let rules_told = IdentityRules { merge: told, ..rules.clone() };
        prop_assert_eq!(persons(&once), persons(&resolve_identities(&records, &rules_told)));
        // Rows that were delivered twice are no news either.
        let doubled: Vec<_> = records.iter().chain(&records).copied().collect();
        let again = resolve_identities(&doubled, &rules);
        prop_assert_eq!((&once.members, &once.unused), (&again.members, &again.unused));
    }

    #[test]
    fn keeping_a_merged_pair_apart_splits_that_person_in_two_and_nobody_else(
        records in records(),
        rules in rules(),
        choice in any::<prop::sample::Index>(),
    ) {
        let rules = IdentityRules { keep_apart: Vec::new(), ..rules };
        let before = resolve_identities(&records, &rules);
        let links: Vec<_> = before.links().collect();
        if links.is_empty() {
            return Ok(());
        }
        let link = choice.get(&links);
        let pair = (link.customer_id.to_owned(), link.joined_to.to_owned());
        let undone = IdentityRules { keep_apart: vec![pair], ..rules.clone() };
        let after = resolve_identities(&records, &undone);
        prop_assert_eq!(after.persons(), before.persons() + 1);
        let split = before.person_of(link.customer_id).expect("a person");
        for member in before.members.iter().filter(|member| member.person_id != split) {
            prop_assert_eq!(after.member(member.customer_id), Some(member));
        }
        for member in &after.members {
            if before.person_of(member.customer_id) == Some(split) {
                prop_assert_eq!(before.person_of(member.person_id), Some(split));
            }
        }
    }

    #[test]
    fn nothing_personal_is_told(records in records(), rules in rules()) {
        let identities = resolve_identities(&records, &rules);
        let texts = identities.links().map(|link| &link.explanation);
        let texts: Vec<&String> = texts.chain(identities.unused.iter().map(|unused| &unused.explanation)).collect();
        for text in texts {
            for secret in ["doe", "power", "x.example", "bcd", "456", "876"] {
                prop_assert!(!text.to_lowercase().contains(secret), "{}", text);
            }
        }
    }

    #[test]
    fn no_text_is_a_panic(
        texts in vec(any::<[Option<String>; 5]>(), 0..6),
        phones in vec("[+0-9() ./xeE-]{0,24}", 6),
        positions in subsequence((0..6).collect::<Vec<usize>>(), 0..6),
    ) {
        let ids = ["é1", "é2", "é2", "ê", "", "x"];
        let records: Vec<_> = texts.iter().enumerate().map(|(index, [name, email, phone, city, country])| {
            let phone = if positions.contains(&index) { Some(phones[index].as_str()) } else { phone.as_deref() };
            CustomerRecord {
                customer_id: ids[index],
                name: name.as_deref(),
                email: email.as_deref(),
                phone,
                city: city.as_deref(),
                country: country.as_deref(),
                ..CustomerRecord::default()
            }
        }).collect();
        let rules = IdentityRules { gmail_aliases: true, ..IdentityRules::default() };
        let identities = resolve_identities(&records, &rules);
        prop_assert!(identities.findings("crm").len() <= identities.unused.len());
    }
}
