//! `/docs` and `/openapi.json`: the contract, to read and to try.
//!
//! The page is ours and small: ready-made ones load their scripts from elsewhere, which neither the content
//! security policy nor a desk without internet allows.

use axum::{
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
};

use super::{openapi::openapi, pages::file};
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
pub(super) async fn page(headers: HeaderMap) -> Response {
    file(&headers, &PAGE)
}

/// Its script.
pub(super) async fn script(headers: HeaderMap) -> Response {
    file(&headers, &SCRIPT)
}

/// Its looks.
pub(super) async fn style(headers: HeaderMap) -> Response {
    file(&headers, &STYLE)
}

/// The contract.
pub(super) async fn contract() -> Response {
    (
        [(header::CONTENT_TYPE, "application/json; charset=utf-8")],
        openapi(),
    )
        .into_response()
}
