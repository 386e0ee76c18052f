//! Origin checks: which pages may talk to this server, since a browser runs other people's pages too.
//!
//! Two checks. On loopback without keys the Host must be a loopback name; otherwise a foreign name that resolves to
//! 127.0.0.1 (DNS rebinding) would turn its page into ours. And a request that changes something, or opens a WebSocket
//! (which no same-origin rule protects), must not come from a page of another origin, unless it brings a key.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{network::Network, problem::Problem, state::AppState};

/// Bytes of a Host that is repeated: no name has more (RFC 1035, section 2.3.4), and a sign-in keeps it.
const MAX_HOST: usize = 255;

/// Whether another origin's page sent this, and none whose origin the operator lists, with a key of its own.
pub(super) fn is_unwelcome(face: &AppState, headers: &HeaderMap, host: Option<&str>) -> bool {
    let listed = headers
        .get(header::ORIGIN)
        .is_some_and(|origin| face.settings().network.allows_origin(origin));
    !(listed && brings_key(face, headers)) && is_foreign(&face.settings().network, headers, host)
}

/// Whether whoever sends this knows a key: nobody does where none is needed, since any text would be taken for one. A
/// password (`Basic`) proves nothing: browsers add it to other pages' requests too.
fn brings_key(face: &AppState, headers: &HeaderMap) -> bool {
    !face.is_open() && has_bearer(headers)
}

fn has_bearer(headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION);
    let scheme = given.and_then(|given| given.as_bytes().split(|byte| *byte == b' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// The layer.
pub(super) async fn check(State(face): State<AppState>, request: Request, next: Next) -> Response {
    if face.is_open() {
        let named = host(&request);
        if named.is_some_and(|host| !is_loopback(host)) {
            let detail = "this server answers to localhost, 127.0.0.1 and [::1] only; make a key with `cuecard keys add` to serve other names";
            return Problem::new(StatusCode::FORBIDDEN, "host_not_allowed", detail).into_response();
        }
    }
    let safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let guarded = !safe || request.headers().contains_key(header::UPGRADE);
    let headers = request.headers();
    let is_foreign = is_foreign(&face.settings().network, headers, host(&request));
    if guarded && is_foreign && !brings_key(&face, headers) {
        let detail = "a page of another origin may not do this; send a key in the Authorization header instead of a cookie";
        return Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed", detail).into_response();
    }
    next.run(request).await
}

/// Scheme and host as the client knows them: the operator's word, else the request's. Whoever lies about them only misleads
/// themselves.
pub(super) fn public(network: &Network, headers: &HeaderMap) -> String {
    if !network.public_url.is_empty() {
        return network.public_url.clone();
    }
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = said(header::HOST.as_str())
        .filter(|host| host.len() <= MAX_HOST)
        .and_then(|host| host.parse::<Authority>().ok());
    let scheme = match said("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    host.map_or_else(String::new, |host| format!("{scheme}://{host}"))
}

/// The host that a request names.
pub(super) fn host(request: &Request) -> Option<&str> {
    let named = request
        .headers()
        .get(header::HOST)
        .map(|value| value.to_str().unwrap_or("?"));
    named.or_else(|| request.uri().authority().map(Authority::as_str))
}

/// Whether a host with or without a port is this machine.
fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether a browser says that another origin's page sent this. Programs say nothing, and are not foreign. Behind a proxy
/// that names another host, `public_url` is our origin.
fn is_foreign(network: &Network, headers: &HeaderMap, host: Option<&str>) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return false;
    };
    let origin = origin.to_str().unwrap_or("null");
    if origin == network.public_url {
        return false;
    }
    let from = origin.split_once("://").map(|(_, authority)| authority);
    match (from, host) {
        (Some(from), Some(host)) => !from.eq_ignore_ascii_case(host),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn loopback_has_three_names() {
        let check = |host: &str, expected: bool| assert_eq!(is_loopback(host), expected, "{host}");
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:1",
            "127.9.9.9",
            "[::1]",
            "[::1]:8080",
        ] {
            check(host, true);
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "",
            "a b",
            "0.0.0.0",
        ] {
            check(host, false);
        }
    }

    #[test]
    fn a_host_that_is_no_name_is_not_repeated() {
        let check = |host: &str, expected: &str| {
            let value = HeaderValue::from_str(host).unwrap();
            let headers = HeaderMap::from_iter([(header::HOST, value)]);
            assert_eq!(public(&Network::default(), &headers), expected, "{host}");
        };
        check("kb.example:8080", "http://kb.example:8080");
        check(&"x".repeat(MAX_HOST + 1), "");
    }

    #[test]
    fn only_a_bearer_is_sure_to_be_no_other_page() {
        let check = |value: Option<&'static str>, expected: bool| {
            let given = value.map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value)));
            let headers = HeaderMap::from_iter(given);
            assert_eq!(has_bearer(&headers), expected, "{value:?}");
        };
        check(Some("Bearer cue_x"), true);
        check(Some("bearer cue_x"), true);
        check(Some("Basic Y3VlY2FyZDpjdWVfeA=="), false);
        check(Some(""), false);
        check(None, false);
    }

    #[test]
    fn a_browser_tells_whose_page_it_is() {
        let network = Network {
            public_url: "https://kb.example".into(),
            ..Network::default()
        };
        let check = |name: &'static str, value: &'static str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            assert_eq!(
                is_foreign(&network, &headers, Some("localhost:8080")),
                expected,
                "{name}: {value}"
            );
        };
        check("origin", "https://kb.example", false);
        check("origin", "http://kb.example", true);
        check("origin", "http://localhost:8080", false);
        check("origin", "http://localhost:9090", true);
        check("origin", "https://evil.example", true);
        check("origin", "null", true);
        check("sec-fetch-site", "same-origin", false);
        check("sec-fetch-site", "none", false);
        check("sec-fetch-site", "same-site", true);
        check("sec-fetch-site", "cross-site", true);
        check("accept", "*/*", false);
    }
}
