//! `/healthz` and `/readyz`: what orchestrators ask, with or without a key.

use axum::{
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{face::Face, identity::Identity, params::NoParams, problem::Problem, reply::Json};
use crate::search::{browse, error::SearchError, status::Readiness, types::Audience};

/// What an answer needs that comes from the articles: before they are read, "there is none" would be no answer.
pub(super) struct Settled;

impl FromRequestParts<Face> for Settled {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, face: &Face) -> Result<Self, Problem> {
        match face.service().is_ready() {
            true => Ok(Self),
            false => Err(SearchError::NotReady.into()),
        }
    }
}

/// The process lives.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// The release.
    version: &'static str,
}

/// Liveness
///
/// 200 while the process lives.
#[utoipa::path(
    get, path = "/healthz", tag = "operation", operation_id = "healthz",
    responses((status = 200, description = "The process lives", body = Health)),
)]
pub(super) async fn live(_: NoParams) -> Result<Json, Problem> {
    Json::of(&Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Readiness
///
/// 200 when the content found at start is searchable by keyword, 503 with progress before; vectors may still follow.
/// Without a key, where keys are in use, the counts are left out; with one, they count what exists for it.
#[utoipa::path(
    get, path = "/readyz", tag = "operation", operation_id = "readyz",
    responses(
        (status = 200, description = "Ready", body = Readiness),
        (status = 503, description = "Not ready yet", body = Readiness),
    ),
)]
pub(super) async fn ready(
    State(face): State<Face>,
    identity: Identity,
    _: NoParams,
) -> Result<Json, Problem> {
    let readiness = face.service().readiness();
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let answer = match identity.known().map(|who| who.grant().audience.clone()) {
        Some(Audience::Everyone) => Json::of(&readiness)?,
        Some(audience) => Json::of(&counted_for(&face, readiness, &audience))?,
        None => Json::of(&json!({ "ready": readiness.ready, "degraded": readiness.degraded }))?,
    };
    Ok(answer.with_status(status))
}

/// Counts only what exists for the audience: a number tells of hidden articles too.
fn counted_for(face: &Face, readiness: Readiness, audience: &Audience) -> Readiness {
    let catalog = face.service().catalog();
    let (mut articles, mut passages) = (0, 0);
    for article in browse::visible(&catalog, audience, face.service().today()) {
        articles += 1;
        passages += article.passages.len();
    }
    let pending_embeddings = readiness.pending_embeddings.min(passages);
    Readiness {
        articles,
        passages,
        pending_embeddings,
        progress: None,
        ..readiness
    }
}
