//! Requests to services that the operator named: to those alone, in their time.

use std::time::Duration;

use ureq::{Agent, config::ConfigBuilder, typestate::AgentScope};

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
