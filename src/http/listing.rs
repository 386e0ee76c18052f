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

/// A page of the list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ArticlePage {
    /// Ordered by path.
    articles: Vec<ArticleLink>,
    /// Articles that fit, over all pages.
    total: usize,
    /// As asked for.
    limit: usize,
    /// As asked for.
    offset: usize,
}

/// List articles
///
/// Articles in use that exist for the caller, ordered by path. `tag`, `product` and `lang` may be given several times, 100 values
/// each: any of them.
#[utoipa::path(
    get, path = "/v1/articles", tag = "articles", operation_id = "list_articles",
    params(
        ("tag" = Option<Vec<String>>, Query, description = "Topics, with the topics within them"),
        ("product" = Option<Vec<String>>, Query, description = "Products"),
        ("lang" = Option<Vec<String>>, Query, description = "Language tags, by prefix"),
        ("limit" = Option<usize>, Query, description = "1–1,000; default 100", minimum = 1, maximum = 1000),
        ("offset" = Option<usize>, Query, description = "Articles to pass over"),
    ),
    responses((status = 200, description = "A page of the list", body = Fresh<ArticlePage>)),
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
/// The tree of tags with counts, the products and the languages: what articles can be filtered by.
#[utoipa::path(
    get, path = "/v1/topics", tag = "articles", operation_id = "list_topics",
    responses((status = 200, description = "What can be filtered by", body = Fresh<Topics>)),
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
