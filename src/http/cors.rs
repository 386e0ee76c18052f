//! CORS: pages of other origins that may use the API. The operator lists them; they need a key of their own and never use
//! our cookie. Where nobody needs a key there is no such page: it could do whatever this machine's user can.

use std::time::Duration;

use axum::http::{HeaderName, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::state::AppState;

/// How long a browser may remember what it was allowed.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Headers of AI agents' clients, and of readers of streams who come again.
const OURS: [HeaderName; 5] = [
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("mcp-protocol-version"),
    HeaderName::from_static("mcp-session-id"),
    HeaderName::from_static("mcp-method"),
    HeaderName::from_static("mcp-name"),
];

/// The layer.
pub(super) fn layer(face: &AppState) -> CorsLayer {
    let face = face.clone();
    let allowed = AllowOrigin::predicate(move |origin, _| {
        !face.is_open() && face.settings().network.allows_origin(origin)
    });
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers(
            [header::AUTHORIZATION, header::CONTENT_TYPE]
                .into_iter()
                .chain(OURS)
                .collect::<Vec<_>>(),
        )
        .expose_headers([
            header::RETRY_AFTER,
            header::LOCATION,
            header::WWW_AUTHENTICATE,
            HeaderName::from_static("x-request-id"),
        ])
        .max_age(REMEMBERED)
}
