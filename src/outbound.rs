//! The HTTP client for services that the operator configured: it connects to no others, and within a time limit.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use ureq::{
    Agent,
    config::ConfigBuilder,
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
    typestate::AgentScope,
};
use url::{Host, Url};

/// Whose certificates are trusted, where the operator says so.
static TRUSTED: OnceLock<RootCerts> = OnceLock::new();

/// Sets whose certificates [`client`] trusts in place of those that browsers trust, before the first client is made; a
/// second time changes nothing.
pub fn set_trusted(roots: RootCerts) {
    let _ = TRUSTED.set(roots);
}

/// The certificates of a file.
///
/// # Errors
/// When it cannot be read or has none.
pub fn roots(file: &Path) -> Result<RootCerts, String> {
    let text = std::fs::read(file).map_err(|error| error.to_string())?;
    let mut certificates = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(one) = item.map_err(|error| error.to_string())? {
            certificates.push(one);
        }
    }
    if certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    Ok(RootCerts::Specific(Arc::new(certificates)))
}

/// The configuration of TLS with these roots, or the common ones.
#[must_use]
pub fn tls(roots: Option<RootCerts>) -> TlsConfig {
    let config = TlsConfig::builder();
    match roots.or_else(|| TRUSTED.get().cloned()) {
        Some(roots) => config.root_certs(roots).build(),
        None => config.build(),
    }
}

/// A client that follows no redirect, since nobody but the named host is asked; gives up a request, its answer's body
/// included, after `timeout`; and takes every status for an answer. It goes through the proxy of the environment
/// (`HTTPS_PROXY` and the like), and trusts the common certificates, unless told otherwise.
pub fn client(timeout: Duration) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent("cuecard")
        .tls_config(tls(None))
}

/// Whether an address is of this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_s_certificates_take_the_place_of_the_common_ones() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let of_file = |text: &str| {
            std::fs::write(&file, text).unwrap();
            roots(&file)
        };
        assert!(roots(&file).is_err() && of_file("no certificate").is_err());
        let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        set_trusted(of_file(&pem.repeat(2)).unwrap());
        let client = client(Duration::ZERO).build();
        let RootCerts::Specific(trusted) = client.tls_config().root_certs() else {
            panic!("the common ones")
        };
        assert_eq!(trusted.len(), 2);
    }
}
