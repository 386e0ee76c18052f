//! Protects the server from single requests: a panic becomes a 500 response, and the time of a request is limited.

use std::{panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use futures::FutureExt as _;
use tokio::time::timeout;

use super::{observe::RequestId, problem::Problem, state::AppState};
use crate::panics::said;

/// Waits for the answer to begin; how long its body takes (streams) is the reader's affair.
pub(super) async fn guard(State(face): State<AppState>, request: Request, next: Next) -> Response {
    let id = request
        .extensions()
        .get::<RequestId>()
        .map_or_else(String::new, |id| id.0.clone());
    let limit = Duration::from_secs(face.settings().limits.request_secs);
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
    match timeout(limit, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => {
            tracing::error!(request_id = %id, reason = said(&*panic), "a request failed by a panic; report this");
            Problem::internal().into_response()
        }
        Err(_) => Problem::timeout(limit.as_secs()).into_response(),
    }
}
