//! The HTTP client for services that the operator configured: it connects to no others, and within a time limit.

use std::time::Duration;

use ureq::{Agent, config::ConfigBuilder, typestate::AgentScope};
use url::{Host, Url};

/// A client that follows no redirect, since nobody but the named host is asked; gives up a request, its answer's body
/// included, after `timeout`; and takes every status for an answer. It goes through the proxy of the environment
/// (`HTTPS_PROXY` and the like) unless told otherwise.
pub fn client(timeout: Duration) -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .user_agent("cuecard")
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
