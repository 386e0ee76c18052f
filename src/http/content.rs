//! `/v1/content/diagnostics`: what editors should know about their files.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    face::Face,
    health::Settled,
    identity::Who,
    params::NoParams,
    problem::Problem,
    reply::{Fresh, Json},
};
use crate::{
    article::{Article, Diagnostic},
    index::Catalog,
    search::types::Audience,
};

/// Findings about the content.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Diagnostics {
    /// Every finding, ordered by path and line.
    diagnostics: Vec<Told>,
}

/// A finding, and whose it is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Told {
    #[serde(flatten)]
    finding: Diagnostic,
    /// The team that answers for the article; null where nobody is named.
    owner: Option<String>,
}

/// Findings about the content
///
/// Every finding of `cuecard check`, for the content as it is now. Callers with limited audiences get those about
/// articles that exist for them, and only where these name no other.
#[utoipa::path(
    get, path = "/v1/content/diagnostics", tag = "content", operation_id = "diagnostics",
    responses((status = 200, description = "Every finding", body = Fresh<Diagnostics>)),
)]
pub(super) async fn diagnostics(
    State(face): State<Face>,
    who: Who,
    _: Settled,
    _: NoParams,
) -> Result<Json, Problem> {
    let core = face.clone();
    let answer = face.pool().run(move || {
        let mut diagnostics = core.service().diagnostics();
        let audience = &who.grant().audience;
        let catalog = core.service().catalog();
        diagnostics.retain(|finding| may_be_told(finding, &catalog, audience));
        let owner = |path: &str| catalog.at_path(path)?.owner.clone();
        let diagnostics = diagnostics
            .into_iter()
            .map(|finding| Told {
                owner: owner(&finding.path),
                finding,
            })
            .collect();
        Json::of(&Fresh::of(&core, Diagnostics { diagnostics }))
    });
    answer.await?
}

/// Whether a finding is about an article that exists for the audience, and tells of no file or article that may not.
pub(super) fn may_be_told(finding: &Diagnostic, catalog: &Catalog, audience: &Audience) -> bool {
    if *audience == Audience::Everyone {
        return true;
    }
    let own = catalog
        .articles
        .iter()
        .any(|article| article.path == finding.path && audience.sees(&article.audience));
    let said = format!("{}\n{}", finding.message, finding.help);
    // Files that are no articles (broken, or of an id that is taken) have an audience that nobody knows.
    let names_a_file = said.replace(&finding.path, "").contains(".md");
    let mentions = |article: &Article| {
        [&article.path, &article.id, &article.title]
            .into_iter()
            .any(|name| said.contains(name.as_str()))
    };
    own && !names_a_file
        && !catalog
            .articles
            .iter()
            .any(|article| !audience.sees(&article.audience) && mentions(article))
}
