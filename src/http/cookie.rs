//! Session cookies: read from a request, and set so that scripts, other sites and unencrypted connections do not get
//! them.

use std::time::Duration;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};

use super::state::AppState;

/// What a browser sends by itself to our own pages only.
pub(super) const SESSION: &str = "cuecard_session";

/// What the names of those begin with that it also sends when another site leads it here: the identity provider does.
pub(super) const LOGIN: &str = "cuecard_login_";

/// The value of that cookie.
pub(super) fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    pairs(headers).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

/// Names of the cookies that begin so; browsers send the oldest first.
pub(super) fn names<'a>(headers: &'a HeaderMap, prefix: &str) -> Vec<&'a str> {
    let names = pairs(headers).filter_map(|pair| pair.split('=').next());
    names.filter(|name| name.starts_with(prefix)).collect()
}

fn pairs(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lines = headers.get_all(header::COOKIE).iter();
    lines
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';').map(str::trim))
}

/// Sets a cookie for so long; none at all ends it.
pub(super) fn set(
    face: &AppState,
    request: &HeaderMap,
    response: &mut Response,
    (name, value): (&str, &str),
    lifetime: Duration,
) {
    let network = &face.settings().network;
    // Said by a trusted proxy that speaks TLS for us, or by the operator.
    let is_secure = network.public_url.starts_with("https:")
        || request
            .get("x-forwarded-proto")
            .is_some_and(|proto| proto == "https");
    let is_framed = !face.settings().network.frame_parents.is_empty();
    let reach = match (name.starts_with(LOGIN), is_secure) {
        (true, false) => "SameSite=Lax",
        (true, true) => "SameSite=Lax; Secure",
        (false, false) => "SameSite=Strict",
        // Partitioned: what a frame of one site begins is of no use under another.
        (false, true) if is_framed => "SameSite=None; Secure; Partitioned",
        (false, true) => "SameSite=Strict; Secure",
    };
    let cookie = format!(
        "{name}={value}; Path={}/; HttpOnly; {reach}; Max-Age={}",
        network.base_path,
        lifetime.as_secs(),
    );
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_found_among_other_cookies() {
        let check = |line: &'static str, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_static(line));
            assert_eq!(get(&headers, SESSION), expected, "{line}");
        };
        check("cuecard_session=abc", Some("abc"));
        check("theme=dark; cuecard_session=abc; x=y", Some("abc"));
        check("cuecard_session_old=abc", None);
        check("theme=dark", None);
    }
}
