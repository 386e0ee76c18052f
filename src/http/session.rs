//! Browser sessions: a key entered once, or a sign-in, becomes a cookie, which EventSource and WebSocket send by
//! themselves.
//!
//! The cookie is a random token for the identity behind it, kept in memory only, so a restart ends every session. A
//! revoked key ends its sessions, since the key is looked up again for each request.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::JsonBody,
    cookie,
    identity::{Identity, Principal, by_key},
    params::NoParams,
    problem::Problem,
    reply::Json,
    state::AppState,
    tokens::TokenStore,
};
use crate::keys::{Grant, KeyHash, Scope, audience_names};

/// A working day with overtime; after it the key is asked for again.
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// Sessions at once; beyond it the least used ones end.
const MAX_SESSIONS: u64 = 10_000;

/// What a session stands for.
#[derive(Debug, Clone)]
pub(super) enum Behind {
    /// A key, which is looked up anew for each request.
    Key(KeyHash),
    /// Somebody whom the identity provider vouched for when they signed in.
    Person(Arc<Grant>),
}

/// Sessions in force. Of one key, or one person, a tenth of them may be.
pub(super) struct Sessions(TokenStore<KeyHash, Behind>);

impl Default for Sessions {
    fn default() -> Self {
        Self(TokenStore::new(MAX_SESSIONS, LIFETIME))
    }
}

impl Sessions {
    /// What a session stands for.
    pub(super) fn behind(&self, token: &str) -> Option<Behind> {
        self.0.get(token)
    }

    /// Whether the session of that token's hash is in force.
    pub(super) fn is_open(&self, token: KeyHash) -> bool {
        self.0.is_open(token)
    }

    /// Begins a session; its token is known to nobody else.
    pub(super) fn begin(&self, behind: Behind) -> String {
        let holder = match &behind {
            Behind::Key(key) => *key,
            Behind::Person(grant) => KeyHash::of(&grant.name),
        };
        self.0.give(holder, behind)
    }

    /// Ends it, where it is in force.
    pub(super) fn end(&self, token: &str) {
        self.0.take(token);
    }
}

/// Starts a browser session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionRequest {
    /// The API key, as printed by `cuecard keys add`.
    key: String,
}

/// The current identity and its permissions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// Name of the key; `local` if no key is required.
    name: String,
    /// Scopes granted.
    scopes: Vec<Scope>,
    /// Audiences whose articles are visible to it; `*` means all.
    audiences: Vec<String>,
}

impl SessionView {
    fn of(who: &Principal) -> Self {
        let grant = who.grant();
        Self {
            name: grant.name.clone(),
            scopes: grant.scopes.clone(),
            audiences: audience_names(&grant.audience),
        }
    }
}

/// Start a browser session
///
/// Sets an HttpOnly, SameSite=Strict session cookie in place of the key, valid for at most twelve hours and until the server
/// restarts. If `frame_parents` is configured, it also works in their frames over TLS, partitioned by parent. If no keys are
/// configured, no session is started and any key is accepted.
#[utoipa::path(
    post, path = "/v1/session", tag = "identity", operation_id = "begin_session", request_body = SessionRequest,
    responses(
        (status = 200, description = "Session started", body = SessionView),
        (status = 401, description = "Invalid API key"),
    ),
)]
pub(super) async fn begin(
    State(face): State<AppState>,
    identity: Identity,
    _: NoParams,
    headers: HeaderMap,
    JsonBody(request): JsonBody<SessionRequest>,
) -> Result<Response, Problem> {
    if let Some(local) = identity.known().filter(|who| who.needs_no_key()) {
        return Ok(Json::of(&SessionView::of(local))?.into_response());
    }
    let key = request.key.trim();
    let who = by_key(&face, key)?;
    let token = face.sessions().begin(Behind::Key(KeyHash::of(key)));
    let mut response = Json::of(&SessionView::of(&who))?.into_response();
    give(&face, &headers, &mut response, &token);
    Ok(response)
}

/// Get the current identity
///
/// Returns the permissions of the key or session; 401 without one.
#[utoipa::path(
    get, path = "/v1/session", tag = "identity", operation_id = "get_session",
    responses(
        (status = 200, description = "Permissions of the key or session", body = SessionView),
        (status = 401, description = "Not authenticated"),
    ),
)]
pub(super) async fn get(identity: Identity, _: NoParams) -> Result<Json, Problem> {
    Json::of(&SessionView::of(identity.outcome()?))
}

/// End the browser session
///
/// Ends the session on the server and clears the cookie; does nothing without a session.
#[utoipa::path(
    delete, path = "/v1/session", tag = "identity", operation_id = "end_session",
    responses((status = 204, description = "The session has ended")),
)]
pub(super) async fn end(State(face): State<AppState>, _: NoParams, headers: HeaderMap) -> Response {
    if let Some(token) = cookie::get(&headers, cookie::SESSION) {
        face.sessions().end(token);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    cookie::set(
        &face,
        &headers,
        &mut response,
        (cookie::SESSION, ""),
        Duration::ZERO,
    );
    response
}

/// Gives a browser the session of that token.
pub(super) fn give(face: &AppState, request: &HeaderMap, response: &mut Response, token: &str) {
    cookie::set(face, request, response, (cookie::SESSION, token), LIFETIME);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_stands_for_its_key_until_it_ends() {
        let sessions = Sessions::default();
        let key = KeyHash::of("cue_x");
        let token = sessions.begin(Behind::Key(key));
        assert!(matches!(sessions.behind(&token), Some(Behind::Key(behind)) if behind == key));
        sessions.end(&token);
        assert!(sessions.behind(&token).is_none() && !sessions.is_open(KeyHash::of(&token)));
    }
}
