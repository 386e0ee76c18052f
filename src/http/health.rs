//! `/healthz` and `/readyz`: health checks for orchestrators, with or without a key.

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use serde::Serialize;
use serde_json::json;
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use super::{identity::Identity, params::NoParams, problem::Problem, reply::Json, state::AppState};
use crate::search::{error::SearchError, status::Readiness};

/// What an answer needs that comes from the articles: before they are read, "there is none" would be no answer.
pub(super) struct Settled;

impl FromRequestParts<AppState> for Settled {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, face: &AppState) -> Result<Self, Problem> {
        match face.service().is_ready() {
            true => Ok(Self),
            false => Err(SearchError::NotReady.into()),
        }
    }
}

/// Liveness status.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
}

/// Liveness
///
/// Returns 200 while the process is running.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", operation_id = "healthz",
    responses((status = 200, description = "The process is running", body = Health)),
)]
pub(super) async fn live(_: NoParams) -> Result<Json, Problem> {
    Json::of(&Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Readiness
///
/// Returns 200 once the content found at startup is searchable by keyword, and 503 with progress before that; embeddings may
/// still be pending. Where API keys are in use, the counts are omitted without a key; with one, they cover only the articles
/// visible to it, and `pending_embeddings` and `progress`, which count all articles, are omitted while work is pending.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", operation_id = "readyz",
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready", body = Readiness),
    ),
)]
pub(super) async fn ready(
    State(face): State<AppState>,
    identity: Identity,
    _: NoParams,
) -> Result<Json, Problem> {
    // Beside the pool: whoever watches the server wants to know most when it is busy.
    let look = move || {
        let Some(who) = identity.known() else {
            let all = face.service().readiness();
            let mut told =
                json!({ "ready": all.ready, "index": all.index, "degraded": all.degraded });
            if let Some(progress) = all.progress {
                told["progress"] = json!({ "stage": progress.stage });
            }
            return Ok::<_, Problem>((all.ready, Json::of(&told)?));
        };
        let readiness = face.service().readiness_for(&who.grant().audience);
        Ok((readiness.ready, Json::of(&readiness)?))
    };
    let (is_ready, answer) = spawn_blocking(look)
        .await
        .map_err(|_| Problem::internal())??;
    Ok(answer.with_status(match is_ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }))
}
