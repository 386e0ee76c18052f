//! The keys of the server's place in the network, validated and normalised.

use http::HeaderValue;

use super::{ConfigError, Written};
use crate::http::{Network, parse_base, parse_origin, parse_proxy};

/// What the keys mean together.
pub(super) fn read(written: &Written) -> Result<Network, ConfigError> {
    let invalid = |key: &'static str| move |problem: String| ConfigError::Invalid { key, problem };
    let proxies = written.trusted_proxies.iter().map(|text| parse_proxy(text));
    let origins = written.cors_origins.iter().map(|text| origin_or_any(text));
    let parents = written.frame_parents.iter().map(|text| parse_origin(text));
    let public_url = Some(written.public_url.as_str()).filter(|url| !url.is_empty());
    Ok(Network {
        trusted_proxies: proxies
            .collect::<Result<_, _>>()
            .map_err(invalid("trusted_proxies"))?,
        forwarding: written.forwarding,
        public_url: public_url
            .map_or_else(|| Ok(String::new()), parse_origin)
            .map_err(|problem| format!("{problem}; the path goes into base_path"))
            .map_err(invalid("public_url"))?,
        base_path: parse_base(&written.base_path).map_err(invalid("base_path"))?,
        cors_origins: origins
            .collect::<Result<_, _>>()
            .map_err(invalid("cors_origins"))?,
        frame_parents: parents
            .collect::<Result<_, _>>()
            .map_err(invalid("frame_parents"))?,
    })
}

/// An origin, or `*`.
fn origin_or_any(text: &str) -> Result<HeaderValue, String> {
    if text == "*" {
        return Ok(HeaderValue::from_static("*"));
    }
    let problem = |problem| format!("{problem}, nor `*`");
    let origin = parse_origin(text).map_err(problem)?;
    HeaderValue::try_from(origin).map_err(|error| error.to_string())
}
