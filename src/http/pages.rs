//! Serves the files of the web page: no key is needed, and a browser fetches a file only if it changed.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    params::{NoParams, Segments},
    problem::Problem,
    state::AppState,
};
use crate::ui::{self, Asset};

/// The shell that every address of the page is answered with.
pub(super) async fn shell(State(face): State<AppState>, headers: HeaderMap) -> Response {
    page(&face, &headers, ui::index())
}

/// A page with what its scripts must know of this server, and its links under the base path.
pub(super) fn page(face: &AppState, headers: &HeaderMap, asset: &'static Asset) -> Response {
    let settings = face.settings();
    let has_login = face
        .oidc()
        .is_some_and(|provider| provider.settings().has_login());
    let mut told = String::new();
    if settings.preview {
        // What the page shows is of this generation or a later one.
        let generation = face.service().catalog().info.generation;
        told += &format!(" data-preview=\"{generation}\"");
    }
    if has_login {
        told += " data-sign-in";
    }
    if !settings.network.frame_parents.is_empty() {
        // Origins hold no quotes: they were checked with the configuration.
        told += &format!(
            " data-frame-parents=\"{}\"",
            settings.network.frame_parents.join(" ")
        );
    }
    let base = &settings.network.base_path;
    if told.is_empty() && base.is_empty() {
        return file(headers, asset);
    }
    let html = String::from_utf8_lossy(asset.bytes).replace("=\"/", &format!("=\"{base}/"));
    let html = html.replacen("<html", &format!("<html{told}"), 1);
    tagged(headers, asset.kind, html.into_bytes().into())
}

/// A file that the shell asks for.
pub(super) async fn asset(
    Segments(name): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match ui::find(&name) {
        Some(asset) => Ok(file(&headers, asset)),
        None => Err(Problem::not_found(format!("the page has no file {name:?}"))),
    }
}

/// What browsers ask for unasked.
pub(super) async fn favicon(headers: HeaderMap) -> Result<Response, Problem> {
    ui::find("favicon.svg")
        .map(|asset| file(&headers, asset))
        .ok_or_else(|| Problem::not_found("there is no icon"))
}

/// What AI agents read first.
pub(super) async fn llms(State(face): State<AppState>, _: NoParams) -> Response {
    let base = &face.settings().network.base_path;
    let text = include_str!("llms.txt").replace("](/", &format!("]({base}/"));
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// An embedded file.
pub(super) fn file(headers: &HeaderMap, asset: &'static Asset) -> Response {
    tagged(headers, asset.kind, Bytes::from_static(asset.bytes))
}

/// Bytes with their ETag; 304 where the browser has them. It is weak because an answer may be compressed.
fn tagged(headers: &HeaderMap, kind: &'static str, bytes: Bytes) -> Response {
    let hash = &blake3::hash(&bytes).to_hex()[..ETAG_CHARS];
    named(headers, kind, hash, bytes)
}

/// The same for a body of that version, whatever names it; a body that the browser has is not read.
pub(super) fn named(
    headers: &HeaderMap,
    kind: &'static str,
    version: &str,
    body: impl IntoResponse,
) -> Response {
    let etag = format!("W/\"{version}\"");
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body.into_response()
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    set.insert(header::CACHE_CONTROL, CACHE);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        set.insert(header::ETAG, etag);
    }
    response
}

/// Digits of a hash that tell one release's file from another's.
pub(super) const ETAG_CHARS: usize = 32;

/// Kept by the browser, but asked about each time: names stay the same over releases.
const CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// Whether the caller has the very thing already.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let bare = etag.trim_start_matches("W/");
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|known| known.to_str().ok())
        .unwrap_or_default();
    known
        .split(',')
        .map(|one| one.trim().trim_start_matches("W/"))
        .any(|one| one == bare || one == "*")
}
