//! The answer: who is one person, by which link, and what was not used.

use super::record::IdentityRule;

/// Which customer ids are one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Identities<'a> {
    /// Every id once, in the order of ids.
    pub members: Vec<Member<'a>>,
    /// Evidence that joined nobody and why, in the order of rules and ids.
    ///
    /// Only between ids that ended as two persons; a pair that was joined otherwise is settled.
    pub unused: Vec<Unused<'a>>,
    /// Rows without an id; they are nobody.
    pub rows_without_id: usize,
}

/// One customer id.
#[derive(Clone, Debug, PartialEq)]
pub struct Member<'a> {
    /// The id of the source.
    pub customer_id: &'a str,
    /// The id of the person's longest known customer: earliest joined, then smallest id.
    pub person_id: &'a str,
    /// What joined this id to the person; `None` for the person's own id.
    pub link: Option<Box<Link<'a>>>,
}

/// One merge. To undo it, put the two ids on `keep_apart`.
#[derive(Clone, Debug, PartialEq)]
pub struct Link<'a> {
    /// The rule.
    pub rule: IdentityRule,
    /// Further rules that say the same of the same two ids.
    pub also: Vec<IdentityRule>,
    /// The id that was joined.
    pub customer_id: &'a str,
    /// The id that it was joined to, one link nearer to the person's own.
    pub joined_to: &'a str,
    /// 0-1; ranks links for review and is not a probability.
    pub confidence: f64,
    /// What they share, with personal values masked.
    pub explanation: String,
}

/// Evidence that was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused<'a> {
    /// The rule that it belongs to.
    pub rule: IdentityRule,
    /// The smaller id.
    pub left: &'a str,
    /// The greater id.
    pub right: &'a str,
    /// Why.
    pub reason: Reason<'a>,
    /// What they share, with personal values masked.
    pub explanation: String,
}

/// Why evidence was not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason<'a> {
    /// More ids share the value than may; `left` and `right` are the first two.
    Shared {
        /// How many ids.
        ids: usize,
    },
    /// The names do not agree; for an e-mail: the names have nothing in common and the phones differ.
    NamesDiffer,
    /// A phone without a name on both sides.
    NameMissing,
    /// E-mails and phones both differ; for a phone: the name has a slip and the e-mails differ.
    ContactDiffers,
    /// The same name and town in two countries.
    CountryDiffers,
    /// The value belongs to several people and this pair does not say whose it is.
    Ambiguous,
    /// It would bring together two ids that are kept apart by hand.
    KeptApart {
        /// The smaller of those ids.
        left: &'a str,
        /// The greater of those ids.
        right: &'a str,
    },
    /// A pair of `merge` or `keep_apart` names an id that no row has.
    UnknownId,
}

impl Reason<'_> {
    /// Stable code in kebab case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Shared { .. } => "identity-shared",
            Self::NamesDiffer => "identity-names-differ",
            Self::NameMissing => "identity-name-missing",
            Self::ContactDiffers => "identity-contact-differs",
            Self::CountryDiffers => "identity-country-differs",
            Self::Ambiguous => "identity-ambiguous",
            Self::KeptApart { .. } => "identity-kept-apart",
            Self::UnknownId => "identity-unknown-id",
        }
    }
}

impl<'a> Identities<'a> {
    /// What is known of an id.
    pub fn member(&self, customer_id: &str) -> Option<&Member<'a>> {
        let position = self.members.binary_search_by(|member| member.customer_id.cmp(customer_id)).ok()?;
        self.members.get(position)
    }

    /// The person behind an id.
    pub fn person_of(&self, customer_id: &str) -> Option<&'a str> {
        self.member(customer_id).map(|member| member.person_id)
    }

    /// How many persons there are.
    pub fn persons(&self) -> usize {
        self.members.iter().filter(|member| member.link.is_none()).count()
    }

    /// Every merge, in the order of the ids that were joined.
    pub fn links(&self) -> impl Iterator<Item = &Link<'a>> {
        self.members.iter().filter_map(|member| member.link.as_deref())
    }

    /// Persons with several ids: the person's id and all ids, both in order.
    pub fn clusters(&self) -> Vec<(&'a str, Vec<&'a str>)> {
        let joined = self.members.iter().filter(|member| member.link.is_some());
        let mut pairs: Vec<(&str, &str)> =
            joined.map(|member| (member.person_id, member.customer_id)).collect();
        pairs.sort_unstable();
        let with_own = |same: &[(&'a str, &'a str)]| {
            let person = same.first()?.0;
            let mut ids: Vec<&str> = same.iter().map(|(_, id)| *id).chain([person]).collect();
            ids.sort_unstable();
            Some((person, ids))
        };
        pairs.chunk_by(|left, right| left.0 == right.0).filter_map(with_own).collect()
    }
}
