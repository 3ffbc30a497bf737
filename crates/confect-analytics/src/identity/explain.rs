//! What is told of a link: enough to check it, without the address, the number or the name itself.
//!
//! Reports go to logs and to people without the right to personal data; whoever has it sees the rows.

use super::likeness::{Likeness, compare_names};
use super::normal::{Name, Profile, SEPARATOR};
use super::record::IdentityRule;

/// Letters of a town in a message.
const MOST_LETTERS: usize = 40;

/// `j…@….com`; a mailbox of one or two letters shows none of them.
fn mask_email(address: &str) -> String {
    let (mailbox, domain) = address.split_once('@').unwrap_or((address, ""));
    let first = mailbox.chars().next().filter(|_| mailbox.chars().nth(2).is_some());
    let end = domain.rsplit('.').next().filter(|end| end.chars().count() <= 8).unwrap_or("");
    format!("{}…@….{end}", first.map_or(String::new(), |letter| letter.to_string()))
}

/// `…78`.
fn mask_phone(number: &str) -> String {
    format!("…{}", number.get(number.len().saturating_sub(2)..).unwrap_or(""))
}

/// `D… J…`: the first letter of each word, in the order of the alphabet.
fn mask_words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let initials = words.take(4).filter_map(|word| word.chars().next());
    let initials: Vec<String> = initials.map(|letter| letter.to_uppercase().chain(['…']).collect()).collect();
    initials.join(" ")
}

fn mask_name(name: &Name) -> String {
    mask_words(name.words.iter().map(String::as_str))
}

/// The value that a block shares, masked.
pub(super) fn mask_key(rule: IdentityRule, key: &str) -> String {
    match rule {
        IdentityRule::ByHand => String::new(),
        IdentityRule::Email => mask_email(key),
        IdentityRule::Phone => mask_phone(key),
        IdentityRule::NameCity => {
            let (name, city) = key.split_once(SEPARATOR).unwrap_or((key, ""));
            let name = mask_words(name.split(' ').filter(|word| !word.starts_with('#')));
            let city: String = city.chars().take(MOST_LETTERS).collect();
            format!("{name} in {city}")
        }
    }
}

/// `same e-mail `j…@….com`, names agree`.
pub(super) fn explain(rule: IdentityRule, key: &str, left: &Profile, right: &Profile) -> String {
    if rule == IdentityRule::ByHand {
        return "joined by hand".to_owned();
    }
    let shared = format!("same {} `{}`", rule.shared(), mask_key(rule, key));
    if rule == IdentityRule::NameCity {
        return shared + &contact(left, right);
    }
    let shown = |name: &Option<Name>| name.as_ref().map_or(String::new(), mask_name);
    let (one, other) = (shown(&left.name), shown(&right.name));
    match compare_names(left.name.as_ref(), right.name.as_ref()) {
        Likeness::Same => format!("{shared}, same name `{one}`"),
        Likeness::Alike => format!("{shared}, names `{one}` and `{other}` fit together"),
        Likeness::Near => format!("{shared}, names `{one}` and `{other}` differ by a slip"),
        Likeness::Unknown => format!("{shared}, no name to compare"),
        Likeness::Related => format!("{shared}, names `{one}` and `{other}` agree in part"),
        Likeness::Different => format!("{shared}, names `{one}` and `{other}` differ"),
    }
}

fn contact(left: &Profile, right: &Profile) -> String {
    let compared = |what: &str, left: &Option<String>, right: &Option<String>| match (left, right) {
        (Some(left), Some(right)) if left == right => format!(", same {what}"),
        (Some(_), Some(_)) => format!(", another {what}"),
        _ => String::new(),
    };
    compared("e-mail", &left.email, &right.email) + &compared("phone", &left.phone, &right.phone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_personal_is_left() {
        for (rule, key, expected) in [
            (IdentityRule::Email, "jane.doe@shop.example", "j…@….example"),
            (IdentityRule::Email, "jd@shop.fr", "…@….fr"),
            (IdentityRule::Phone, "+33612345678", "…78"),
            (IdentityRule::NameCity, "doe jane #jr|st etienne", "D… J… in st etienne"),
        ] {
            assert_eq!(mask_key(rule, key), expected);
        }
    }
}
