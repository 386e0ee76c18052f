//! Network settings of the server: trusted proxies, public address, and origins of pages.

use std::net::IpAddr;

use axum::{
    extract::Request,
    http::{HeaderValue, Uri, uri::PathAndQuery},
};
use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

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
    /// Origins of pages that may show the page in a frame: `https://crm.example.com`.
    pub frame_parents: Vec<String>,
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
/// For anything else; the text tells what it must look like.
pub fn parse_proxy(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| address()).map_err(|_| {
        format!("`{text}` is neither an address such as 10.0.0.7 nor a network such as 10.0.0.0/8")
    })
}

/// What every path begins with: empty, or `/` and a name, without a `/` at its end.
///
/// # Errors
/// For anything else; the text tells what it must look like.
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

/// An origin as browsers write it, such as `https://kb.example.com`: in lower case, without a slash at its end or the
/// scheme's own port. It may stand in a header.
///
/// # Errors
/// For whatever has more than scheme, host and port.
pub fn parse_origin(text: &str) -> Result<String, String> {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.:[]/".contains(&b);
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && (url.path(), url.query(), url.fragment()) == ("/", None, None)
            && (url.username(), url.password()) == ("", None)
    });
    url.map(|url| url.origin().ascii_serialization())
        .filter(|origin| origin.bytes().all(is_plain))
        .ok_or_else(|| format!("`{text}` is no origin such as https://kb.example.com"))
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
        let origin = |text: &str| parse_origin(text).ok();
        for (text, expected) in [
            ("https://kb.example.com", "https://kb.example.com"),
            ("https://KB.example.com/", "https://kb.example.com"),
            ("https://kb.example.com:443", "https://kb.example.com"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:9000", "http://[::1]:9000"),
        ] {
            assert_eq!(origin(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "https://",
            "kb.example.com",
            "ftp://kb.example",
            "https://kb.example/x",
            "https://kb.example?x",
            "https://a@kb.example",
            "https://*.example.com",
            "https://a.example; script-src *",
            "javascript:x",
        ] {
            assert_eq!(origin(text), None, "{text}");
        }
        assert!(
            parse_proxy("10.0.0.0/8").is_ok()
                && parse_proxy("::1").is_ok()
                && parse_proxy("proxy").is_err()
        );
    }
}
