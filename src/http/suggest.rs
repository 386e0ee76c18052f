//! `/v1/suggest`: completions while typing.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    health::Settled,
    identity::Principal,
    params::Params,
    problem::Problem,
    reply::{Fresh, Json},
    state::AppState,
};
use crate::search::{browse::Suggestion, error::MAX_QUERY_CHARS};

/// Suggestions when the caller names no limit: as many as a list under an input shows.
const DEFAULT_LIMIT: usize = 8;

/// Suggestions at most.
const MAX_LIMIT: usize = 20;

/// Autocomplete suggestions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Suggestions {
    /// Best first.
    suggestions: Vec<Suggestion>,
}

/// Autocomplete
///
/// Titles and questions of articles visible to the caller; empty for an empty `q`.
#[utoipa::path(
    get, path = "/v1/suggest", tag = "search", operation_id = "suggest",
    params(
        ("q" = Option<String>, Query, description = "The text typed so far"),
        ("limit" = Option<usize>, Query, description = "Number of suggestions, 1–20; default 8", minimum = 1, maximum = 20),
    ),
    responses((status = 200, description = "Suggestions, best first", body = Fresh<Suggestions>)),
)]
pub(super) async fn get(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    mut params: Params,
) -> Result<Json, Problem> {
    let typed = params.text("q").unwrap_or_default();
    let limit = params.whole("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT);
    if typed.chars().count() > MAX_QUERY_CHARS {
        params.flaw(
            "q",
            format!("must have at most {MAX_QUERY_CHARS} characters"),
        );
    }
    params.finish()?;
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let (service, audience) = (core.service(), &who.grant().audience);
        let catalog = service.catalog();
        let suggestions = match typed.trim() {
            "" => Vec::new(),
            typed => service.suggest(&catalog, typed, audience, limit),
        };
        Json::of(&Fresh::of(&core, &catalog, Suggestions { suggestions }))
    });
    answer.await?
}
