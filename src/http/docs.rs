//! `/docs` and `/openapi.json`: the API description, to read and to try out.
//!
//! The page is our own: ready-made ones load their scripts from other sites, which neither the content security policy
//! nor a desktop without internet access allows.

use axum::{
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Value, json};

use super::{
    openapi::openapi,
    pages::{self, file},
    params::NoParams,
    state::AppState,
};
use crate::ui::Asset;

const PAGE: Asset = Asset {
    name: "docs.html",
    kind: "text/html; charset=utf-8",
    bytes: include_bytes!("docs/docs.html"),
};
const SCRIPT: Asset = Asset {
    name: "docs.js",
    kind: "text/javascript; charset=utf-8",
    bytes: include_bytes!("docs/docs.js"),
};
const STYLE: Asset = Asset {
    name: "docs.css",
    kind: "text/css; charset=utf-8",
    bytes: include_bytes!("docs/docs.css"),
};

/// The page.
pub(super) async fn page(State(face): State<AppState>, headers: HeaderMap) -> Response {
    pages::page(&face, &headers, &PAGE)
}

/// Its script.
pub(super) async fn script(headers: HeaderMap) -> Response {
    file(&headers, &SCRIPT)
}

/// Its looks.
pub(super) async fn style(headers: HeaderMap) -> Response {
    file(&headers, &STYLE)
}

/// The contract, with the path under which its own paths are found.
pub(super) async fn contract(State(face): State<AppState>, _: NoParams) -> Response {
    let base = &face.settings().network.base_path;
    let mut text = openapi();
    if !base.is_empty()
        && let Ok(mut api) = serde_json::from_str::<Value>(&text)
    {
        api["servers"] = json!([{"url": base}]);
        text = api.to_string();
    }
    (
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        text,
    )
        .into_response()
}
