//! Tokens: 256 bits of chance, handed out once; only their SHA-256 is stored.

use sha2::{Digest, Sha256};

use crate::error::ServiceError;

/// A token as its holder carries it: 64 hexadecimal digits. Its `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Token(***)")
    }
}

impl Token {
    pub(crate) fn new() -> Result<Self, ServiceError> {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes)
            .map_err(|error| ServiceError::Internal(format!("no randomness: {error}")))?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }

    pub(crate) fn hash(&self) -> Vec<u8> {
        hash(&self.0).unwrap_or_default()
    }
}

/// What is stored of a token; `None` for a text that cannot be one.
///
/// Tokens are looked up by this hash, so that comparing takes the same time however much of a guess is right.
pub(crate) fn hash(text: &str) -> Option<Vec<u8>> {
    let plausible = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    plausible.then(|| Sha256::digest(text.as_bytes()).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_do_not_print() {
        let (one, other) = (Token::new().expect("a token"), Token::new().expect("a token"));
        assert_ne!(one, other);
        assert_eq!(format!("{one:?}"), "Token(***)");
        assert_eq!(hash(&one.clone().into_text()), Some(one.hash()));
        assert_eq!(hash("short"), None);
        assert_eq!(hash(&"x".repeat(64)), None);
    }
}
