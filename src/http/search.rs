//! `/v1/search`: a question in, articles out.

use axum::{
    extract::State,
    http::{
        HeaderMap,
        header::{CACHE_CONTROL, HOST},
    },
};

use super::{
    body::JsonBody,
    identity::Principal,
    origin,
    params::{NoParams, Params},
    problem::Problem,
    reply::Json,
    state::AppState,
};
use crate::{
    audit::{Shown, What},
    search::{
        error::{FieldError, MAX_LIMIT, MAX_OFFSET},
        types::{Filter, SearchRequest, SearchResponse},
    },
};

/// Search
///
/// One hit per article: its best passage. `answer` is null if no passage is confident enough. Responses are cached for one
/// minute while nothing has changed; send `cache-control: no-cache` to bypass the cache.
#[utoipa::path(
    post, path = "/v1/search", tag = "search", operation_id = "search", request_body = SearchRequest,
    responses((status = 200, description = "The search results", body = SearchResponse)),
)]
pub(super) async fn post(
    State(face): State<AppState>,
    who: Principal,
    _: NoParams,
    headers: HeaderMap,
    JsonBody(request): JsonBody<SearchRequest>,
) -> Result<Json, Problem> {
    let flaws = request.flaws();
    if flaws.is_empty() {
        let anew = wants_anew(&headers);
        answer(face, who, SearchRequest { anew, ..request }).await
    } else {
        Err(Problem::flawed(flaws))
    }
}

/// Search by GET
///
/// Same as POST, for links and quick tests. `lang`, `tag`, `product` and `article_id` can be repeated: up to 100 values each,
/// 10,000 for `article_id`.
#[utoipa::path(
    get, path = "/v1/search", tag = "search", operation_id = "search_by_address",
    params(
        ("q" = String, Query, description = "Query in natural language, 1–2,000 characters"),
        ("limit" = Option<usize>, Query, description = "Number of hits to return, 1–100; default 10", minimum = 1, maximum = 100),
        ("offset" = Option<usize>, Query, description = "Number of articles to skip"),
        ("mode" = Option<String>, Query, description = "hybrid (default), keyword or vector"),
        ("lang" = Option<Vec<String>>, Query, description = "Language tags, matched by prefix"),
        ("prefer_lang" = Option<String>, Query, description = "Language to rank first"),
        ("tag" = Option<Vec<String>>, Query, description = "Topic tags"),
        ("product" = Option<Vec<String>>, Query, description = "Products"),
        ("article_id" = Option<Vec<String>>, Query, description = "Article ids"),
        ("explain" = Option<bool>, Query, description = "Whether to include the scoring details of each hit"),
        ("typing" = Option<bool>, Query, description = "The query is still being typed: it is answered but never recorded"),
    ),
    responses((status = 200, description = "The search results", body = SearchResponse)),
)]
pub(super) async fn get(
    State(face): State<AppState>,
    who: Principal,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Json, Problem> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let request = SearchRequest {
        anew: wants_anew(&headers),
        limit: params.whole("limit", 1..=MAX_LIMIT, 10),
        offset: params.whole("offset", 0..=MAX_OFFSET, 0),
        mode: params.choice("mode", "hybrid, keyword, vector"),
        explain: params.flag("explain"),
        // A page of another origin asks for nobody here: answered, never recorded.
        typing: params.flag("typing") | origin::is_unwelcome(&face, &headers, host),
        filter: Filter {
            lang: params.list("lang"),
            tags: params.texts("tag"),
            products: params.texts("product"),
            article_ids: params.texts("article_id"),
        },
        prefer_lang: params.text("prefer_lang"),
        ..SearchRequest::new(params.text("q").unwrap_or_default())
    };
    for FieldError { pointer, detail } in request.flaws() {
        let name = match pointer.as_str() {
            "/query" => "q",
            "/filter/lang" => "lang",
            "/filter/tags" => "tag",
            "/filter/products" => "product",
            "/filter/article_ids" => "article_id",
            other => other.trim_start_matches('/'),
        };
        params.flaw(name, detail);
    }
    params.finish()?;
    answer(face, who, request).await
}

/// Whether an answer that was stored will not do (RFC 9111, 5.2.1.4).
fn wants_anew(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CACHE_CONTROL).into_iter();
    let mut directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    directives.any(|one| one.trim().eq_ignore_ascii_case("no-cache"))
}

/// Asks and writes the answer in one piece of work, so that the async threads never touch either.
async fn answer(face: AppState, who: Principal, request: SearchRequest) -> Result<Json, Problem> {
    let core = face.clone();
    // What is still being typed is never recorded; further hits of an answer are asked for like that, and are read.
    let is_read = !request.typing || request.offset > 0;
    let found = face.pool(&who).run(move || {
        let found = core.service().search(request, &who.grant().audience)?;
        if is_read {
            who.shown(&core, answered(&found), shown(&found));
        }
        Json::of(&found)
    });
    found.await?
}

/// An answer, as the audit log knows it.
fn answered(found: &SearchResponse) -> What {
    What::Answer {
        query_id: found.query_id.clone(),
    }
}

fn shown(found: &SearchResponse) -> impl Iterator<Item = Shown> {
    let hits = found.hits.iter();
    hits.map(|hit| Shown {
        article_id: hit.article_id.clone(),
        revision: hit.revision.clone(),
        lines: Some(hit.lines),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_answer_will_not_do_where_the_header_says_so() {
        let check = |value: &str, expected: bool| {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, value.parse().unwrap())]);
            assert_eq!(wants_anew(&headers), expected, "{value}");
        };
        check("no-cache", true);
        check("max-age=0, No-Cache", true);
        check("no-store", false);
        assert!(!wants_anew(&HeaderMap::new()));
    }
}
