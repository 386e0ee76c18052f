//! Who asks: a key in the header, a session's cookie, or nobody but this machine's user.
//!
//! Owns turning a request into a [`Grant`] and holding routes to scopes. Leaves what keys are to `keys`.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::Utc;

use super::{face::Face, problem::Problem, session};
use crate::{
    keys::{Grant, KeyHash, Scope},
    live,
};

/// Who asks, found out once a request.
#[derive(Debug, Clone)]
pub(super) struct Identity(Result<Who, Problem>);

/// Somebody with rights.
#[derive(Debug, Clone)]
pub(super) struct Who {
    grant: Arc<Grant>,
    /// The key, unless none is needed: streams ask again whether it is still good.
    key: Option<KeyHash>,
}

impl Who {
    /// What they may do and see.
    pub(super) fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Whether they are this machine's user, on a server without keys.
    pub(super) fn needs_no_key(&self) -> bool {
        self.key.is_none()
    }

    /// Whether their key is still good.
    pub(super) fn still(&self, face: &Face) -> bool {
        match self.key {
            Some(key) => face.keys().grant(key, Utc::now()).is_ok(),
            None => !face.keys().in_use(),
        }
    }

    /// How the desk knows them.
    pub(super) fn caller(&self) -> live::Caller {
        let grant = self.grant();
        live::Caller {
            name: grant.name.clone(),
            admin: grant.is_admin(),
            audience: grant.audience.clone(),
        }
    }
}

impl Identity {
    /// Somebody, where a key was given and is good or none is needed.
    pub(super) fn known(&self) -> Option<&Who> {
        self.0.as_ref().ok()
    }
}

/// Finds out who asks and leaves it with the request; whether they may, `need` decides.
pub(super) async fn identify(
    State(face): State<Face>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = Identity(recognise(&face, request.headers()));
    request.extensions_mut().insert(identity);
    next.run(request).await
}

/// Lets a request pass only with a scope.
pub(super) async fn need(scope: Scope, mut request: Request, next: Next) -> Response {
    let identity = request
        .extensions()
        .get::<Identity>()
        .cloned()
        .unwrap_or_else(nobody);
    match identity.0 {
        Err(refusal) => refusal.into_response(),
        Ok(who) if !who.grant().has(scope) => forbidden(scope).into_response(),
        Ok(who) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
    }
}

/// The identity behind a key's text.
///
/// # Errors
/// 401 when it opens nothing.
pub(super) fn by_key(face: &Face, text: &str) -> Result<Who, Problem> {
    by_hash(face, KeyHash::of(text))
}

fn by_hash(face: &Face, key: KeyHash) -> Result<Who, Problem> {
    match face.keys().grant(key, Utc::now()) {
        Ok(grant) => Ok(Who {
            grant,
            key: Some(key),
        }),
        Err(denied) => Err(unauthorized(denied.to_string())),
    }
}

fn recognise(face: &Face, headers: &HeaderMap) -> Result<Who, Problem> {
    if !face.keys().in_use() && face.is_local() {
        return Ok(Who {
            grant: Arc::new(Grant::local()),
            key: None,
        });
    }
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let text = given.to_str().ok().and_then(|text| text.split_once(' '));
        return match text {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => {
                by_key(face, key.trim())
            }
            // Webhooks whose address may hold a password, and no header: the user's name counts nothing.
            Some((scheme, pair)) if scheme.eq_ignore_ascii_case("basic") => {
                let pair = STANDARD.decode(pair.trim()).ok();
                let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
                let key = pair.as_deref().and_then(|pair| pair.split_once(':'));
                by_key(face, key.map_or("", |(_, key)| key))
            }
            _ => Err(unauthorized(
                "the Authorization header must say `Bearer KEY`",
            )),
        };
    }
    match session::token(headers) {
        Some(token) => match face.sessions().key(token) {
            Some(key) => by_hash(face, key),
            None => Err(unauthorized(
                "the session is over; begin another with POST /v1/session",
            )),
        },
        None => Err(unauthorized(
            "a key is needed; send it as `Authorization: Bearer KEY`",
        )),
    }
}

fn nobody() -> Identity {
    Identity(Err(unauthorized(
        "a key is needed; send it as `Authorization: Bearer KEY`",
    )))
}

fn unauthorized(detail: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "A valid key is needed",
        detail,
    )
}

fn forbidden(scope: Scope) -> Problem {
    let detail = format!("the key lacks the scope `{scope}`; ask the operator for one that has it");
    Problem::new(
        StatusCode::FORBIDDEN,
        "forbidden",
        "The key may not do this",
        detail,
    )
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Only `need` puts it there: a route without a scope has nobody to speak of.
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| unauthorized("a key is needed"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(parts
            .extensions
            .get::<Self>()
            .cloned()
            .unwrap_or_else(nobody))
    }
}
