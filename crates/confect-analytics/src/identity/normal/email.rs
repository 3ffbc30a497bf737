//! E-mail addresses in the form in which they are compared, and those that are no evidence.
//!
//! Trimmed, lower case, NFC. By RFC 5321 the part before `@` may tell capitals apart; no large provider does.
//! Deliberately absent: whether the address exists, and international domain names in their ASCII form.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::fold::trimmed;

/// Replaces `out` by the comparable form of an address; `false` if `text` cannot be one.
pub(in crate::identity) fn email_key(text: &str, gmail_aliases: bool, out: &mut String) -> bool {
    out.clear();
    let text = within_brackets(trimmed(text));
    let text = text
        .get(..7)
        .filter(|head| head.eq_ignore_ascii_case("mailto:"))
        .map_or(text, |head| text.trim_start_matches(head));
    let text = trimmed(text);
    let text = if text.ends_with(['.', ',', ';']) { text.trim_end_matches(['.', ',', ';']) } else { text };
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
    } else {
        out.extend(text.nfc().flat_map(char::to_lowercase));
        // Lower case may take a letter out of NFC.
        *out = out.nfc().collect();
    }
    if !is_address(out) {
        return false;
    }
    if gmail_aliases {
        drop_alias(out);
    }
    true
}

/// `Jane <jane@shop.example>` → `jane@shop.example`.
fn within_brackets(text: &str) -> &str {
    let inner = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    inner.map_or(text, |(_, inner)| inner)
}

fn is_address(text: &str) -> bool {
    let Some((mailbox, domain)) = text.split_once('@') else { return false };
    let has_gap = |text: &str| match text.is_ascii() {
        true => text.bytes().any(|byte| byte <= b' ' || byte == 0x7f),
        false => text.chars().any(|letter| letter.is_whitespace() || letter.is_control()),
    };
    let domain = domain.as_bytes();
    let is_domain = domain.contains(&b'.')
        && domain.split(|byte| *byte == b'.').all(|label| !label.is_empty())
        && !domain.contains(&b'@');
    !mailbox.is_empty() && is_domain && !has_gap(text)
}

fn drop_alias(address: &mut String) {
    let Some((mailbox, "gmail.com" | "googlemail.com")) = address.split_once('@') else { return };
    let mailbox = mailbox.split('+').next().unwrap_or(mailbox);
    let plain: String = mailbox.chars().filter(|letter| *letter != '.').collect();
    if !plain.is_empty() {
        *address = plain + "@gmail.com";
    }
}

/// Addresses, domains and mailboxes that are no evidence.
#[derive(Debug, Default)]
pub(in crate::identity) struct IgnoredEmails {
    addresses: HashSet<String>,
    domains: HashSet<String>,
    mailboxes: HashSet<String>,
}

impl IgnoredEmails {
    /// From the patterns of the rules; one without `@` is taken as a domain.
    pub(in crate::identity) fn new(patterns: &[String]) -> Self {
        let mut ignored = Self::default();
        for pattern in patterns {
            let pattern: String = pattern.trim().nfc().flat_map(char::to_lowercase).collect();
            match pattern.split_once('@') {
                Some(("", "")) => {}
                Some(("", domain)) => drop(ignored.domains.insert(domain.to_owned())),
                Some((mailbox, "")) => drop(ignored.mailboxes.insert(mailbox.to_owned())),
                Some(_) => drop(ignored.addresses.insert(pattern)),
                None => drop(ignored.domains.insert(pattern)),
            }
        }
        ignored
    }

    /// Whether `address`, in comparable form, is on the list.
    pub(in crate::identity) fn holds(&self, address: &str) -> bool {
        let Some((mailbox, domain)) = address.split_once('@') else { return false };
        self.mailboxes.contains(mailbox)
            || (!self.domains.is_empty() && self.domains.contains(domain))
            || (!self.addresses.is_empty() && self.addresses.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str, aliases: bool) -> Option<String> {
        let mut out = String::from("left over");
        email_key(text, aliases, &mut out).then_some(out)
    }

    #[test]
    fn addresses_take_one_form() {
        for (typed, expected) in [
            (" Jane@Shop.Example ", Some("jane@shop.example")),
            ("Jane Doe <JANE@shop.example>", Some("jane@shop.example")),
            ("MailTo:jane@shop.example;", Some("jane@shop.example")),
            ("cle\u{301}o@shop.example", Some("cl\u{e9}o@shop.example")),
            ("CLÉO@shop.example", Some("cl\u{e9}o@shop.example")),
            ("j.doe+x@gmail.com", Some("j.doe+x@gmail.com")),
            ("jane@localhost", None),
            ("jane@shop..example", None),
            ("@shop.example", None),
            ("a@b@c.example", None),
            ("ja ne@shop.example", None),
            ("none", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(key(typed, false).as_deref(), expected, "{typed:?}");
        }
        assert_eq!(key("J.Doe+x@googlemail.com", true).as_deref(), Some("jdoe@gmail.com"));
        assert_eq!(key("j.doe+x@shop.example", true).as_deref(), Some("j.doe+x@shop.example"));
        assert_eq!(key("+@gmail.com", true).as_deref(), Some("+@gmail.com"));
    }

    #[test]
    fn the_list_knows_addresses_domains_and_mailboxes() {
        let patterns = ["a@b.example", "@c.example", "INFO@", "d.example", "@", ""].map(str::to_owned);
        let ignored = IgnoredEmails::new(&patterns);
        for address in ["a@b.example", "x@c.example", "info@b.example", "x@d.example"] {
            assert!(ignored.holds(address), "{address}");
        }
        for address in ["x@b.example", "a@e.example", "information@b.example"] {
            assert!(!ignored.holds(address), "{address}");
        }
    }
}
