//! The keys that say where the server stands in a network: checked, and brought to one form.

use http::HeaderValue;

use super::{ConfigError, Written};
use crate::http::{Network, parse_base, parse_proxy, parse_public_url};

/// What the keys mean together.
pub(super) fn read(written: &Written) -> Result<Network, ConfigError> {
    let invalid = |key: &'static str| move |problem: String| ConfigError::Invalid { key, problem };
    let proxies = written.trusted_proxies.iter().map(|text| parse_proxy(text));
    let origins = written.cors_origins.iter().map(|text| origin(text));
    Ok(Network {
        trusted_proxies: proxies
            .collect::<Result<_, _>>()
            .map_err(invalid("trusted_proxies"))?,
        forwarding: written.forwarding,
        public_url: parse_public_url(&written.public_url).map_err(invalid("public_url"))?,
        base_path: parse_base(&written.base_path).map_err(invalid("base_path"))?,
        cors_origins: origins
            .collect::<Result<_, _>>()
            .map_err(invalid("cors_origins"))?,
    })
}

/// An origin as browsers write it, or `*`.
fn origin(text: &str) -> Result<HeaderValue, String> {
    let problem = || format!("`{text}` is no origin such as https://desk.example.com, nor `*`");
    let plain = if text == "*" {
        text.to_owned()
    } else {
        parse_public_url(text)
            .map_err(|_| problem())?
            .to_ascii_lowercase()
    };
    HeaderValue::from_str(&plain)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or_else(problem)
}
