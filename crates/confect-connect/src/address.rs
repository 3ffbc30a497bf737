//! What holds for the address of every kind of database.
//!
//! A connection over a network is encrypted and its certificate checked, unless the address says
//! `sslmode=disable`; what says neither yes nor no (`prefer`) is refused. Within the machine, over a socket or
//! the loopback, it is not encrypted unless asked for.
//! A host is resolved once, each address is checked, and that address is connected to: no name can lead to the
//! machine's own metadata service (link-local) or to a multicast group. Private addresses are where tills are.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use crate::Request;
use crate::error::{Cause, ConnectError};

/// How the line is kept safe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    /// Not at all.
    None,
    /// TLS; the certificate is checked against these authorities, or the system's.
    Tls { authorities: Option<PathBuf> },
}

impl Encryption {
    /// As the address asks for it with `sslmode` and `sslrootcert`; `within` the machine nobody listens in.
    pub(crate) fn of(
        within: bool,
        mode: Option<&str>,
        authorities: Option<PathBuf>,
    ) -> Result<Self, &'static str> {
        match mode {
            Some("disable") => Ok(Self::None),
            // `require` of the servers' own tools checks no certificate; here it does.
            Some("require" | "verify-ca" | "verify-full") => Ok(Self::Tls { authorities }),
            Some(_) => Err("`sslmode` is `disable`, `require` or `verify-full`"),
            None if within && authorities.is_none() => Ok(Self::None),
            None => Ok(Self::Tls { authorities }),
        }
    }
}

/// Whether a host is this machine.
pub(crate) fn is_within(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Refuses a host that the source does not allow.
pub(crate) fn check_allowed(request: &Request<'_>, host: &str) -> Result<(), ConnectError> {
    let allowed = &request.database.hosts;
    if allowed.is_empty() || allowed.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        return Ok(());
    }
    let message = format!("the address names the host `{host}`, which the source does not allow");
    let hint = "add it to `hosts` under `[source.database]`, if it is meant";
    Err(ConnectError::new(Cause::HostNotAllowed, request.source, message).hint(hint))
}

/// The addresses of a host, each checked.
pub(crate) async fn resolve(source: &str, host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectError> {
    let unknown = |why: String| {
        let message = format!("the host `{host}` cannot be found{why}");
        ConnectError::new(Cause::HostUnknown, source, message)
            .hint("check the host in the address, and that this machine can look it up")
    };
    let found = tokio::time::timeout(crate::attempt::CONNECT, tokio::net::lookup_host((host, port))).await;
    let found: Vec<_> =
        found.map_err(|_| unknown(String::new()))?.map_err(|_| unknown(String::new()))?.collect();
    if let Some(address) = found.iter().find(|address| is_forbidden(address.ip())) {
        return Err(unknown(format!(": `{}` is no address of a database", address.ip())));
    }
    if found.is_empty() { Err(unknown(String::new())) } else { Ok(found) }
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
