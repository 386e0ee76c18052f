//! `/v1/articles` as a list, and `/v1/topics`: browsing without a query.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    health::Settled,
    identity::Principal,
    params::{NoParams, Params},
    problem::Problem,
    reply::{Fresh, Json},
    state::AppState,
};
use crate::search::{
    browse::{self, ArticleLink, Listing, Topics},
    error::{MAX_FILTER_VALUES, MAX_OFFSET, too_many},
};

/// Articles when the caller names no limit.
const DEFAULT_LIMIT: usize = 100;

/// Articles in one answer at most; lists are lighter than hits.
const MAX_LIMIT: usize = 1_000;

/// A page of articles.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticlePage {
    /// Articles, ordered by path.
    articles: Vec<ArticleLink>,
    /// Number of matching articles over all pages.
    total: usize,
    /// As requested.
    limit: usize,
    /// As requested.
    offset: usize,
}

/// List articles
///
/// Articles in force that are visible to the caller, ordered by path. `tag`, `product` and `lang` can be repeated, up to 100
/// values each; within one parameter any value may match.
#[utoipa::path(
    get, path = "/v1/articles", tag = "articles", operation_id = "list_articles",
    params(
        ("tag" = Option<Vec<String>>, Query, description = "Topic tags, subtopics included"),
        ("product" = Option<Vec<String>>, Query, description = "Products"),
        ("lang" = Option<Vec<String>>, Query, description = "Language tags, matched by prefix"),
        ("limit" = Option<usize>, Query, description = "1–1,000; default 100", minimum = 1, maximum = 1000),
        ("offset" = Option<usize>, Query, description = "Number of articles to skip"),
    ),
    responses((status = 200, description = "A page of articles", body = Fresh<ArticlePage>)),
)]
pub(super) async fn list(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    mut params: Params,
) -> Result<Json, Problem> {
    let listing = Listing {
        tags: params.texts("tag"),
        products: params.texts("product"),
        lang: params.list("lang"),
    };
    for (name, values) in [
        ("tag", &listing.tags),
        ("product", &listing.products),
        ("lang", &listing.lang),
    ] {
        if let Some(detail) = too_many(values, MAX_FILTER_VALUES) {
            params.flaw(name, detail);
        }
    }
    let limit = params.whole("limit", 1..=MAX_LIMIT, DEFAULT_LIMIT);
    let offset = params.whole("offset", 0..=MAX_OFFSET, 0);
    params.finish()?;
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let (catalog, today) = (core.service().catalog(), core.service().today());
        let found = browse::list(&catalog, &listing, &who.grant().audience, today);
        let total = found.len();
        let articles = found
            .iter()
            .skip(offset)
            .take(limit)
            .map(|article| ArticleLink::of(article, today))
            .collect();
        Json::of(&Fresh::of(
            &core,
            &catalog,
            ArticlePage {
                articles,
                total,
                limit,
                offset,
            },
        ))
    });
    answer.await?
}

/// List topics
///
/// The tag tree with counts, and the products and languages: the values available for filters.
#[utoipa::path(
    get, path = "/v1/topics", tag = "articles", operation_id = "list_topics",
    responses((status = 200, description = "Available filter values", body = Fresh<Topics>)),
)]
pub(super) async fn topics(
    State(face): State<AppState>,
    who: Principal,
    _: Settled,
    _: NoParams,
) -> Result<Json, Problem> {
    let core = face.clone();
    let answer = face.pool(&who).run(move || {
        let (catalog, today) = (core.service().catalog(), core.service().today());
        let topics = browse::topics(&catalog, &who.grant().audience, today);
        Json::of(&Fresh::of(&core, &catalog, topics))
    });
    answer.await?
}
