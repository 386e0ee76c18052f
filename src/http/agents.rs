//! `/mcp`: the way in for AI agents' clients, whoever serves them, and what they may ask before they have a key.
//!
//! Owns who is let through: a known key, and no page of another origin, whatever it brings. Leaves the protocol to the
//! service that is put here.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header, uri::Authority},
    middleware::{Next, from_fn},
    response::{IntoResponse as _, Response},
    routing::get,
};
use serde::Serialize;
use tower::util::BoxCloneSyncService;

use super::{
    face::Face,
    identity::{Identity, nobody},
    origin,
    params::NoParams,
    problem::Problem,
    reply::Json,
};
use crate::keys::Scope;

/// What serves the clients.
pub(super) type Agents = BoxCloneSyncService<Request, Response, Infallible>;

const ENDPOINT: &str = "/mcp";

/// Where RFC 9728 looks for what protects a resource; the resource's own path follows.
const METADATA: &str = "/.well-known/oauth-protected-resource";

/// The endpoint, where somebody serves it.
pub(super) fn routes(face: &Face) -> Router<Face> {
    let Some(agents) = face.agents() else {
        return Router::new();
    };
    Router::new()
        .route_service(ENDPOINT, agents)
        .route_layer(from_fn(admit))
        .route(METADATA, get(metadata))
        .route(&format!("{METADATA}{ENDPOINT}"), get(metadata))
}

/// Lets somebody known through, and leaves their rights with the request.
async fn admit(mut request: Request, next: Next) -> Response {
    if origin::is_foreign(request.headers(), origin::host(&request)) {
        let detail =
            "a page of another origin may not talk to agents' tools; connect from a program";
        return Problem::new(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            "Foreign origin",
            detail,
        )
        .into_response();
    }
    let identity = request.extensions().get::<Identity>().cloned();
    match identity.unwrap_or_else(nobody).outcome() {
        Ok(who) => {
            request.extensions_mut().insert(Arc::clone(who.shared()));
            next.run(request).await
        }
        Err(refusal) => {
            let base = base(request.headers());
            let mut response = refusal.into_response();
            let challenge = format!(
                "Bearer realm=\"cuecard\", resource_metadata=\"{base}{METADATA}{ENDPOINT}\""
            );
            if let Ok(challenge) = HeaderValue::from_str(&challenge) {
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
            }
            response
        }
    }
}

/// What protects the tools (RFC 9728). Keys come from the operator: there is no authorization server to go to.
#[derive(Debug, Serialize)]
struct Metadata {
    resource: String,
    resource_name: &'static str,
    resource_documentation: String,
    bearer_methods_supported: [&'static str; 1],
    scopes_supported: [Scope; 4],
}

async fn metadata(
    State(face): State<Face>,
    _: NoParams,
    headers: HeaderMap,
) -> Result<Json, Problem> {
    if face.is_open() {
        return Err(Problem::not_found("no key is needed here"));
    }
    let base = base(&headers);
    Json::of(&Metadata {
        resource: format!("{base}{ENDPOINT}"),
        resource_name: "Cuecard",
        resource_documentation: format!("{base}/docs"),
        bearer_methods_supported: ["header"],
        scopes_supported: [Scope::Search, Scope::Calls, Scope::Insights, Scope::Admin],
    })
}

/// Scheme and host as the client knows them. Whoever lies about them only misleads themselves.
fn base(headers: &HeaderMap) -> String {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let host = said(header::HOST.as_str()).and_then(|host| host.parse::<Authority>().ok());
    let scheme = match said("x-forwarded-proto") {
        Some("https") => "https",
        _ => "http",
    };
    host.map_or_else(String::new, |host| format!("{scheme}://{host}"))
}
