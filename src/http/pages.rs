//! The page's own files: no key is needed for them, and a browser asks for each only when it changed.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};

use super::{face::Face, problem::Problem};
use crate::ui::{self, Asset};

/// The shell that every address of the page is answered with; it says whether there is a preview, and who may frame it.
pub(super) async fn shell(State(face): State<Face>, headers: HeaderMap) -> Response {
    let shell = ui::index();
    let settings = face.settings();
    let mut told = String::new();
    if settings.preview {
        told += " data-preview";
    }
    if !settings.frame_parents.is_empty() {
        // Origins hold no quotes: they were checked with the configuration.
        told += &format!(
            " data-frame-parents=\"{}\"",
            settings.frame_parents.join(" ")
        );
    }
    if told.is_empty() {
        return file(&headers, shell);
    }
    let html = String::from_utf8_lossy(shell.bytes).replacen("<html", &format!("<html{told}"), 1);
    let fresh = [
        (header::CONTENT_TYPE, HeaderValue::from_static(shell.kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (fresh, html).into_response()
}

/// A file that the shell asks for.
pub(super) async fn asset(
    Path(name): Path<String>,
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
pub(super) async fn llms() -> Response {
    let text = include_str!("llms.txt");
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

/// An embedded file with its ETag; 304 where the browser has it. It is weak because an answer may be compressed.
pub(super) fn file(headers: &HeaderMap, asset: &'static Asset) -> Response {
    let etag = format!(
        "W/\"{}\"",
        &blake3::hash(asset.bytes).to_hex()[..ETAG_CHARS]
    );
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        asset.bytes.into_response()
    };
    let set = response.headers_mut();
    set.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    set.insert(header::CACHE_CONTROL, CACHE);
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        set.insert(header::ETAG, etag);
    }
    response
}

/// Digits of a hash that tell one release's file from another's.
const ETAG_CHARS: usize = 32;

/// Kept by the browser, but asked about each time: names stay the same over releases.
const CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// Whether the caller has the very thing already.
pub(super) fn is_known(headers: &HeaderMap, etag: &str) -> bool {
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
