//! Where the server stands in a network, as the operator sets it: behind which proxies, under which address, for whose pages.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{HeaderValue, Uri, uri::PathAndQuery},
};
use ipnet::IpNet;
use serde::Deserialize;

/// Stands for every origin in `cors_origins`.
const ANY_ORIGIN: &str = "*";

/// Where the server stands.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The headers that they write.
    pub forwarding: Forwarding,
    /// Scheme and host under which people reach the server, such as `https://kb.example.com`; empty where requests say it.
    pub public_url: String,
    /// What every path begins with, such as `/cuecard`; empty for none.
    pub base_path: String,
    /// Origins whose pages may use the API with a key of their own.
    pub cors_origins: Vec<HeaderValue>,
}

/// Headers by which proxies tell of their clients. Only one kind is read: most proxies pass the other on as it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub enum Forwarding {
    /// `X-Forwarded-For`, `-Proto` and `-Host`.
    #[default]
    #[serde(rename = "x-forwarded")]
    XForwarded,
    /// `Forwarded` (RFC 7239).
    #[serde(rename = "forwarded")]
    Forwarded,
}

impl Network {
    /// Whether pages of that origin may use the API.
    pub(super) fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let mut allowed = self.cors_origins.iter();
        allowed.any(|allowed| allowed == ANY_ORIGIN || allowed == origin)
    }
}

/// The request as it would be without a base path. One that has none is left as it is.
pub(super) fn without_base(mut request: Request, base: &str) -> Request {
    let asked = request
        .uri()
        .path_and_query()
        .map_or("/", PathAndQuery::as_str);
    let rest = match asked.strip_prefix(base) {
        Some(rest) if rest.is_empty() || rest.starts_with('?') => format!("/{rest}"),
        Some(rest) if rest.starts_with('/') => rest.to_owned(),
        _ => return request,
    };
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = rest.parse().ok();
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
    request
}

/// A proxy: an address or a network such as `10.0.0.0/8`.
///
/// # Errors
/// Says what it must look like.
pub fn parse_proxy(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| address()).map_err(|_| {
        format!("`{text}` is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/8")
    })
}

/// What every path begins with: empty, or `/` and a name, without a `/` at its end.
///
/// # Errors
/// Says what it must look like.
pub fn parse_base(text: &str) -> Result<String, String> {
    let base = text.trim_end_matches('/');
    let is_plain = |name: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
        !name.is_empty() && name.chars().all(plain) && !name.chars().all(|c| c == '.')
    };
    let names = base
        .strip_prefix('/')
        .map(|names| names.split('/').all(is_plain));
    if base.is_empty() || names == Some(true) {
        return Ok(base.to_owned());
    }
    Err(format!(
        "`{text}` is no path such as /cuecard, of letters, digits, `-`, `_`, `.` and `~`"
    ))
}

/// Scheme and host under which people reach the server; empty, or such as `https://kb.example.com`.
///
/// # Errors
/// Says what it must look like.
pub fn parse_public_url(text: &str) -> Result<String, String> {
    let url = text.trim_end_matches('/');
    let parsed = url.parse::<Uri>().ok();
    let is_origin = parsed.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.path() == "/"
            && uri.query().is_none()
            && uri
                .authority()
                .is_some_and(|authority| !authority.as_str().contains('@'))
    });
    if url.is_empty() || is_origin {
        return Ok(url.to_owned());
    }
    Err(format!(
        "`{text}` is no scheme and host such as https://kb.example.com; the path goes into base_path"
    ))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn the_base_is_taken_off_whole_names_only() {
        let check = |asked: &str, expected: &str| {
            let request = Request::builder().uri(asked).body(Body::empty()).unwrap();
            assert_eq!(without_base(request, "/kb").uri(), expected, "{asked}");
        };
        check("/kb", "/");
        check("/kb?q=x", "/?q=x");
        check("/kb/", "/");
        check("/kb/v1/search?q=/kb/x", "/v1/search?q=/kb/x");
        check("/kb/kb/x", "/kb/x");
        check("/kbx/v1", "/kbx/v1");
        check("/v1/topics", "/v1/topics");
        check("/kb/articles/a%2Fb", "/articles/a%2Fb");
        check("/kb//evil.example/x", "//evil.example/x");
    }

    #[test]
    fn addresses_are_checked() {
        let base = |text: &str| parse_base(text).ok();
        assert_eq!(base(""), Some(String::new()));
        assert_eq!(base("/"), Some(String::new()));
        assert_eq!(base("/cuecard/"), Some("/cuecard".into()));
        assert_eq!(base("/tools/kb"), Some("/tools/kb".into()));
        for text in [
            "kb",
            "//evil.example",
            "/a//b",
            "/../x",
            "/a b",
            "/<x>",
            "/x?y",
            "/x\"y",
        ] {
            assert_eq!(base(text), None, "{text}");
        }
        let url = |text: &str| parse_public_url(text).ok();
        assert_eq!(url(""), Some(String::new()));
        assert_eq!(
            url("https://kb.example.com/"),
            Some("https://kb.example.com".into())
        );
        assert_eq!(
            url("http://localhost:8080"),
            Some("http://localhost:8080".into())
        );
        for text in [
            "kb.example.com",
            "ftp://kb.example",
            "https://kb.example/x",
            "https://a@kb.example",
            "javascript:x",
        ] {
            assert_eq!(url(text), None, "{text}");
        }
        assert!(
            parse_proxy("10.0.0.0/8").is_ok()
                && parse_proxy("::1").is_ok()
                && parse_proxy("proxy").is_err()
        );
    }
}
