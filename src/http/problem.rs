//! Error responses: RFC 9457 problem details with a stable `code`.
//!
//! Owns the table from errors of the core to status and code. Handlers return [`Problem`] and nothing else.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::observe;
use crate::{
    live::LiveError,
    oidc::OidcError,
    search::error::{FieldError, SearchError},
};

/// Media type of every refusal.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// What `type` begins with; the code follows.
const TYPE_PREFIX: &str = "urn:cuecard:problem:";

/// Seconds after which a request that met a full server is worth repeating.
const RETRY_SECS: u64 = 1;

/// Seconds after which an identity provider is worth asking again.
const PROVIDER_RETRY_SECS: u64 = 30;

/// The code of a refusal, beside its response: for the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Code(pub(super) &'static str);

/// A kind of problem in words: always the same for a code (RFC 9457, section 3.1.3).
fn title(code: &str) -> &'static str {
    match code {
        "bad_request" => "The input is not valid",
        "body_too_large" => "The body is too large",
        "body_too_slow" => "The body did not arrive",
        "call_ended" => "The call has ended",
        "embeddings_unavailable" => "There is no search by meaning",
        "forbidden" => "No access",
        "host_not_allowed" => "Unknown host",
        "identity_provider_unreachable" => "The identity provider does not answer",
        "insights_unavailable" => "Insights are not available",
        "internal" => "The server failed",
        "method_not_allowed" => "Method not allowed",
        "not_acceptable" => "The answer is not accepted",
        "not_found" => "Nothing is here",
        "not_ready" => "The index is being built",
        "origin_not_allowed" => "Foreign origin",
        "overloaded" => "The server is busy",
        "rate_limited" | "too_many_at_once" | "too_many_streams" => "Too many requests",
        "timeout" => "The request took too long",
        "too_many_calls" => "Too many calls are open",
        "unauthorized" => "Not authenticated",
        "unknown_article" => "No such article",
        "unknown_call" => "No such call",
        "unknown_card" => "No such card",
        "unknown_route" => "No such route",
        "vectors_unavailable" => "Search by meaning fails for now",
        _ => "The request was refused",
    }
}

/// A refusal. Boxed: it travels in every handler's result, and almost none of them has one.
#[derive(Debug, Clone)]
pub(super) struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<FieldError>,
    retry_after: Option<u64>,
    request_id: Option<String>,
}

