//! All routes on one screen, with the scope that each needs.

use axum::{
    Router,
    extract::Request,
    http::{Method, StatusCode, Uri},
    middleware::{Next, from_fn, from_fn_with_state},
    routing::get,
};
use tower::{ServiceExt as _, util::option_layer};
use tower_http::{CompressionLevel, compression::CompressionLayer};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    agents, articles, calls, content, cors, demo, docs, engagement, generate, guard, health, hooks,
    identity::{identify, need},
    images, ingest, insights, limits, listing, login, metrics, network, observe, openapi, origin,
    pages, peer, preview,
    problem::Problem,
    revisions, search, session,
    state::AppState,
    streams, suggest,
};
use crate::keys::Scope;

/// The contract: what is described by `/openapi.json`.
pub(super) fn api() -> OpenApiRouter<AppState> {
    let anybody = OpenApiRouter::new()
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(session::begin, session::get, session::end))
        .routes(routes!(login::begin))
        .routes(routes!(login::finish))
        .routes(routes!(hooks::git));
    let search = OpenApiRouter::new()
        .routes(routes!(search::post, search::get))
        .routes(routes!(suggest::get))
        .routes(routes!(engagement::post))
        .routes(routes!(insights::report))
        .routes(routes!(generate::answer))
        .routes(routes!(generate::reply))
        .routes(routes!(listing::list))
        .routes(routes!(listing::topics))
        .routes(routes!(articles::get))
        .routes(routes!(revisions::list))
        .routes(routes!(preview::events));
    let calls = OpenApiRouter::new()
        .routes(routes!(calls::open))
        .routes(routes!(calls::get))
        .routes(routes!(calls::patch_account))
        .routes(routes!(calls::hear))
        .routes(routes!(calls::cards))
        .routes(routes!(calls::engage))
        .routes(routes!(calls::end))
        .routes(routes!(generate::summary))
        .routes(routes!(ingest::post))
        .routes(routes!(streams::call))
        .routes(routes!(streams::call_ws))
        .routes(routes!(streams::agent))
        .routes(routes!(streams::agent_ws))
        .routes(routes!(demo::calls))
        // The WebSocket form of the stream is also available at the call's path.
        .route("/v1/calls/{id}/ws", get(streams::call_ws))
        .route("/v1/agents/{agent_id}/ws", get(streams::agent_ws));
    let loops = OpenApiRouter::new()
        .routes(routes!(content::diagnostics))
        .routes(routes!(insights::summary))
        .routes(routes!(insights::articles))
        .routes(routes!(insights::gaps))
        .routes(routes!(insights::draft))
        .routes(routes!(insights::demand))
        .routes(routes!(insights::digest))
        .routes(routes!(insights::erase));
    let numbers = OpenApiRouter::new().routes(routes!(metrics::metrics));

    OpenApiRouter::with_openapi(openapi::about())
        .merge(anybody)
        .merge(scoped(search, Scope::Search))
        .merge(scoped(calls, Scope::Calls))
        .merge(scoped(loops, Scope::Insights))
        .merge(scoped(numbers, Scope::Metrics))
}

/// The page and its files, which need no key; images of the content do.
fn page() -> Router<AppState> {
    let images = Router::new()
        .route("/content/{*path}", get(images::get))
        .route_layer(from_fn(|request: Request, next: Next| {
            need(Scope::Search, request, next)
        }));
    Router::new()
        .route("/", get(pages::shell))
        .route("/calls", get(pages::shell))
        .route("/content", get(pages::shell))
        .route("/insights", get(pages::shell))
        .route("/articles/{*id}", get(pages::shell))
        .route("/assets/{*name}", get(pages::asset))
        .route("/favicon.ico", get(pages::favicon))
        .route("/llms.txt", get(pages::llms))
        .route("/openapi.json", get(docs::contract))
        .route("/docs", get(docs::page))
        .route("/docs/docs.js", get(docs::script))
        .route("/docs/docs.css", get(docs::style))
        .merge(images)
}

/// The whole interface, with the layers that every request passes, the outermost last.
pub fn router(face: AppState) -> Router {
    let (api, _) = api().split_for_parts();
    let network = &face.settings().network;
    let base = network.base_path.clone();
    let cors = (!network.cors_origins.is_empty()).then(|| cors::layer(&face));
    let app = api
        .merge(page())
        .merge(agents::routes(&face))
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(from_fn_with_state(face.clone(), limits::limit))
        .layer(from_fn_with_state(face.clone(), identify))
        .layer(from_fn_with_state(face.clone(), origin::check))
        .layer(from_fn_with_state(face.clone(), guard::guard))
        .layer(option_layer(cors))
        .layer(from_fn_with_state(face.clone(), observe::observe))
        .layer(from_fn_with_state(face.clone(), peer::know))
        .with_state(face);
    if base.is_empty() {
        return app;
    }
    // Before anything is routed; a proxy that takes the base away itself is served too.
    let app = app.map_request(move |request| network::without_base(request, &base));
    Router::new().fallback_service(app)
}

/// Holds a group to a scope, and says so in the contract.
fn scoped(group: OpenApiRouter<AppState>, scope: Scope) -> OpenApiRouter<AppState> {
    let mut group = group.route_layer(from_fn(move |request: Request, next: Next| {
        need(scope, request, next)
    }));
    openapi::mark(group.get_openapi_mut(), scope);
    group
}

async fn unknown_route(uri: Uri) -> Problem {
    let detail = format!("there is no {}; /docs lists what there is", uri.path());
    Problem::new(StatusCode::NOT_FOUND, "unknown_route", detail)
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!(
        "{} does not take {method}; the Allow header names what it takes",
        uri.path()
    );
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}
