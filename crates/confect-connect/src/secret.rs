//! The address of a database, from where it is kept, never shown.

use std::fmt;
use std::path::Path;

use confect_domain::database::SecretRef;

use crate::Request;
use crate::error::{Cause, ConnectError};

/// Longest address.
const MAX_BYTES: u64 = 8 << 10;

/// A text that no message, no log and no debugging output shows.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// A text of which blanks at its ends are part.
    pub(crate) fn exact(text: String) -> Self {
        Self(text)
    }

    /// The text, for whoever connects with it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

/// Reads the address of a source.
pub(crate) fn resolve(request: &Request<'_>) -> Result<Secret, ConnectError> {
    let wrong = |message: String| ConnectError::new(Cause::Secret, request.source, message);
    let found = match &request.database.url {
        SecretRef::Env(name) => match std::env::var(name) {
            Ok(text) => text,
            Err(std::env::VarError::NotPresent) => {
                let kind = request.database.kind.word();
                let hint =
                    format!("set it where `confect` runs: `{name}={kind}://user:password@host/database`");
                return Err(wrong(format!("the environment variable `{name}` is not set")).hint(hint));
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(wrong(format!("the environment variable `{name}` is not text")));
            }
        },
        SecretRef::File(path) => {
            let whole = request.root.join(path);
            read_private(&whole).map_err(|why| {
                wrong(format!("the address cannot be read from `{path}`: {why}"))
                    .hint(format!("keep it in a file of your own: `chmod 600 {path}`"))
            })?
        }
    };
    match Secret::new(found.lines().next().unwrap_or_default()) {
        Secret(text) if text.is_empty() => Err(wrong("the place of its address is empty".to_owned())),
        secret => Ok(secret),
    }
}

fn read_private(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err("it is not a small file".to_owned());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(format!("others may read it (mode {mode:03o})"));
        }
    }
    std::fs::read_to_string(path).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show() {
        assert_eq!(format!("{:?}", Secret::new("postgres://anna:geheim@till/shop")), "***");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("db");
        std::fs::write(&path, "postgres://till/shop\n").expect("a file");
        let set = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
            read_private(&path)
        };
        assert_eq!(set(0o640), Err("others may read it (mode 640)".to_owned()));
        assert!(set(0o600).is_ok());
        assert!(read_private(folder.path()).is_err());
    }
}
