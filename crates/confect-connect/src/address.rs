//! `postgres://user:password@host:port/database?sslmode=…`: read, checked, never quoted.
//!
//! A connection over a network is encrypted and its certificate checked, unless the address says
//! `sslmode=disable`; what says neither yes nor no (`prefer`) is refused. Within the machine, over a socket or
//! the loopback, it is not encrypted unless asked for.
//! A host is resolved once, each address is checked, and that address is connected to: no name can lead to the
//! machine's own metadata service (link-local) or to a multicast group. Private addresses are where tills are.

use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use tokio_postgres::config::{Host, SslMode};
use url::Url;

use crate::Request;
use crate::error::{Cause, ConnectError};
use crate::secret::Secret;

const DEFAULT_PORT: u16 = 5432;

/// How the line is kept safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Not at all.
    None,
    /// TLS; the certificate is checked against these authorities, or the system's.
    Tls { authorities: Option<PathBuf> },
}

/// An address, understood.
pub(crate) struct Address {
    /// As the driver wants it.
    pub(crate) config: tokio_postgres::Config,
    /// As people call it, for messages.
    pub(crate) host: String,
    pub(crate) encryption: Encryption,
    port: u16,
}

impl Address {
    /// Reads an address.
    pub(crate) fn parse(request: &Request<'_>, url: &Secret) -> Result<Self, ConnectError> {
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
        let encryption = encryption(&host, mode.as_deref(), authorities).map_err(wrong)?;
        config.application_name("confect").ssl_mode(match encryption {
            Encryption::None => SslMode::Disable,
            Encryption::Tls { .. } => SslMode::Require,
        });
        let host = match host {
            Host::Tcp(name) => name,
            #[cfg(unix)]
            Host::Unix(path) => path.to_string_lossy().into_owned(),
        };
        let allowed = &request.database.hosts;
        if !allowed.is_empty() && !allowed.iter().any(|known| known.eq_ignore_ascii_case(&host)) {
            let message = format!("the address names the host `{host}`, which the source does not allow");
            let hint = "add it to `hosts` under `[source.database]`, if it is meant";
            return Err(ConnectError::new(Cause::HostNotAllowed, request.source, message).hint(hint));
        }
        Ok(Self { config, host, encryption, port })
    }

    /// The ways to connect: one per address of the host, checked.
    pub(crate) async fn ways(&self, source: &str) -> Result<Vec<tokio_postgres::Config>, ConnectError> {
        #[cfg(unix)]
        if matches!(self.config.get_hosts(), [Host::Unix(_)]) {
            return Ok(vec![self.config.clone()]);
        }
        let unknown = |why: String| {
            let message = format!("the host `{}` cannot be found{why}", self.host);
            ConnectError::new(Cause::HostUnknown, source, message)
                .hint("check the host in the address, and that this machine can look it up")
        };
        let found = tokio::net::lookup_host((self.host.as_str(), self.port));
        let found = tokio::time::timeout(crate::postgres::CONNECT, found).await;
        let found = found.map_err(|_| unknown(String::new()))?.map_err(|_| unknown(String::new()))?;
        let mut ways = Vec::new();
        for address in found.map(|address| address.ip()) {
            if is_forbidden(address) {
                return Err(unknown(format!(": `{address}` is no address of a database")));
            }
            let mut config = self.config.clone();
            config.hostaddr(address);
            ways.push(config);
        }
        if ways.is_empty() { Err(unknown(String::new())) } else { Ok(ways) }
    }
}

fn encryption(
    host: &Host,
    mode: Option<&str>,
    authorities: Option<PathBuf>,
) -> Result<Encryption, &'static str> {
    let within = match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    match mode {
        Some("disable") => Ok(Encryption::None),
        // `require` of the server's own tools checks no certificate; here it does.
        Some("require" | "verify-ca" | "verify-full") => Ok(Encryption::Tls { authorities }),
        Some(_) => Err("`sslmode` is `disable`, `require` or `verify-full`"),
        None if within && authorities.is_none() => Ok(Encryption::None),
        None => Ok(Encryption::Tls { authorities }),
    }
}

/// Addresses that no database has and that a forged name may lead to.
fn is_forbidden(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_multicast()
                || address.is_unspecified()
                || address.is_broadcast()
        }
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_forbidden(IpAddr::V4(inner)),
            None => address.is_multicast() || address.is_unspecified() || address.is_unicast_link_local(),
        },
    }
}

/// The IPv4 address inside: mapped (`::ffff:0:0/96`) or translated (NAT64, `64:ff9b::/96`).
fn embedded(address: Ipv6Addr) -> Option<std::net::Ipv4Addr> {
    let segments = address.segments();
    let translated = segments.get(..6) == Some(&[0x64, 0xff9b, 0, 0, 0, 0]);
    let octets = address.octets();
    let inner = || Some(std::net::Ipv4Addr::from(<[u8; 4]>::try_from(octets.get(12..)?).ok()?));
    address.to_ipv4_mapped().or_else(|| if translated { inner() } else { None })
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn some_addresses_are_no_database() {
        for address in [
            "169.254.169.254",
            "224.0.0.1",
            "0.0.0.0",
            "::",
            "fe80::1",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
        ] {
            assert!(is_forbidden(address.parse().expect("an address")), "{address}");
        }
        for address in
            ["10.0.0.5", "192.168.1.2", "127.0.0.1", "::1", "fd00::1", "203.0.113.9", "64:ff9b::a00:1"]
        {
            assert!(!is_forbidden(address.parse().expect("an address")), "{address}");
        }
    }
}
