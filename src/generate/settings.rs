//! Settings of text generation.

use serde::Deserialize;
use ureq::http::{Uri, uri::Scheme};

/// Seconds of the longest answer: a request is given up after 30.
const MAX_TIMEOUT_SECS: u64 = 25;

/// What the operator decides about generative help.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Address of an OpenAI-compatible API, as `https://host/v1`; empty: there is none, and nothing is generated.
    pub url: String,
    /// The model, as the endpoint names it.
    pub model: String,
    /// Name of the environment variable with the key; where it is not set no key is sent.
    pub key_env: String,
    /// Seconds for one whole text.
    pub timeout_secs: u64,
    /// Passages that a text may rest on.
    pub passages: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            url: String::new(),
            model: String::new(),
            key_env: "CUECARD_GENERATE_KEY".to_owned(),
            timeout_secs: 20,
            passages: 5,
        }
    }
}

impl Settings {
    /// Whether there is an endpoint.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.url.is_empty()
    }

    /// What is out of its range, as (key, problem).
    #[must_use]
    pub fn flaw(&self) -> Option<(&'static str, String)> {
        if !self.is_on() {
            return None;
        }
        let is_address = self.url.parse::<Uri>().is_ok_and(|uri| {
            let known = [Some(&Scheme::HTTP), Some(&Scheme::HTTPS)];
            known.contains(&uri.scheme()) && uri.query().is_none()
        });
        if !is_address {
            let problem = format!("`{}` is not an address such as https://host/v1", self.url);
            return Some(("generate.url", problem));
        }
        if self.model.trim().is_empty() {
            let problem = "must name the endpoint's model".to_owned();
            return Some(("generate.model", problem));
        }
        if !(1..=MAX_TIMEOUT_SECS).contains(&self.timeout_secs) {
            let problem = format!("must be 1 to {MAX_TIMEOUT_SECS}, not {}", self.timeout_secs);
            return Some(("generate.timeout_secs", problem));
        }
        if !(1..=20).contains(&self.passages) {
            let problem = format!("must be 1 to 20, not {}", self.passages);
            return Some(("generate.passages", problem));
        }
        None
    }
}
