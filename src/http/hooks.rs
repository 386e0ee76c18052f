//! `/v1/hooks/git`: a git host tells that there is something new.
//!
//! What it sends is not read: the repository is asked. So a caller can cause a look, and nothing else.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{
    body::RawBody, face::Face, identity::Identity, params::NoParams, problem::Problem, reply::Json,
};
use crate::keys::Scope;

/// What was made of the call.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Accepted {
    /// The content is looked at now; `index.revision` of any answer tells when it is visible.
    accepted: bool,
}

/// Look for new commits
///
/// For the webhook of a git host. Needs a key with the scope `admin`, or the shared secret `git_hook_secret`: as GitHub's
/// or Gitea's signature (`X-Hub-Signature-256`, `X-Gitea-Signature`), or as GitLab's `X-Gitlab-Token`. The body is not read.
#[utoipa::path(
    post, path = "/v1/hooks/git", tag = "content", operation_id = "git_hook",
    responses(
        (status = 202, description = "The content is looked at now", body = Accepted),
        (status = 401, description = "Neither a key nor a signature that is right"),
        (status = 403, description = "The key lacks the scope `admin`"),
        (status = 413, description = "The body is too large"),
    ),
)]
pub(super) async fn git(
    State(face): State<Face>,
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
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "The key may not do this",
                "the key lacks the scope `admin`; ask the operator for one that has it",
            ));
        }
    }
    face.service().look();
    let accepted = Json::of(&Accepted { accepted: true })?;
    Ok((StatusCode::ACCEPTED, accepted).into_response())
}

fn unsigned() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "A valid key or signature is needed",
        "send a key with the scope `admin` as `Authorization: Bearer KEY`, or set git_hook_secret here and at the git host",
    )
}

/// Whether the host proves that it knows the secret.
fn is_signed(headers: &HeaderMap, body: &[u8], secret: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).map(axum::http::HeaderValue::as_bytes);
    let right = hex(&hmac(secret, body));
    let signature = header("x-hub-signature-256")
        .and_then(|given| given.strip_prefix(b"sha256="))
        .or_else(|| header("x-gitea-signature"));
    match (signature, header("x-gitlab-token")) {
        (Some(given), _) => same(given, right.as_bytes()),
        (None, Some(token)) => same(token, secret),
        (None, None) => false,
    }
}

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .into()
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
    fn signatures_are_those_of_rfc_4231() {
        let mac = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(
            hex(&mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = hmac(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
        );
        assert!(hex(&long).starts_with("60e431591ee0b67f"));
    }

    #[test]
    fn a_host_signs_or_sends_the_secret() {
        let check = |name: &'static str, value: &str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            assert_eq!(
                is_signed(&headers, b"{}", b"s3cret"),
                expected,
                "{name}: {value}"
            );
        };
        let right = hex(&hmac(b"s3cret", b"{}"));
        check("x-hub-signature-256", &format!("sha256={right}"), true);
        check("x-hub-signature-256", &right, false);
        check("x-hub-signature-256", "sha256=00", false);
        check("x-gitea-signature", &right, true);
        check("x-gitlab-token", "s3cret", true);
        check("x-gitlab-token", "secret", false);
        check("authorization", "s3cret", false);
    }
}
