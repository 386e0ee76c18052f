//! Browser sessions: a key once given becomes a cookie, which EventSource and WebSocket send by themselves.
//!
//! The cookie is a random name for the key; it is kept in memory only, so a restart ends every session. A
//! revoked key's sessions open nothing, since the key is looked up anew for each request.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    body::JsonBody,
    face::Face,
    identity::{Identity, Who, by_key},
    params::NoParams,
    problem::Problem,
    reply::Json,
};
use crate::{
    keys::{KeyHash, Scope, random_token},
    search::types::Audience,
};

const COOKIE: &str = "cuecard_session";

/// A working day with overtime; after it the key is asked for again.
const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// Sessions at once; beyond it the least used ones end.
const MAX_SESSIONS: u64 = 10_000;

/// Sessions in force: hash of the cookie's token → hash of the key.
#[derive(Debug)]
pub(super) struct Sessions {
    open: Cache<KeyHash, KeyHash>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            open: Cache::builder()
                .max_capacity(MAX_SESSIONS)
                .time_to_live(LIFETIME)
                .build(),
        }
    }
}

impl Sessions {
    /// The key that a session stands for.
    pub(super) fn key(&self, token: &str) -> Option<KeyHash> {
        self.open.get(&KeyHash::of(token))
    }

    fn begin(&self, key: KeyHash) -> String {
        let token = random_token();
        self.open.insert(KeyHash::of(&token), key);
        token
    }

    fn end(&self, token: &str) {
        self.open.invalidate(&KeyHash::of(token));
    }
}

/// The session's token among a request's cookies.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

/// Begins a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SessionRequest {
    /// The key, as `cuecard keys add` printed it.
    key: String,
}

/// Who one is, and what that opens.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// Name of the key; `local` where none is needed.
    name: String,
    /// Groups of endpoints it opens.
    scopes: Vec<Scope>,
    /// Articles that exist for it; `*` stands for all.
    audiences: Vec<String>,
}

impl SessionView {
    fn of(who: &Who) -> Self {
        let grant = who.grant();
        let audiences = match &grant.audience {
            Audience::Everyone => vec!["*".to_owned()],
            Audience::Only(names) => names.clone(),
        };
        Self {
            name: grant.name.clone(),
            scopes: grant.scopes.clone(),
            audiences,
        }
    }
}

/// Begin a browser session
///
/// Sets an HttpOnly, SameSite=Strict cookie that stands for the key, for twelve hours at most and until the server
/// restarts. Where `frame_parents` are configured it also works in their frames, over TLS, and is kept apart by parent. Without keys there is nothing to begin, and any key is welcome.
#[utoipa::path(
    post, path = "/v1/session", tag = "identity", operation_id = "begin_session", request_body = SessionRequest,
    responses(
        (status = 200, description = "The session has begun", body = SessionView),
        (status = 401, description = "The key is not good"),
    ),
)]
pub(super) async fn begin(
    State(face): State<Face>,
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
    let token = face.sessions().begin(KeyHash::of(key));
    let mut response = Json::of(&SessionView::of(&who))?.into_response();
    set_cookie(&mut response, &face, &headers, &token, LIFETIME);
    Ok(response)
}

/// Who am I
///
/// Tells what the key or session opens; 401 without one.
#[utoipa::path(
    get, path = "/v1/session", tag = "identity", operation_id = "get_session",
    responses(
        (status = 200, description = "What the key or session opens", body = SessionView),
        (status = 401, description = "Nobody is known here"),
    ),
)]
pub(super) async fn get(identity: Identity, _: NoParams) -> Result<Json, Problem> {
    match identity.known() {
        Some(who) => Json::of(&SessionView::of(who)),
        None => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "A valid key is needed",
            "nobody is known here; begin a session with POST /v1/session",
        )),
    }
}

/// End the browser session
///
/// Ends the cookie's session, here and in the browser; without one nothing happens.
#[utoipa::path(
    delete, path = "/v1/session", tag = "identity", operation_id = "end_session",
    responses((status = 204, description = "There is no session any more")),
)]
pub(super) async fn end(State(face): State<Face>, _: NoParams, headers: HeaderMap) -> Response {
    if let Some(token) = token(&headers) {
        face.sessions().end(token);
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, &face, &headers, "", Duration::ZERO);
    response
}

fn set_cookie(
    response: &mut Response,
    face: &Face,
    request: &HeaderMap,
    token: &str,
    lifetime: Duration,
) {
    // Said by a proxy that speaks TLS for us; whoever lies about it only keeps the cookie from plain HTTP.
    let is_secure = request
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto == "https");
    let reach = match (is_secure, face.settings().frame_parents.is_empty()) {
        (false, _) => "SameSite=Strict",
        (true, true) => "SameSite=Strict; Secure",
        // Partitioned: what a frame of one site begins is of no use under another.
        (true, false) => "SameSite=None; Secure; Partitioned",
    };
    let secs = lifetime.as_secs();
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; {reach}; Max-Age={secs}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, value);
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
            assert_eq!(token(&headers), expected, "{line}");
        };
        check("cuecard_session=abc", Some("abc"));
        check("theme=dark; cuecard_session=abc; x=y", Some("abc"));
        check("cuecard_session_old=abc", None);
        check("theme=dark", None);
    }

    #[test]
    fn a_session_stands_for_its_key_until_it_ends() {
        let sessions = Sessions::default();
        let key = KeyHash::of("cue_x");
        let token = sessions.begin(key);
        assert_eq!(sessions.key(&token), Some(key));
        sessions.end(&token);
        assert_eq!(sessions.key(&token), None);
    }
}