/// Problem details of an error (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody<'a> {
    /// URI of the problem type.
    #[serde(rename = "type")]
    kind: String,
    /// Summary of the problem type.
    title: &'a str,
    /// HTTP status code.
    status: u16,
    /// What is wrong with this request, and how to fix it.
    detail: &'a str,
    /// Stable error code.
    code: &'a str,
    /// Validation errors.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    /// Id of the request in the server log; only for server errors.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Problem {
    /// A refusal of that kind.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            request_id: None,
        }))
    }

    /// Its stable name.
    pub(super) fn code(&self) -> &'static str {
        self.0.code
    }

    /// The same, worth repeating after so many seconds.
    pub(super) fn retry_after(mut self, secs: u64) -> Self {
        self.0.retry_after = Some(secs);
        self
    }

    /// 400 for an input with these flaws; the first speaks for all.
    pub(super) fn flawed(flaws: Vec<FieldError>) -> Self {
        let first = flaws
            .first()
            .map_or("the input is not valid", |flaw| flaw.detail.as_str());
        let place = flaws.first().map_or("", |flaw| flaw.pointer.as_str());
        let detail = if place.is_empty() {
            first.to_owned()
        } else {
            format!("{place}: {first}")
        };
        let mut problem = Self::new(StatusCode::BAD_REQUEST, "bad_request", detail);
        problem.0.errors = flaws;
        problem
    }

    /// 400 for one flaw.
    pub(super) fn flaw(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::flawed(vec![FieldError::new(pointer, detail)])
    }

    /// 404 for an article that does not exist for the caller.
    pub(super) fn unknown_article(id: &str) -> Self {
        let detail = format!("there is no article {id:?}; GET /v1/articles lists them");
        Self::new(StatusCode::NOT_FOUND, "unknown_article", detail)
    }

    /// 404 for something else that is not here.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 413.
    pub(super) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes; send less at once");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail)
    }

    /// 408 for a body that does not arrive.
    pub(super) fn slow_body(secs: u64) -> Self {
        let detail = format!("the body did not arrive within {secs} s; send it at once");
        Self::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", detail)
    }

    /// 503 for a server with too much to do.
    pub(super) fn overloaded() -> Self {
        let detail = "too many requests are waiting; ask again in a second";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", detail).retry_after(RETRY_SECS)
    }

    /// 503 for a record that cannot be read or written now.
    pub(super) fn insights_unavailable(detail: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "insights_unavailable",
            detail,
        )
        .retry_after(RETRY_SECS)
    }

    /// 503 for a request that took too long.
    pub(super) fn timeout(secs: u64) -> Self {
        let detail =
            format!("the request was not answered within {secs} s and was given up; ask again");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "timeout", detail).retry_after(RETRY_SECS)
    }

    /// 500 for an answer that could not be written.
    pub(super) fn unwritten() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the answer could not be written; report the request's id",
        )
    }

    /// 500 for a mistake of ours; the log has the rest under the request's id.
    pub(super) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "the server failed; report the request's id",
        )
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        let unavailable = Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail);
        match error {
            SearchError::Invalid { pointer, detail } => Self::flaw(pointer, detail),
            SearchError::EmbeddingsUnavailable => unavailable,
            SearchError::VectorsUnavailable | SearchError::NotReady => {
                unavailable.retry_after(RETRY_SECS)
            }
        }
    }
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        let detail = error.to_string();
        match error {
            OidcError::Rejected(_) | OidcError::Login(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
            }
            OidcError::NoRights => Self::new(StatusCode::FORBIDDEN, "forbidden", detail),
            OidcError::Unreachable(_) | OidcError::CaFile(..) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "identity_provider_unreachable",
                detail,
            )
            .retry_after(PROVIDER_RETRY_SECS),
        }
    }
}

impl From<LiveError> for Problem {
    fn from(error: LiveError) -> Self {
        let refusal = |status| Self::new(status, error.code(), error.to_string());
        match &error {
            LiveError::BadInput { pointer, detail } => Self::flaw(*pointer, detail),
            LiveError::UnknownCall { .. } | LiveError::UnknownCard { .. } => {
                refusal(StatusCode::NOT_FOUND)
            }
            LiveError::CallEnded { .. } => refusal(StatusCode::CONFLICT),
            LiveError::TooManyCalls { .. } => {
                refusal(StatusCode::SERVICE_UNAVAILABLE).retry_after(RETRY_SECS)
            }
        }
    }
}

impl Problem {
    /// The refusal as JSON.
    pub(super) fn to_json(&self) -> String {
        let parts = &self.0;
        let body = ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", parts.code),
            title: title(parts.code),
            status: parts.status.as_u16(),
            detail: &parts.detail,
            code: parts.code,
            errors: &parts.errors,
            request_id: parts.request_id.as_deref(),
        };
        // Strings and numbers only: there is nothing in it that serialising could refuse.
        serde_json::to_string(&body).unwrap_or_default()
    }
}

impl IntoResponse for Problem {
    fn into_response(mut self) -> Response {
        if self.0.status == StatusCode::INTERNAL_SERVER_ERROR {
            self.0.request_id = observe::current_id();
        }
        let text = self.to_json();
        let parts = *self.0;
        let mut response = (parts.status, Body::from(text)).into_response();
        response.extensions_mut().insert(Code(parts.code));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(secs) = parts.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(secs));
        }
        if parts.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"cuecard\""),
            );
        }
        response
    }
}
