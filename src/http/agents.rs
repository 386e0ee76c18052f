//! `/mcp`: the endpoint for AI agents' clients, and what they may request without a key.
//!
//! Owns admission: a known key is required, and requests from pages of another origin are refused whatever they carry.
//! Leaves the protocol to the service that is mounted here.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde::Serialize;
use tower::util::BoxCloneSyncService;

use super::{
    body::{MAX_BODY, bounded},
    identity::{Identity, nobody},
    origin,
    params::NoParams,
    problem::Problem,
    reply::Json,
    state::AppState,
};
use crate::{oidc::Settings, service::Sender};

/// What serves the clients.
pub(super) type Agents = BoxCloneSyncService<Request, Response, Infallible>;

const ENDPOINT: &str = "/mcp";

/// Bytes of a refusal's words.
const MAX_SAID: usize = 4_096;

/// Where RFC 9728 looks for what protects a resource; the resource's own path follows.
const METADATA: &str = "/.well-known/oauth-protected-resource";

/// The endpoint, where somebody serves it.
pub(super) fn routes(face: &AppState) -> Router<AppState> {
    let Some(agents) = face.agents() else {
        return Router::new();
    };
    Router::new()
        .route_service(ENDPOINT, agents)
        .route_layer(from_fn_with_state(face.clone(), admit))
        .route(METADATA, get(metadata))
        .route(&format!("{METADATA}{ENDPOINT}"), get(metadata))
        .merge(at_the_root(face))
}

/// RFC 9728 puts the resource's whole path behind the well-known one; a proxy may send that here too.
fn at_the_root(face: &AppState) -> Router<AppState> {
    let base = &face.settings().network.base_path;
    if base.is_empty() {
        return Router::new();
    }
    Router::new().route(&format!("{METADATA}{base}{ENDPOINT}"), get(metadata))
}

/// Lets somebody known through, and leaves with the request who they are.
async fn admit(State(face): State<AppState>, mut request: Request, next: Next) -> Response {
    if origin::is_unwelcome(&face, request.headers(), origin::host(&request)) {
        let detail =
            "a page of another origin may not talk to agents' tools; connect from a program";
        return Problem::new(StatusCode::FORBIDDEN, "origin_not_allowed", detail).into_response();
    }
    let identity = request.extensions().get::<Identity>().cloned();
    match identity.unwrap_or_else(nobody).outcome() {
        Ok(who) => {
            let sender = Sender {
                grant: Arc::clone(who.shared()),
                client: who.client(),
                base: origin::public(&face.settings().network, request.headers()),
                span: tracing::Span::current(),
            };
            request.extensions_mut().insert(sender);
            match bounded(request).await {
                Ok(request) => explained(next.run(request).await).await,
                Err(refusal) => refusal.into_response(),
            }
        }
        Err(refusal) => {
            let base = base(&face, request.headers());
            let mut response = refusal.into_response();
            let challenge = format!(
                "Bearer realm=\"cuecard\", resource_metadata=\"{base}{METADATA}{ENDPOINT}\""
            );
            if response.status() == StatusCode::UNAUTHORIZED
                && let Ok(challenge) = HeaderValue::from_str(&challenge)
            {
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
    }
}

/// A refusal of the protocol's service in bare words, as a problem. What cannot be read is 400 here too.
async fn explained(response: Response) -> Response {
    let status = response.status();
    let is_refusal = status.is_client_error() || status.is_server_error();
    if !is_refusal || response.headers().contains_key(header::CONTENT_TYPE) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let said = to_bytes(body, MAX_SAID).await.unwrap_or_default();
    let said = String::from_utf8_lossy(&said);
    let problem = match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(MAX_BODY),
        StatusCode::NOT_FOUND => Problem::not_found(said),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            status,
            "method_not_allowed",
            "send messages with POST; no stream is offered",
        ),
        StatusCode::NOT_ACCEPTABLE => Problem::new(status, "not_acceptable", said),
        _ if status.is_server_error() => Problem::new(
            status,
            "internal",
            format!("{said}; report the request's id"),
        ),
        _ => Problem::flaw("", said),
    };
    let mut response = problem.into_response();
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}

/// Scheme, host and base path as the client knows them.
fn base(face: &AppState, headers: &HeaderMap) -> String {
    let network = &face.settings().network;
    format!("{}{}", origin::public(network, headers), network.base_path)
}

/// What protects the tools (RFC 9728). Where there is no identity provider, keys come from the operator alone.
#[derive(Debug, Serialize)]
struct Metadata {
    resource: String,
    resource_name: &'static str,
    resource_documentation: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authorization_servers: Vec<String>,
    bearer_methods_supported: [&'static str; 1],
    /// Scopes of the provider, not of keys: clients request each of them there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<String>,
}

async fn metadata(
    State(face): State<AppState>,
    _: NoParams,
    headers: HeaderMap,
) -> Result<Json, Problem> {
    if face.is_open() {
        return Err(Problem::not_found("no key is needed here"));
    }
    let base = base(&face, &headers);
    let provider = face.oidc().map(|provider| provider.settings());
    Json::of(&Metadata {
        resource: format!("{base}{ENDPOINT}"),
        resource_name: "Cuecard",
        resource_documentation: format!("{base}/docs"),
        authorization_servers: provider.iter().map(|one| one.issuer.clone()).collect(),
        bearer_methods_supported: ["header"],
        scopes_supported: provider.map(Settings::scopes).unwrap_or_default(),
    })
}
