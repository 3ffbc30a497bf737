//! Cases written as text: `## name`, options as `: key=value`, rows of fields between bars, `=>`, the outcome.

use confect_analytics::identity::{CustomerRecord, IdentityRules};
use confect_domain::Date;

/// One case of the table.
pub struct Case<'t> {
    pub name: &'t str,
    /// Everything between the name and the outcome, as it stands.
    pub given: &'t str,
    pub expected: &'t str,
    pub rules: IdentityRules,
    pub records: Vec<CustomerRecord<'t>>,
}

pub fn cases(table: &str) -> Vec<Case<'_>> {
    table.split("\n## ").skip(1).map(case).collect()
}

fn case(text: &str) -> Case<'_> {
    let (name, rest) = text.split_once('\n').expect("a name");
    let (given, expected) = rest.split_once("=>").unwrap_or((rest, ""));
    let mut case = Case { name, given, expected, rules: IdentityRules::default(), records: Vec::new() };
    for line in given.lines().filter(|line| !line.trim().is_empty()) {
        match line.strip_prefix(": ") {
            Some(option) => set(&mut case.rules, option),
            None => case.records.push(row(line)),
        }
    }
    case
}

fn set(rules: &mut IdentityRules, option: &str) {
    let (key, value) = option.split_once('=').unwrap_or((option, ""));
    let pair =
        || value.split_once(' ').map(|(left, right)| (left.to_owned(), right.to_owned())).expect("two ids");
    match key {
        "keep_apart" => rules.keep_apart.push(pair()),
        "merge" => rules.merge.push(pair()),
        "most_sharing" => rules.most_sharing = value.parse().expect("a number"),
        "default_country" => rules.default_country = Some(value.to_owned()),
        "ignore" => rules.ignore_emails.push(value.to_owned()),
        "gmail_aliases" => rules.gmail_aliases = true,
        "no email" => rules.email = false,
        "no phone" => rules.phone = false,
        "no name_city" => rules.name_city = false,
        _ => panic!("no option `{key}`"),
    }
}

/// `id | name | email | phone | city | country | joined | consent | delivery`, ends may be left out.
fn row(line: &str) -> CustomerRecord<'_> {
    let mut fields = line.split('|').map(str::trim);
    let mut field = || fields.next().filter(|text| !text.is_empty());
    CustomerRecord {
        customer_id: field().unwrap_or(""),
        name: field(),
        email: field(),
        phone: field(),
        city: field(),
        country: field(),
        joined: field().map(|text| Date::parse(text).expect("a day")),
        consent_marketing: field().map(|text| text == "yes"),
        delivery: field().map_or(0, |text| text.parse().expect("a number")),
    }
}
