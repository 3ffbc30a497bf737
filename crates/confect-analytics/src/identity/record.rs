//! What is known of a customer, and the rules by which customers are told to be one person.

use confect_domain::Date;

/// One row of a CRM: what one delivery says of one customer id.
///
/// Empty and blank texts count as missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CustomerRecord<'a> {
    /// The id that the source uses; rows without one are counted and left out.
    pub customer_id: &'a str,
    /// Full name, in any order and with titles.
    pub name: Option<&'a str>,
    /// E-mail address, as typed.
    pub email: Option<&'a str>,
    /// Phone number, as typed.
    pub phone: Option<&'a str>,
    /// Town.
    pub city: Option<&'a str>,
    /// Name or ISO code of the country; it also tells the international prefix of the phone.
    pub country: Option<&'a str>,
    /// The day the customer joined.
    pub joined: Option<Date>,
    /// Whether marketing is allowed; `None` if never asked.
    pub consent_marketing: Option<bool>,
    /// Place in the order of deliveries: a greater number was delivered later.
    pub delivery: u64,
}

/// The largest value of [`IdentityRules::most_sharing`] that has an effect: it bounds the pairs that are compared.
pub const MOST_SHARING_LIMIT: usize = 20;

/// What counts as evidence that two customer ids are one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityRules {
    /// The same e-mail address joins.
    pub email: bool,
    /// The same phone joins if the names agree.
    pub phone: bool,
    /// The same full name in the same town joins if nothing speaks against it.
    pub name_city: bool,
    /// A value shared by more ids than this is no evidence (`info@…`); 1-20, 5 unless set.
    pub most_sharing: usize,
    /// Addresses that are no evidence: `a@b.example`, `@b.example` (a domain) or `info@` (a mailbox anywhere).
    pub ignore_emails: Vec<String>,
    /// Whether `j.doe+news@gmail.com` is `jdoe@gmail.com`.
    ///
    /// Off unless set: only Google promises it, people use tags to keep accounts apart on purpose, and whoever
    /// looks at the two rows sees two addresses.
    pub gmail_aliases: bool,
    /// Country of phone numbers whose row names none.
    pub default_country: Option<String>,
    /// Pairs of ids that are different people, whatever the evidence; wins over everything, chains included.
    pub keep_apart: Vec<(String, String)>,
    /// Pairs of ids that are one person, whatever the evidence.
    pub merge: Vec<(String, String)>,
}

impl Default for IdentityRules {
    fn default() -> Self {
        let mailboxes =
            ["contact", "hello", "info", "mail", "noreply", "no-reply", "none", "office", "sales"];
        let more = ["service", "shop", "support", "test", "unknown"];
        Self {
            email: true,
            phone: true,
            name_city: true,
            most_sharing: 5,
            ignore_emails: mailboxes.iter().chain(&more).map(|mailbox| format!("{mailbox}@")).collect(),
            gmail_aliases: false,
            default_country: None,
            keep_apart: Vec::new(),
            merge: Vec::new(),
        }
    }
}

/// A rule, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdentityRule {
    /// [`IdentityRules::merge`].
    ByHand,
    /// The same e-mail address.
    Email,
    /// The same phone and names that agree.
    Phone,
    /// The same full name in the same town.
    NameCity,
}

impl IdentityRule {
    /// The word that is stored and shown.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::NameCity => "name_city",
        }
    }

    /// What two customers share, in the words of a message.
    pub(super) const fn shared(self) -> &'static str {
        match self {
            Self::ByHand => "decision",
            Self::Email => "e-mail",
            Self::Phone => "phone",
            Self::NameCity => "name and town",
        }
    }

    /// The same behind a verb.
    pub(super) const fn shared_with_article(self) -> &'static str {
        match self {
            Self::ByHand => "a decision",
            Self::Email => "an e-mail",
            Self::Phone => "a phone",
            Self::NameCity => "name and town",
        }
    }
}
