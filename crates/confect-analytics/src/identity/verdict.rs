//! Whether a shared value makes two customers one person.
//!
//! A verdict looks at two customers and at nothing else, so deciding about one pair by hand never changes the
//! verdict on another. The confidences rank links for the person who reviews them; they are not probabilities.

use super::likeness::{Likeness, compare_names};
use super::normal::Profile;
use super::record::IdentityRule;

/// Why two customers who share a value are not joined by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Against {
    /// The names do not agree; for an e-mail: nor do the phones.
    Names,
    /// One of them has no name.
    NoName,
    /// E-mails and phones both differ, or a slip in the name comes with another e-mail.
    Contact,
    /// They live in two countries.
    Country,
}

/// What one rule says of two customers who share its key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Verdict {
    Join {
        confidence: f64,
        /// Holds even where others share the same value and contradict.
        is_certain: bool,
    },
    Not(Against),
}

impl Verdict {
    pub(super) const fn joins(&self) -> bool {
        matches!(self, Self::Join { .. })
    }
}

/// Judges two customers who share the key of `rule`; symmetric.
pub(super) fn judge(rule: IdentityRule, left: &Profile, right: &Profile) -> Verdict {
    let email = agreement(left.email.as_deref(), right.email.as_deref());
    let phone = agreement(left.phone.as_deref(), right.phone.as_deref());
    let names = compare_names(left.name.as_ref(), right.name.as_ref());
    match rule {
        IdentityRule::ByHand => Verdict::Join { confidence: 1.0, is_certain: true },
        IdentityRule::Email => judge_email(names, phone),
        IdentityRule::Phone => judge_phone(names, email),
        IdentityRule::NameCity => {
            if agreement(left.country, right.country) == Some(false) {
                return Verdict::Not(Against::Country);
            }
            judge_name_city(email, phone)
        }
    }
}

/// Whether two values are the same; `None` if one is missing.
fn agreement(left: Option<&str>, right: Option<&str>) -> Option<bool> {
    Some(left? == right?)
}

fn judge_email(names: Likeness, same_phone: Option<bool>) -> Verdict {
    let confidence = match (names, same_phone) {
        (Likeness::Different, Some(false)) => return Verdict::Not(Against::Names),
        (Likeness::Same | Likeness::Alike | Likeness::Near, _) => 0.99,
        (Likeness::Unknown, _) => 0.95,
        (Likeness::Related, _) => 0.90,
        (Likeness::Different, Some(true)) => 0.85,
        (Likeness::Different, None) => 0.70,
    };
    Verdict::Join { confidence, is_certain: names == Likeness::Same }
}

fn judge_phone(names: Likeness, same_email: Option<bool>) -> Verdict {
    let confidence = match names {
        Likeness::Same => 0.95,
        Likeness::Alike => 0.90,
        Likeness::Near if same_email == Some(false) => return Verdict::Not(Against::Contact),
        Likeness::Near => 0.85,
        Likeness::Unknown => return Verdict::Not(Against::NoName),
        Likeness::Related | Likeness::Different => return Verdict::Not(Against::Names),
    };
    Verdict::Join { confidence, is_certain: names == Likeness::Same }
}

fn judge_name_city(same_email: Option<bool>, same_phone: Option<bool>) -> Verdict {
    match (same_email, same_phone) {
        (Some(false), Some(false)) => Verdict::Not(Against::Contact),
        (Some(true), _) | (_, Some(true)) => Verdict::Join { confidence: 0.95, is_certain: true },
        (None, None) => Verdict::Join { confidence: 0.80, is_certain: false },
        _ => Verdict::Join { confidence: 0.75, is_certain: false },
    }
}
