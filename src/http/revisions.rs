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

/// The commits that changed an article.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RevisionsView {
    /// Article.
    article_id: String,
    /// Its file.
    path: String,
    /// The newest first; empty outside git.
    revisions: Vec<CommitView>,
}

/// The commits that changed an article
///
/// At most 50, the newest first, of the file where it is now. `/v1/articles/{id}?revision=` gives the text that each of
/// them left; those whose text was for others, a draft or broken are left out.
#[utoipa::path(
    get, path = "/v1/revisions/{*id}", tag = "articles", operation_id = "list_revisions",
    params(("id" = String, Path, description = "The article")),
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
