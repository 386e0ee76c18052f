//! `/v1/session/login` and its callback: sign-in of a browser at the identity provider.
//!
//! Owns the cookies that bind each sign-in to the browser that began it, and redirects. Leaves the flow to `oidc`.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{
    cookie, origin,
    params::Params,
    peer::Client,
    problem::Problem,
    session::{self, Behind},
    state::AppState,
    tokens::TokenStore,
};
use crate::oidc::{Login, OidcError, Provider, local_target};

/// How long somebody may take to type a password.
const PATIENCE: Duration = Duration::from_secs(600);

/// Sign-ins that may be under way; beyond it the oldest end.
const MAX_LOGINS: u64 = 10_000;

/// Sign-ins under way in one browser, in as many tabs; beyond it the oldest are forgotten.
const MAX_TABS: usize = 8;

/// Where the provider sends browsers back to.
const CALLBACK: &str = "/v1/session/callback";

/// Letters of an error's name that are told again.
const MAX_ERROR_CHARS: usize = 64;

/// Sign-ins under way. From one address a tenth of them may be.
pub(super) struct Logins(TokenStore<Option<IpAddr>, Arc<Login>>);

impl Default for Logins {
    fn default() -> Self {
        Self(TokenStore::new(MAX_LOGINS, PATIENCE))
    }
}

/// Name of the cookie that ties a browser to the sign-in of that state.
fn tie(state: &str) -> String {
    format!("{}{}", cookie::LOGIN, state.get(..8).unwrap_or_default())
}

/// Sign in
///
/// Redirects the browser to the identity provider, then back to `to`, a path on this server, with a session. If the provider
/// cannot be reached, redirects as the callback does. Returns 404 if no identity provider for browsers is configured.
#[utoipa::path(
    get, path = "/v1/session/login", tag = "identity", operation_id = "begin_login",
    params(("to" = Option<String>, Query, description = "Path to return to; default the start page")),
    responses(
        (status = 303, description = "Redirect to the identity provider"),
        (status = 404, description = "No identity provider for browsers is configured"),
    ),
)]
pub(super) async fn begin(
    State(face): State<AppState>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let asked = params.text("to").unwrap_or_default();
    params.finish()?;
    let provider = provider(&face)?;
    let network = &face.settings().network;
    let base = &network.base_path;
    let redirect = format!("{}{base}{CALLBACK}", origin::public(network, &headers));
    let target = local_target(&asked, &format!("{base}/"));
    let begun = provider.begin(&redirect, &target).await;
    let begun = begun.and_then(|(address, login)| Ok((lead(&address)?, login)));
    let (mut response, login) = match begun {
        Ok(begun) => begun,
        Err(error) => return give_up(&face, error),
    };
    let tie = tie(&login.state);
    let token = face.logins().0.give(client.subscriber(), Arc::new(login));
    let mut set = |name: &str, value: &str, lifetime| {
        cookie::set(&face, &headers, &mut response, (name, value), lifetime)
    };
    let others = cookie::names(&headers, cookie::LOGIN);
    for old in others.iter().rev().skip(MAX_TABS - 1) {
        set(old, "", Duration::ZERO);
    }
    set(&tie, &token, PATIENCE);
    Ok(response)
}

/// Sign-in callback
///
/// Redirect target for the identity provider only. Must be called by the browser that started the sign-in; each code can be
/// used once. A failed sign-in redirects to the start page with its error code: `/?sign_in=unauthorized` (the authentication
/// failed), `forbidden` (the user has no permissions) or `identity_provider_unreachable`.
#[utoipa::path(
    get, path = "/v1/session/callback", tag = "identity", operation_id = "finish_login",
    params(
        ("code" = Option<String>, Query, description = "Authorization code from the provider"),
        ("state" = Option<String>, Query, description = "The `state` value sent to the provider"),
        ("error" = Option<String>, Query, description = "Provider error if there is no code"),
    ),
    responses(
        (status = 303, description = "Redirect to where the sign-in started, with the session cookie set; to the start page if it failed"),
        (status = 404, description = "No identity provider for browsers is configured"),
    ),
)]
pub(super) async fn finish(
    State(face): State<AppState>,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let (code, state, error) = (
        params.text("code"),
        params.text("state"),
        params.text("error"),
    );
    let issuer = params.text("iss");
    // Providers add parameters of their own (`session_state`, `error_description`, …).
    drop(params);
    let provider = provider(&face)?;
    let answer = Answer {
        code,
        state: state.unwrap_or_default(),
        error,
        issuer,
    };
    match signed_in(&face, provider, &headers, answer).await {
        Ok(response) => Ok(response),
        Err(error) => give_up(&face, error),
    }
}

/// What the provider sends a browser back with.
struct Answer {
    code: Option<String>,
    state: String,
    error: Option<String>,
    issuer: Option<String>,
}

async fn signed_in(
    face: &AppState,
    provider: &Arc<Provider>,
    headers: &HeaderMap,
    Answer {
        code,
        state,
        error,
        issuer,
    }: Answer,
) -> Result<Response, OidcError> {
    let failed = |why: &str| OidcError::Login(why.to_owned());
    let tie = tie(&state);
    // Taken only by its own answer: anybody can lead a browser here with another.
    let login = cookie::get(headers, &tie).and_then(|token| {
        face.logins()
            .0
            .get(token)
            .filter(|login| login.state == state)?;
        face.logins().0.take(token)
    });
    let login = login.ok_or_else(|| failed("it did not begin in this browser, or too long ago"))?;
    if issuer.is_some_and(|issuer| issuer != provider.settings().issuer) {
        return Err(failed("the answer comes from another identity provider"));
    }
    let Some(code) = code.filter(|_| error.is_none()) else {
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '_';
        let name: String = error
            .unwrap_or_default()
            .chars()
            .filter(plain)
            .take(MAX_ERROR_CHARS)
            .collect();
        return Err(failed(&format!("the identity provider said {name:?}")));
    };
    let person = provider.finish(&login, &code).await?;
    // A session from before ends: whoever knew its name does not get into the new one.
    if let Some(old) = cookie::get(headers, cookie::SESSION) {
        face.sessions().end(old);
    }
    let token = face.sessions().begin(Behind::Person(person.grant));
    let mut response = lead(&login.target)?;
    session::give(face, headers, &mut response, &token);
    cookie::set(face, headers, &mut response, (&tie, ""), Duration::ZERO);
    Ok(response)
}

/// Leads a browser whose sign-in failed back to the page, which says so in its reader's language; the log says why.
fn give_up(face: &AppState, error: OidcError) -> Result<Response, Problem> {
    tracing::info!(%error, "a sign-in failed");
    let base = &face.settings().network.base_path;
    let code = Problem::from(error).code();
    Ok(lead(&format!("{base}/?sign_in={code}"))?)
}

fn provider(face: &AppState) -> Result<&Arc<Provider>, Problem> {
    face.oidc()
        .filter(|provider| provider.settings().has_login())
        .ok_or_else(|| {
            Problem::not_found("browsers cannot sign in here; use a key (POST /v1/session)")
        })
}

fn lead(address: &str) -> Result<Response, OidcError> {
    let address = HeaderValue::from_str(address)
        .map_err(|_| OidcError::Unreachable("its address cannot be used".to_owned()))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response())
}
