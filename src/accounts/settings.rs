//! The configuration of account sources, and its validation at start.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;
use ureq::http::{Uri, uri::Scheme};

use super::template::CUSTOMER;

/// Longest wait for a source, in milliseconds: an agent has said their name by then.
const MAX_TIMEOUT_MS: u64 = 10_000;

/// One source, as written.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// Names it in gaps, logs and metrics.
    pub name: String,
    /// Address with `{customer_id}` in its path or query.
    pub url: String,
    /// Headers; `${NAME}` stands for the environment variable NAME.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// JSON pointer to the object within the answer; empty for the whole.
    #[serde(default)]
    pub pick: String,
    /// Where in the account it goes, as `billing` or `crm.contact`; empty for the account itself.
    #[serde(default)]
    pub into: String,
    /// Milliseconds to wait for the whole answer.
    #[serde(default = "timeout_ms")]
    pub timeout_ms: u64,
    /// Seconds that an answer is good for; 0 asks every time.
    #[serde(default = "cache_secs")]
    pub cache_secs: u64,
    /// Failures in a row after which the source is left alone.
    #[serde(default = "failures")]
    pub failures: u32,
    /// Seconds that it is left alone.
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
    /// A setting makes no sense.
    #[error("account source {source_name:?} {problem}")]
    Invalid {
        /// The source.
        source_name: String,
        /// What is wrong and what it must be.
        problem: String,
    },
    /// The address leads to a host that is not allowed.
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
    /// A setting makes no sense.
    pub(super) fn invalid(source: &str, problem: impl Into<String>) -> Self {
        Self::Invalid {
            source_name: source.to_owned(),
            problem: problem.into(),
        }
    }
}

/// Whether every source has a name of its own.
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

/// Whether a source's settings make sense, and its host is allowed.
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
    // The host must end before the first hole: nobody who calls may choose who is asked.
    let fixed = before.splitn(4, '/').count() == 4 || before.contains('?');
    // What follows a # is never sent: every customer would have the same account.
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

/// An entry without a port means the usual one.
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
