//! `postgres://user:password@host:port/database?sslmode=…`: read, checked, never quoted.

use tokio_postgres::config::{Host, SslMode};
use url::Url;

use crate::Request;
use crate::address::{Encryption, check_allowed, is_within, resolve};
use crate::error::{Cause, ConnectError};
use crate::secret::Secret;

const DEFAULT_PORT: u16 = 5432;

/// An address, understood.
pub(super) struct Address {
    /// As the driver wants it.
    pub(super) config: tokio_postgres::Config,
    /// As people call it, for messages.
    pub(super) host: String,
    pub(super) encryption: Encryption,
    port: u16,
}

impl Address {
    /// Reads an address.
    pub(super) fn parse(request: &Request<'_>, url: &Secret) -> Result<Self, ConnectError> {
        let wrong = |why: &str| {
            ConnectError::new(Cause::Address, request.source, format!("the address cannot be read: {why}")).hint(
                "write it as `postgres://user:password@host:5432/database`, signs such as `@` in a password as `%40`",
            )
        };
        let mut parsed = Url::parse(url.expose()).map_err(|_| wrong("it is not a URL"))?;
        if !matches!(parsed.scheme(), "postgres" | "postgresql") {
            return Err(wrong("it does not start with `postgres://`"));
        }
        if parsed.fragment().is_some() {
            return Err(wrong("it holds a bare `#`"));
        }
        let (mut mode, mut authorities, mut rest) = (None, None, Vec::new());
        for (key, value) in parsed.query_pairs() {
            match &*key {
                "sslmode" => mode = Some(value.into_owned()),
                "sslrootcert" => authorities = Some(request.root.join(&*value)),
                "host" | "port" | "user" | "password" | "dbname" => {
                    rest.push((key.into_owned(), value.into_owned()))
                }
                _ => {
                    return Err(wrong(
                        "it may name `sslmode`, `sslrootcert`, `host`, `port`, `user`, `password` and `dbname` after the `?`",
                    ));
                }
            }
        }
        parsed.set_query(None);
        if !rest.is_empty() {
            parsed.query_pairs_mut().extend_pairs(rest);
        }
        let mut config: tokio_postgres::Config =
            parsed.as_str().parse().map_err(|_| wrong("user, host or port are not as they should be"))?;
        let [host] = config.get_hosts() else { return Err(wrong("it names no host, or several")) };
        let host = host.clone();
        if config.get_user().is_none() {
            return Err(wrong("it names no user"));
        }
        let port = config.get_ports().first().copied().unwrap_or(DEFAULT_PORT);
        let within = match &host {
            Host::Tcp(name) => is_within(name),
            #[cfg(unix)]
            Host::Unix(_) => true,
        };
        let encryption = Encryption::of(within, mode.as_deref(), authorities).map_err(wrong)?;
        config.application_name("confect").ssl_mode(match encryption {
            Encryption::None => SslMode::Disable,
            Encryption::Tls { .. } => SslMode::Require,
        });
        let host = match host {
            Host::Tcp(name) => name,
            #[cfg(unix)]
            Host::Unix(path) => path.to_string_lossy().into_owned(),
        };
        check_allowed(request, &host)?;
        Ok(Self { config, host, encryption, port })
    }

    /// The ways to connect: one per address of the host, checked.
    pub(super) async fn ways(&self, source: &str) -> Result<Vec<tokio_postgres::Config>, ConnectError> {
        #[cfg(unix)]
        if matches!(self.config.get_hosts(), [Host::Unix(_)]) {
            return Ok(vec![self.config.clone()]);
        }
        let found = resolve(source, &self.host, self.port).await?;
        let with = |address: std::net::SocketAddr| {
            let mut config = self.config.clone();
            config.hostaddr(address.ip());
            config
        };
        Ok(found.into_iter().map(with).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use confect_domain::database::{DatabaseKind, DatabaseQuery, DatabaseSource, SecretRef};

    fn parse(url: &str, hosts: &[&str]) -> Result<Address, ConnectError> {
        let database = DatabaseSource {
            kind: DatabaseKind::Postgres,
            url: SecretRef::Env("X".to_owned()),
            query: DatabaseQuery::Select("select 1".to_owned()),
            key: Vec::new(),
            watermark: None,
            timeout: std::time::Duration::from_secs(1),
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        };
        let request = Request {
            source: "till",
            database: &database,
            root: std::path::Path::new("shop"),
            full: false,
            retry: crate::Retry::default(),
        };
        Address::parse(&request, &Secret::new(url))
    }

    #[test]
    fn a_line_over_a_network_is_encrypted() {
        let tls = Encryption::Tls { authorities: None };
        let own = Encryption::Tls { authorities: Some(PathBuf::from("shop/ca.pem")) };
        let cases = [
            ("postgres://a:b@till.shop.example/shop", tls.clone()),
            ("postgres://a:b@10.1.2.3:6543/shop?sslmode=disable", Encryption::None),
            ("postgres://a:b@10.1.2.3/shop?sslmode=verify-full&sslrootcert=ca.pem", own),
            ("postgres://a:b@localhost/shop", Encryption::None),
            ("postgresql://a@127.0.0.1/shop?sslmode=require", tls),
            ("postgres:///shop?host=/run/postgresql&user=a", Encryption::None),
            ("postgres://a@%2Frun%2Fpostgresql/shop", Encryption::None),
        ];
        for (url, expected) in cases {
            let address = parse(url, &[]).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(address.encryption, expected, "{url}");
        }
    }

    #[test]
    fn a_wrong_address_is_told_without_being_shown() {
        let wrong = [
            "geheim",
            "mysql://a:geheim@till/shop",
            "postgres://a:geheim@till:99999/shop",
            "postgres://a:geheim@one,two/shop",
            "postgres://a:ge#heim@till/shop",
            "postgres://a:geheim@till/shop?sslmode=prefer",
            "postgres://a:geheim@till/shop?options=-c%20role=x",
            "postgres://till/geheim",
        ];
        for url in wrong {
            let error = parse(url, &[]).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert_eq!(error.cause, Cause::Address, "{url}");
            assert!(!format!("{error} {error:?}").contains("heim"), "{error}");
        }
        let error = parse("postgres://a:geheim@till/shop", &["other.example"]).err().expect("refused");
        assert_eq!(error.cause, Cause::HostNotAllowed);
        assert!(parse("postgres://a:geheim@Till/shop", &["till"]).is_ok());
    }
}
