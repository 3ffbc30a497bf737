//! Encryption with rustls: the system's authorities or one file of them, names always checked.

use std::path::Path;
use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use crate::address::Encryption;
use crate::error::{Cause, ConnectError};

/// How lines are encrypted; also made, and not used, where there is no encryption.
pub(crate) fn client(
    source: &str,
    encryption: &Encryption,
    versions: &[&'static SupportedProtocolVersion],
) -> Result<ClientConfig, ConnectError> {
    let wrong = |why: String| ConnectError::new(Cause::Certificate, source, why);
    let roots = match encryption {
        Encryption::None => RootCertStore::empty(),
        Encryption::Tls { authorities: Some(path) } => from_file(path).map_err(wrong)?,
        Encryption::Tls { authorities: None } => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            roots
        }
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .map_err(|error| wrong(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

fn from_file(path: &Path) -> Result<RootCertStore, String> {
    let unreadable = |why: String| format!("`sslrootcert` cannot be read: {why}");
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))? {
        let certificate = certificate.map_err(|error| unreadable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unreadable(error.to_string()))?;
    }
    if roots.is_empty() { Err(unreadable("it holds no certificate".to_owned())) } else { Ok(roots) }
}
