//! `/v1/revisions/{id}`: the commits that changed an article.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    articles::{CommitView, readable},
    health::Settled,
    identity::Principal,
    params::{NoParams, Segments},
    problem::Problem,
    reply::{Fresh, Json},
    state::AppState,
};
use crate::search::browse;

/// Commits told of: who looks for older ones uses git.
const MAX_REVISIONS: usize = 50;

/// The revisions of an article.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevisionsView {
    /// Article id.
    article_id: String,
    /// Path of the file.
    path: String,
    /// Newest first; empty outside Git.
    revisions: Vec<CommitView>,
}

/// List an article's revisions
///
/// At most 50 commits, newest first, of the file at its current path. `/v1/articles/{id}?revision=` returns the text as of
/// each. Revisions that were drafts, invalid or for other audiences are omitted.
#[utoipa::path(
    get, path = "/v1/revisions/{*id}", tag = "articles", operation_id = "list_revisions",
    params(("id" = String, Path, description = "Article id")),
    responses((status = 200, description = "The commits", body = Fresh<RevisionsView>)),
)]
pub(super) async fn list(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    Segments(id): Segments<String>,
    _: NoParams,
) -> Result<Json, Problem> {
    let core = face.clone();
    // A long history takes a while: questions must not wait behind it.
    let answer = face.history(&who).run(move || {
        let audience = &who.grant().audience;
        let catalog = core.service().catalog();
        let article =
            browse::find(&catalog, &id, audience).ok_or_else(|| Problem::unknown_article(&id))?;
        let revisions = core
            .service()
            .changes(&article.path, MAX_REVISIONS)
            .into_iter()
            .filter(|(_, text)| readable(&article.path, text, audience).is_some())
            .map(|(commit, _)| CommitView::of(commit, audience))
            .collect();
        let view = RevisionsView {
            article_id: article.id.clone(),
            path: article.path.clone(),
            revisions,
        };
        Json::of(&Fresh::of(&core, &catalog, view))
    });
    answer.await?
}
