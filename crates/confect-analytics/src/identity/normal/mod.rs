//! From what people typed to what can be compared: one file per kind of value.
//!
//! [`Reader`] makes the key under which a record is filed for a rule, and the [`Profile`] of a record that
//! shares a key with another one. Everything works in reused buffers; a profile is made for the few per cent
//! of customers that share something.

mod city;
mod countries;
mod email;
mod fold;
mod name;
mod phone;

use super::record::{CustomerRecord, IdentityRule, IdentityRules};
use city::city_key;
use countries::{Country, country_named};
use email::{IgnoredEmails, email_key};
pub(super) use name::Name;
use name::NameParser;
use phone::phone_key;

/// Between name and town in a key; no folded text holds it.
pub(super) const SEPARATOR: char = '|';

/// What is compared between two customers.
#[derive(Clone, Debug, Default)]
pub(super) struct Profile {
    pub(super) name: Option<Name>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    /// ISO code, if the country is known.
    pub(super) country: Option<&'static str>,
}

/// Reads records under one set of rules.
#[derive(Debug)]
pub(super) struct Reader {
    gmail_aliases: bool,
    ignored: IgnoredEmails,
    default_country: Option<&'static Country>,
    /// The country last read, as typed: one shop has few countries.
    last_country: (String, Option<&'static Country>),
    names: NameParser,
    scratch: String,
}

impl Reader {
    pub(super) fn new(rules: &IdentityRules) -> Self {
        let mut scratch = String::new();
        let named = |text| country_named(text, &mut scratch);
        let default_country = rules.default_country.as_deref().and_then(named);
        Self {
            gmail_aliases: rules.gmail_aliases,
            ignored: IgnoredEmails::new(&rules.ignore_emails),
            default_country,
            last_country: (String::new(), None),
            names: NameParser::default(),
            scratch,
        }
    }

    /// Replaces `out` by the key of `record` under `rule`; `false` if it has none.
    pub(super) fn key(&mut self, rule: IdentityRule, record: &CustomerRecord<'_>, out: &mut String) -> bool {
        out.clear();
        match rule {
            IdentityRule::ByHand => false,
            IdentityRule::Email => record
                .email
                .is_some_and(|text| email_key(text, self.gmail_aliases, out) && !self.ignored.holds(out)),
            IdentityRule::Phone => record.phone.is_some_and(|text| {
                let home = self.country(record);
                phone_key(text, home.or(self.default_country), out)
            }),
            IdentityRule::NameCity => {
                let (Some(name), Some(city)) = (record.name, record.city) else { return false };
                if !self.names.full_key(name, out) {
                    return false;
                }
                out.push(SEPARATOR);
                city_key(city, &mut self.scratch, out)
            }
        }
    }

    fn country(&mut self, record: &CustomerRecord<'_>) -> Option<&'static Country> {
        let text = record.country?;
        if text != self.last_country.0 {
            self.last_country.1 = country_named(text, &mut self.scratch);
            text.clone_into(&mut self.last_country.0);
        }
        self.last_country.1
    }

    /// Everything about `record` that is compared.
    pub(super) fn profile(&mut self, record: &CustomerRecord<'_>) -> Profile {
        let mut key = String::new();
        let mut filed = |reader: &mut Self, rule| reader.key(rule, record, &mut key).then(|| key.clone());
        let email = filed(self, IdentityRule::Email);
        let phone = filed(self, IdentityRule::Phone);
        let country = self.country(record);
        let name = record.name.and_then(|name| self.names.name(name));
        Profile { name, email, phone, country: country.map(|country| country.code) }
    }
}

/// Whether `text` can be an e-mail address at all.
pub(super) fn is_email(text: &str) -> bool {
    email_key(text, false, &mut String::new())
}

/// Whether `text` can be a phone number at all.
pub(super) fn is_phone(text: &str) -> bool {
    phone_key(text, None, &mut String::new())
}

/// The name in `text`, for tests of its users.
#[cfg(test)]
pub(super) fn name_of(text: &str) -> Option<Name> {
    NameParser::default().name(text)
}
