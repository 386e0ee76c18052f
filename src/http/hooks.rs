//! `/v1/hooks/git`: the webhook by which a git host reports new commits.
//!
//! The body is not read; the repository is fetched instead. So all that a caller can cause is a fetch.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use ring::hmac;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    body::RawBody,
    identity::{Identity, forbidden},
    params::NoParams,
    problem::Problem,
    reply::Json,
    state::AppState,
};
use crate::keys::Scope;

/// The webhook result.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct HookResponse {
    /// A content update has started; `index.revision` in any response shows when it is visible.
    accepted: bool,
}

/// Trigger a content update
///
/// For Git host webhooks. Requires a key with the `admin` scope or the shared secret `git_hook_secret`, sent as a GitHub or
/// Gitea signature (`X-Hub-Signature-256`, `X-Gitea-Signature`) or as GitLab's `X-Gitlab-Token`. The body is not parsed.
#[utoipa::path(
    post, path = "/v1/hooks/git", tag = "content", operation_id = "git_hook",
    responses(
        (status = 202, description = "Content update started", body = HookResponse),
        (status = 401, description = "API key or signature missing or invalid"),
        (status = 403, description = "The key lacks the `admin` scope"),
        (status = 413, description = "The request body is too large"),
    ),
)]
pub(super) async fn git(
    State(face): State<AppState>,
    identity: Identity,
    headers: HeaderMap,
    _: NoParams,
    RawBody(body): RawBody,
) -> Result<Response, Problem> {
    let secret = &face.settings().hook_secret;
    let signed = !secret.is_empty() && is_signed(&headers, &body, secret.as_bytes());
    if !signed {
        let who = identity.known().ok_or_else(unsigned)?;
        if !who.grant().has(Scope::Admin) {
            return Err(forbidden(Scope::Admin));
        }
    }
    face.service().look();
    let accepted = Json::of(&HookResponse { accepted: true })?;
    Ok((StatusCode::ACCEPTED, accepted).into_response())
}

fn unsigned() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "send a key with the scope `admin` as `Authorization: Bearer KEY`, or set git_hook_secret here and at the git host",
    )
}

/// Whether the host proves that it knows the secret.
fn is_signed(headers: &HeaderMap, body: &[u8], secret: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).map(axum::http::HeaderValue::as_bytes);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let right = hex(hmac::sign(&key, body).as_ref());
    let signature = header("x-hub-signature-256")
        .and_then(|given| given.strip_prefix(b"sha256="))
        .or_else(|| header("x-gitea-signature"));
    match (signature, header("x-gitlab-token")) {
        (Some(given), _) => same(given, right.as_bytes()),
        (None, Some(token)) => same(token, secret),
        (None, None) => false,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Equality that takes as long for a wrong guess as for a right one.
fn same(a: &[u8], b: &[u8]) -> bool {
    blake3::hash(a) == blake3::hash(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_signs_or_sends_the_secret() {
        let check = |name: &'static str, value: &str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(
                is_signed(&headers, b"what do ya want for nothing?", b"Jefe"),
                expected,
                "{name}: {value}"
            );
        };
        // RFC 4231, test case 2.
        let right = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        check("x-hub-signature-256", &format!("sha256={right}"), true);
        check("x-hub-signature-256", right, false);
        check("x-hub-signature-256", "sha256=00", false);
        check("x-gitea-signature", right, true);
        check("x-gitlab-token", "Jefe", true);
        check("x-gitlab-token", "secret", false);
        check("authorization", "Jefe", false);
    }
}
