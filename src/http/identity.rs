//! Authentication: a key or a token in the header, a session cookie, or anonymous access from this machine.
//!
//! Owns turning a request into a [`Grant`] and checking the scopes of routes. Leaves keys to `keys`, and tokens to
//! `oidc`.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, Utc};

use super::{cookie, peer::Client, problem::Problem, session::Behind, state::AppState};
use crate::{
    audit::{Line, Shown, What},
    keys::{Grant, KeyHash, Scope},
    live,
};

/// Who asks, found out once a request.
#[derive(Debug, Clone)]
pub(super) struct Identity(Result<Principal, Problem>);

/// Somebody with rights.
#[derive(Debug, Clone)]
pub(super) struct Principal {
    grant: Arc<Grant>,
    /// Streams ask again whether it is still good.
    proof: Proof,
    /// Where they are, as far as the network knows.
    client: Option<IpAddr>,
}

/// What somebody is known by.
#[derive(Debug, Clone, Copy)]
enum Proof {
    /// Nothing is needed.
    Nothing,
    Key(KeyHash),
    /// A token that is good until then.
    Token(DateTime<Utc>),
    /// A session, by the hash of its token, and the key that it was begun with; a person's has none.
    Session(KeyHash, Option<KeyHash>),
}

impl Principal {
    /// What they may do and see.
    pub(super) fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Keeps in the audit log what they are shown.
    pub(super) fn shown(
        &self,
        face: &AppState,
        what: What,
        articles: impl IntoIterator<Item = Shown>,
    ) {
        if let Some(audit) = face.service().audit() {
            let articles = articles.into_iter().collect();
            let line = Line::new(&self.grant.name, what, articles);
            let client = self.client;
            audit.note(Line { client, ..line });
        }
    }

    /// Where they are, as far as the network knows.
    pub(super) fn client(&self) -> Option<IpAddr> {
        self.client
    }

    /// What they may do and see, to be kept.
    pub(super) fn shared(&self) -> &Arc<Grant> {
        &self.grant
    }

    /// Whether they are this machine's user, on a server without keys.
    pub(super) fn needs_no_key(&self) -> bool {
        matches!(self.proof, Proof::Nothing)
    }

    /// Whether what they are known by is still good.
    pub(super) fn still(&self, face: &AppState) -> bool {
        let is_good = |key| face.keys().grant(key, Utc::now()).is_ok();
        match self.proof {
            Proof::Nothing => face.is_open(),
            Proof::Key(key) => is_good(key),
            Proof::Token(until) => Utc::now() < until,
            Proof::Session(token, key) => face.sessions().is_open(token) && key.is_none_or(is_good),
        }
    }

    /// Their identity in the call registry.
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
    pub(super) fn known(&self) -> Option<&Principal> {
        self.0.as_ref().ok()
    }

    /// Somebody, or why nobody is known.
    pub(super) fn outcome(&self) -> Result<&Principal, Problem> {
        self.0.as_ref().map_err(Clone::clone)
    }
}

/// Finds out who asks and leaves it with the request; whether they may, `need` decides.
pub(super) async fn identify(
    State(face): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = request.extensions().get::<Client>();
    let client = client.and_then(|client| client.address);
    let known = recognise(&face, request.headers()).await;
    let identity = Identity(known.map(|who| Principal { client, ..who }));
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
        Err(refusal) => {
            let is_hook = request.uri().path().starts_with("/v1/ingest/");
            let mut refused = refusal.into_response();
            // Webhooks with a password in their address wait for this; browsers would ask people for one.
            if is_hook && refused.status() == StatusCode::UNAUTHORIZED {
                let challenge = HeaderValue::from_static("Basic realm=\"cuecard\"");
                refused
                    .headers_mut()
                    .append(header::WWW_AUTHENTICATE, challenge);
            }
            refused
        }
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
pub(super) fn by_key(face: &AppState, text: &str) -> Result<Principal, Problem> {
    by_hash(face, KeyHash::of(text))
}

fn by_hash(face: &AppState, key: KeyHash) -> Result<Principal, Problem> {
    match face.keys().grant(key, Utc::now()) {
        Ok(grant) => Ok(Principal {
            grant,
            proof: Proof::Key(key),
            client: None,
        }),
        Err(denied) => Err(unauthorized(denied.to_string())),
    }
}

/// The identity behind what the header bears: a key, or a token where there is an identity provider.
async fn by_bearer(face: &AppState, text: &str) -> Result<Principal, Problem> {
    match face.oidc().filter(|provider| provider.is_token(text)) {
        Some(provider) => {
            let person = provider.bearer(text).await?;
            Ok(Principal {
                grant: person.grant,
                proof: Proof::Token(person.until),
                client: None,
            })
        }
        None => by_key(face, text),
    }
}

async fn recognise(face: &AppState, headers: &HeaderMap) -> Result<Principal, Problem> {
    if face.is_open() {
        return Ok(Principal {
            grant: Arc::new(Grant::local()),
            proof: Proof::Nothing,
            client: None,
        });
    }
    if let Some(given) = headers.get(header::AUTHORIZATION) {
        let text = given.to_str().ok().and_then(|text| text.split_once(' '));
        return match text {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => {
                by_bearer(face, key.trim()).await
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
    match cookie::get(headers, cookie::SESSION) {
        Some(token) => match face.sessions().behind(token) {
            Some(Behind::Key(key)) => by_hash(face, key).map(|who| Principal {
                proof: Proof::Session(KeyHash::of(token), Some(key)),
                ..who
            }),
            Some(Behind::Person(grant)) => Ok(Principal {
                grant,
                proof: Proof::Session(KeyHash::of(token), None),
                client: None,
            }),
            None => Err(unauthorized(
                "the session is over; begin another with POST /v1/session",
            )),
        },
        None => Err(unauthorized(
            "a key is needed; send it as `Authorization: Bearer KEY`",
        )),
    }
}

pub(super) fn nobody() -> Identity {
    Identity(Err(unauthorized(
        "a key is needed; send it as `Authorization: Bearer KEY`",
    )))
}

fn unauthorized(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
}

/// 403 for a key without a scope.
pub(super) fn forbidden(scope: Scope) -> Problem {
    let detail = format!("the key lacks the scope `{scope}`; ask the operator for one that has it");
    Problem::new(StatusCode::FORBIDDEN, "forbidden", detail)
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
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
