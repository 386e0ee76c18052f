//! `/v1/searches/{query_id}/engagement`: what a person did with a hit.

use axum::{extract::State, http::StatusCode};
use chrono::Utc;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    body::JsonBody,
    health::Settled,
    identity::Principal,
    metrics,
    params::{NoParams, Segments},
    problem::Problem,
    state::AppState,
};
use crate::{
    insights::HitEngagement,
    json::{some_word, word},
    live::{MAX_COMMENT_CHARS, MAX_ID_CHARS, Rating},
    search::{browse, error::FieldError},
};

/// Type of engagement with a hit.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SearchEngagementKind {
    /// Looked at.
    Opened,
    /// Copied from.
    Copied,
    /// Judged.
    Rated,
}

impl SearchEngagementKind {
    /// The word of the contract.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Copied => "copied",
            Self::Rated => "rated",
        }
    }
}

/// An engagement with a hit.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchEngagementRequest {
    /// Article id.
    pub(super) article_id: String,
    /// Type of engagement.
    #[serde(rename = "type", deserialize_with = "word")]
    pub(super) kind: SearchEngagementKind,
    /// Required for `rated`.
    #[serde(default, deserialize_with = "some_word")]
    pub(super) rating: Option<Rating>,
    /// Reason chosen from the agent desktop's own list.
    #[serde(default)]
    pub(super) reason: Option<String>,
    /// Free-text reason, in the user's words; at most 4,000 characters.
    #[serde(default)]
    pub(super) comment: Option<String>,
}

impl SearchEngagementRequest {
    fn flaws(&self) -> Vec<FieldError> {
        let mut flaws = Vec::new();
        if matches!(self.kind, SearchEngagementKind::Rated) && self.rating.is_none() {
            flaws.push(FieldError::new(
                "/rating",
                "say helpful or not_helpful with type rated",
            ));
        }
        for (pointer, text) in [("/reason", &self.reason), ("/comment", &self.comment)] {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > MAX_COMMENT_CHARS)
            {
                flaws.push(FieldError::new(
                    pointer,
                    format!("must have at most {MAX_COMMENT_CHARS} characters"),
                ));
            }
        }
        flaws
    }
}

/// Report an engagement with a hit
///
/// Validated, counted in `/metrics` by type and rating, and recorded if recording is enabled.
#[utoipa::path(
    post, path = "/v1/searches/{query_id}/engagement", tag = "search", operation_id = "engage_hit",
    params(("query_id" = String, Path, description = "From the search response; or any id, for an article opened without one")),
    request_body = SearchEngagementRequest,
    responses((status = 204, description = "Recorded")),
)]
pub(super) async fn post(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    _: NoParams,
    Segments(query_id): Segments<String>,
    JsonBody(request): JsonBody<SearchEngagementRequest>,
) -> Result<StatusCode, Problem> {
    let mut flaws = request.flaws();
    if query_id.trim().is_empty() || query_id.chars().count() > MAX_ID_CHARS {
        flaws.push(FieldError::new(
            "/query_id",
            format!("must have 1 to {MAX_ID_CHARS} characters"),
        ));
    }
    if !flaws.is_empty() {
        return Err(Problem::flawed(flaws));
    }
    let grant = who.grant();
    if browse::find(
        &face.service().catalog(),
        &request.article_id,
        &grant.audience,
    )
    .is_none()
    {
        return Err(Problem::unknown_article(&request.article_id));
    }
    metrics::engaged(&request);
    if let Some(record) = face.service().insights() {
        let engagement = HitEngagement {
            query_id,
            by: grant.name.clone(),
            article_id: request.article_id,
            kind: request.kind.name(),
            rating: request.rating,
            reason: request.reason,
            comment: request.comment,
        };
        record.engaged(engagement, Utc::now());
    }
    Ok(StatusCode::NO_CONTENT)
}
