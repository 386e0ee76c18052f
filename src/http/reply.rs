//! Responses: JSON serialised once, off the async threads, with the state of the index where it applies; and streams of
//! events.

use std::convert::Infallible;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt as _};
use serde::Serialize;
use utoipa::ToSchema;

use super::{problem::Problem, state::AppState};
use crate::{index::Catalog, search::types::IndexInfo};

/// Media type of every answer that is not a refusal.
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// An answer, serialised.
#[derive(Debug)]
pub(super) struct Json {
    status: StatusCode,
    bytes: Vec<u8>,
}

impl Json {
    /// Serialises an answer; call it on the pool where it may be large.
    ///
    /// # Errors
    /// Maps whose keys are not texts; the contract has none.
    pub(super) fn of(value: &impl Serialize) -> Result<Self, Problem> {
        match serde_json::to_vec(value) {
            Ok(bytes) => Ok(Self {
                status: StatusCode::OK,
                bytes,
            }),
            Err(error) => {
                tracing::error!(%error, "could not write an answer as JSON");
                Err(Problem::unwritten())
            }
        }
    }

    /// The same under another status.
    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }
}

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        let mut response = (self.status, Body::from(self.bytes)).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, JSON);
        response
    }
}

/// Server-sent events, which nginx passes on as they come instead of filling a buffer first.
pub(super) fn event_stream(
    events: impl Stream<Item = Event> + Send + 'static,
    alive: KeepAlive,
) -> Response {
    const UNBUFFERED: (HeaderName, HeaderValue) = (
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    let events = events.map(Ok::<_, Infallible>);
    ([UNBUFFERED], Sse::new(events).keep_alive(alive)).into_response()
}

/// A response served from the index.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Fresh<T> {
    /// The answer's own fields.
    #[serde(flatten)]
    pub(super) body: T,
    /// Freshness of the index.
    pub(super) index: IndexInfo,
    /// Reasons for degraded operation; empty if none.
    pub(super) degraded: Vec<String>,
}

impl<T> Fresh<T> {
    /// Puts the freshness of a catalog beside an answer from it.
    pub(super) fn of(face: &AppState, catalog: &Catalog, body: T) -> Self {
        let (index, degraded) = face.service().freshness(catalog);
        Self {
            body,
            index,
            degraded,
        }
    }
}
