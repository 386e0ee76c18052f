//! The configuration of account sources, and its validation at start.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use ureq::http::{Uri, uri::Scheme};

use super::template::CUSTOMER;

/// Maximum timeout of a source, in milliseconds: the time in which an agent greets the caller.
const MAX_TIMEOUT_MS: u64 = 10_000;

/// One source, as configured.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// Its name in gaps, logs and metrics.
    pub name: String,
    /// Address with `{customer_id}` in its path or query.
    pub url: String,
    /// Headers; `${NAME}` is replaced by the environment variable NAME.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON pointer to the object within the answer; empty for the whole.
    #[serde(default)]
    pub pick: String,
    /// Place in the account, such as `billing` or `crm.contact`; empty for the account itself.
    #[serde(default)]
    pub into: String,
    /// Timeout for the whole answer, in milliseconds.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Seconds for which an answer is cached; 0 disables the cache.
    #[serde(default = "cache_secs")]
    pub cache_secs: u64,
    /// Consecutive failures that open the circuit breaker.
    #[serde(default = "failures")]
    pub failures: u32,
    /// Seconds for which the circuit breaker stays open.
    #[serde(default = "pause_secs")]
    pub pause_secs: u64,
}

fn timeout_ms() -> u64 {
    1_000
}

fn cache_secs() -> u64 {
    60
}

fn failures() -> u32 {
    5
}

fn pause_secs() -> u64 {
    30
}

/// Why sources cannot be used as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountsError {
    /// A setting is invalid.
    #[error("account source {source_name:?} {problem}")]
    Invalid {
        /// The source.
        source_name: String,
        /// The problem and the expected value.
        problem: String,
    },
    /// The address names a host that is not allowed.
    #[error(
        "account source {source_name:?} asks {host}, which account_hosts does not list: add it there"
    )]
    Host {
        /// The source.
        source_name: String,
        /// Host and port.
        host: String,
    },
    /// A secret is not in the environment.
    #[error(
        "account source {source_name:?} needs the environment variable {variable}: set it before the start"
    )]
    Secret {
        /// The source.
        source_name: String,
        /// The variable.
        variable: String,
    },
}

impl AccountsError {
    /// A setting is invalid.
    pub(super) fn invalid(source: &str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            source_name: source.to_owned(),
            problem: problem.into(),
        }
    }
}

/// Whether all sources have different names.
pub(super) fn check_names(settings: &[SourceSettings]) -> Result<(), AccountsError> {
    let mut seen = HashSet::new();
    for source in settings {
        if source.name.trim().is_empty() || !seen.insert(&source.name) {
            return Err(AccountsError::invalid(
                &source.name,
                "needs a name of its own",
            ));
        }
    }
    Ok(())
}

/// Whether a source's settings are valid, and its host is allowed.
pub(super) fn check(settings: &SourceSettings, hosts: &[String]) -> Result<(), AccountsError> {
    let invalid = |problem: &str| Err(AccountsError::invalid(&settings.name, problem));
    let (before, _) = match settings.url.split_once(CUSTOMER) {
        Some(parts) => parts,
        None => return invalid("needs {customer_id} in its url"),
    };
    let Ok(uri) = settings.url.replace(CUSTOMER, "x").parse::<Uri>() else {
        return invalid("has a url that is no address");
    };
    let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
        return invalid("needs a url that begins with https:// or http:// and a host");
    };
    if *scheme != Scheme::HTTPS && *scheme != Scheme::HTTP {
        return invalid("needs a url that begins with https:// or http://");
    }
    // The host must end before the first placeholder: a customer id must not choose the host.
    let fixed = before.splitn(4, '/').count() == 4 || before.contains('?');
    // The part after # is never sent: every customer would have the same account.
    if !fixed || settings.url.contains(['@', '#']) {
        return invalid(
            "may have {customer_id} in its path or query alone, and no user name and no #",
        );
    }
    if settings.timeout_ms == 0 || settings.timeout_ms > MAX_TIMEOUT_MS {
        return invalid(&format!("must have timeout_ms from 1 to {MAX_TIMEOUT_MS}"));
    }
    if settings.failures == 0 {
        return invalid("must have failures of 1 or more");
    }
    if !(settings.pick.is_empty() || settings.pick.starts_with('/')) {
        return invalid("needs a pick that is a JSON pointer, such as /data/0");
    }
    if settings.into.split('.').any(str::is_empty) && !settings.into.is_empty() {
        return invalid("needs an into of names with dots between, such as crm.contact");
    }
    let port = authority.port_u16().unwrap_or(default_port(scheme));
    let is_allowed = |host: &String| allows(host, authority.host(), port, default_port(scheme));
    if hosts.iter().any(is_allowed) {
        Ok(())
    } else {
        Err(AccountsError::Host {
            source_name: settings.name.clone(),
            host: format!("{}:{port}", authority.host()),
        })
    }
}

fn default_port(scheme: &Scheme) -> u16 {
    if *scheme == Scheme::HTTPS { 443 } else { 80 }
}

/// An entry without a port means the default port.
fn allows(entry: &str, host: &str, port: u16, usual: u16) -> bool {
    let (name, given) = match entry.rsplit_once(':') {
        Some((name, digits))
            if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) =>
        {
            (name, digits.parse().ok())
        }
        _ => (entry, Some(usual)),
    };
    name.eq_ignore_ascii_case(host) && given == Some(port)
}
