//! `sqlserver://user:password@host:port/database?sslmode=…`: read, checked, never quoted.

use url::Url;

use crate::Request;
use crate::address::{Encryption, check_allowed, is_within};
use crate::error::{Cause, ConnectError};
use crate::secret::Secret;

const DEFAULT_PORT: u16 = 1433;
/// Longest user, password or database, in UTF-16 units (MS-TDS 2.2.6.4).
const LONGEST: usize = 128;

/// An address, understood.
pub(super) struct Address {
    /// As people call it, for messages and certificates.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) user: String,
    pub(super) password: Secret,
    /// Empty: the user's own.
    pub(super) database: String,
    pub(super) encryption: Encryption,
}

impl Address {
    /// Reads an address.
    pub(super) fn parse(request: &Request<'_>, url: &Secret) -> Result<Self, ConnectError> {
        let wrong = |why: &str| {
            ConnectError::new(Cause::Address, request.source, format!("the address cannot be read: {why}")).hint(
                "write it as `sqlserver://user:password@host:1433/database`, signs such as `@` in a password as `%40`",
            )
        };
        let parsed = Url::parse(url.expose()).map_err(|_| wrong("it is not a URL"))?;
        if !matches!(parsed.scheme(), "sqlserver" | "mssql") {
            return Err(wrong("it does not start with `sqlserver://`"));
        }
        if parsed.fragment().is_some() {
            return Err(wrong("it holds a bare `#`"));
        }
        let (mut mode, mut authorities) = (None, None);
        for (key, value) in parsed.query_pairs() {
            match &*key {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => authorities = Some(request.root.join(&*value)),
                _ => return Err(wrong("it may name `sslmode` and `sslrootcert` after the `?`")),
            }
        }
        let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        if host.is_empty() || host.contains([',', '\\', '%']) {
            return Err(wrong("it names no host, or more than a host; an instance is named by its port"));
        }
        let part = |text: &str| {
            decoded(text)
                .filter(|text| text.encode_utf16().count() <= LONGEST)
                .ok_or_else(|| wrong("user, password or database are not as they should be"))
        };
        let user = part(parsed.username())?;
        if user.is_empty() {
            return Err(wrong("it names no user"));
        }
        let password = Secret::exact(part(parsed.password().unwrap_or_default())?);
        let path = parsed.path().trim_start_matches('/');
        if path.contains('/') {
            return Err(wrong("more than a database stands behind the host"));
        }
        let database = part(path)?;
        let encryption = Encryption::of(is_within(&host), mode.as_deref(), authorities).map_err(wrong)?;
        check_allowed(request, &host)?;
        Ok(Self { host, port: parsed.port().unwrap_or(DEFAULT_PORT), user, password, database, encryption })
    }
}

/// Text with `%40` for `@`; `None` if that is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = rest.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use confect_domain::database::{DatabaseKind, DatabaseQuery, DatabaseSource, SecretRef};

    fn parse(url: &str, hosts: &[&str]) -> Result<Address, ConnectError> {
        let database = DatabaseSource {
            kind: DatabaseKind::SqlServer,
            url: SecretRef::Env("X".to_owned()),
            query: DatabaseQuery::Select("select 1".to_owned()),
            key: Vec::new(),
            watermark: None,
            timeout: std::time::Duration::from_secs(1),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        };
        let root = std::path::Path::new("shop");
        let retry = crate::Retry::default();
        let request = Request { source: "till", database: &database, root, full: false, retry };
        Address::parse(&request, &Secret::new(url))
    }

    #[test]
    fn an_address_is_taken_apart() {
        let address =
            parse("sqlserver://anna:p%40ss%25+w%C3%B6rd@till.shop.example/Kasse%201", &[]).expect("one");
        assert_eq!((address.host.as_str(), address.port), ("till.shop.example", 1433));
        assert_eq!((address.user.as_str(), address.password.expose()), ("anna", "p@ss%+wörd"));
        assert_eq!(address.database, "Kasse 1");
        assert_eq!(address.encryption, Encryption::Tls { authorities: None });
        let cases = [
            ("mssql://a:b@[::1]:1444", "::1", 1444, Encryption::None),
            (
                "mssql://a:b@localhost?sslmode=require",
                "localhost",
                1433,
                Encryption::Tls { authorities: None },
            ),
            ("sqlserver://a:b@10.1.2.3/x?sslmode=disable", "10.1.2.3", 1433, Encryption::None),
            (
                "sqlserver://a:b@till/x?sslmode=verify-full&sslrootcert=ca.pem",
                "till",
                1433,
                Encryption::Tls { authorities: Some("shop/ca.pem".into()) },
            ),
        ];
        for (url, host, port, encryption) in cases {
            let address = parse(url, &[]).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!((address.host.as_str(), address.port, address.encryption), (host, port, encryption));
        }
    }

    #[test]
    fn a_wrong_address_is_told_without_being_shown() {
        let long = format!("sqlserver://a:{}geheim@till/x", "x".repeat(128));
        for url in [
            "geheim",
            "postgres://a:geheim@till/shop",
            "sqlserver://a:geheim@till:99999/shop",
            "sqlserver://a:geheim@one,two/shop",
            "sqlserver://a:ge#heim@till/shop",
            "sqlserver://a:geheim@till/shop?sslmode=prefer",
            "sqlserver://a:geheim@till/shop?trustservercertificate=true",
            "sqlserver://a:geheim%ff@till/shop",
            "sqlserver://a:geheim@till/shop/dbo",
            "sqlserver://till/geheim",
            "sqlserver:geheim",
            &long,
        ] {
            let error = parse(url, &[]).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert_eq!(error.cause, Cause::Address, "{url}");
            assert!(!format!("{error} {error:?}").contains("heim"), "{error}");
        }
        let error = parse("sqlserver://a:geheim@till/shop", &["other.example"]).err().expect("refused");
        assert_eq!(error.cause, Cause::HostNotAllowed);
        assert!(parse("sqlserver://a:geheim@Till/shop", &["till"]).is_ok());
    }
}
