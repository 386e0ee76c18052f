//! Every refusal's shape: RFC 9457 problem details with a stable `code`.
//!
//! Owns the table from errors of the core to status and code. Handlers return [`Problem`] and nothing else.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    live::LiveError,
    oidc::OidcError,
    search::error::{Flaw, SearchError},
};

/// Media type of every refusal.
pub(super) const MEDIA_TYPE: &str = "application/problem+json";

/// What `type` begins with; the code follows.
const TYPE_PREFIX: &str = "urn:cuecard:problem:";

/// Seconds after which a request that met a full server is worth repeating.
const RETRY_SECS: u64 = 1;

/// Seconds after which an identity provider is worth asking again.
const PROVIDER_RETRY_SECS: u64 = 30;

/// A refusal. Boxed: it travels in every handler's result, and almost none of them has one.
#[derive(Debug, Clone)]
pub(super) struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
    errors: Vec<Flaw>,
    retry_after: Option<u64>,
    request_id: Option<String>,
}

/// The refusal as it is written.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody<'a> {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// What is wrong here, and what to do about it.
    detail: &'a str,
    /// Stable name to branch on.
    code: &'a str,
    /// What is wrong with the input, place by place.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Flaw],
    /// What the server's log calls this request; with failures of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Problem {
    /// A refusal of that kind.
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self(Box::new(Parts {
            status,
            code,
            title,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
            request_id: None,
        }))
    }

    /// The same, worth repeating after so many seconds.
    pub(super) fn retry_after(mut self, secs: u64) -> Self {
        self.0.retry_after = Some(secs);
        self
    }

    /// 400 for an input with these flaws; the first speaks for all.
    pub(super) fn flawed(flaws: Vec<Flaw>) -> Self {
        let first = flaws
            .first()
            .map_or("the input is not valid", |flaw| flaw.detail.as_str());
        let place = flaws.first().map_or("", |flaw| flaw.pointer.as_str());
        let detail = if place.is_empty() {
            first.to_owned()
        } else {
            format!("{place}: {first}")
        };
        let mut problem = Self::new(
            StatusCode::BAD_REQUEST,
            "bad_request",
            "The input is not valid",
            detail,
        );
        problem.0.errors = flaws;
        problem
    }

    /// 400 for one flaw.
    pub(super) fn flaw(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::flawed(vec![Flaw::new(pointer, detail)])
    }

    /// 404 for an article that does not exist for the caller.
    pub(super) fn unknown_article(id: &str) -> Self {
        let detail = format!("there is no article {id:?}; GET /v1/articles lists them");
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown_article",
            "No such article",
            detail,
        )
    }

    /// 404 for something else that is not here.
    pub(super) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "Nothing is here",
            detail,
        )
    }

    /// 413.
    pub(super) fn too_large(limit: usize) -> Self {
        let detail = format!("the body is larger than {limit} bytes; send less at once");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "The body is too large",
            detail,
        )
    }

    /// 408 for a body that does not arrive.
    pub(super) fn slow_body(secs: u64) -> Self {
        let detail = format!("the body did not arrive within {secs} s; send it at once");
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "body_too_slow",
            "The body did not arrive",
            detail,
        )
    }

    /// 503 for a server with too much to do.
    pub(super) fn overloaded() -> Self {
        let detail = "too many requests are waiting; ask again in a second";
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded",
            "The server is busy",
            detail,
        )
        .retry_after(RETRY_SECS)
    }

    /// 503 for a record that cannot be read or written now.
    pub(super) fn insights_unavailable(detail: &str) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "insights_unavailable",
            "Insights are not available",
            detail,
        )
        .retry_after(RETRY_SECS)
    }

    /// 503 for a request that took too long.
    pub(super) fn timeout(secs: u64) -> Self {
        let detail =
            format!("the request was not answered within {secs} s and was given up; ask again");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            "The request took too long",
            detail,
        )
        .retry_after(RETRY_SECS)
    }

    /// 500 for an answer that could not be written.
    pub(super) fn unwritten() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed",
            "the answer could not be written; report this",
        )
    }

    /// 500 for a mistake of ours; the log has the rest under the request's id.
    pub(super) fn internal(request_id: &str) -> Self {
        let detail = format!("the server failed; report the request id {request_id}");
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed",
            detail,
        );
        problem.0.request_id = Some(request_id.to_owned());
        problem
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        let detail = error.to_string();
        match error {
            SearchError::Invalid { pointer, detail } => Self::flaw(pointer, detail),
            SearchError::EmbeddingsUnavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "embeddings_unavailable",
                "There is no search by meaning",
                detail,
            ),
            SearchError::VectorsUnavailable => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "vectors_unavailable",
                "Search by meaning fails for now",
                detail,
            )
            .retry_after(RETRY_SECS),
            SearchError::NotReady => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "not_ready",
                "The index is being built",
                detail,
            )
            .retry_after(RETRY_SECS),
        }
    }
}

impl From<OidcError> for Problem {
    fn from(error: OidcError) -> Self {
        let detail = error.to_string();
        match error {
            OidcError::Rejected(_) | OidcError::Login(_) => Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "Nobody is known by this",
                detail,
            ),
            OidcError::NoRights => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "Nothing is open to you",
                detail,
            ),
            OidcError::Unreachable(_) | OidcError::CaFile(..) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "identity_provider_unreachable",
                "The identity provider does not answer",
                detail,
            )
            .retry_after(PROVIDER_RETRY_SECS),
        }
    }
}

impl From<LiveError> for Problem {
    fn from(error: LiveError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            LiveError::BadInput { pointer, detail } => Self::flaw(pointer, detail),
            LiveError::UnknownCall { .. } => {
                Self::new(StatusCode::NOT_FOUND, code, "No such call", detail)
            }
            LiveError::UnknownCard { .. } => {
                Self::new(StatusCode::NOT_FOUND, code, "No such card", detail)
            }
            LiveError::CallEnded { .. } => {
                Self::new(StatusCode::CONFLICT, code, "The call has ended", detail)
            }
            LiveError::TooManyCalls { .. } => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                code,
                "Too many calls are open",
                detail,
            )
            .retry_after(RETRY_SECS),
        }
    }
}

impl Problem {
    /// The refusal as JSON.
    pub(super) fn to_json(&self) -> String {
        let parts = &self.0;
        let body = ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", parts.code),
            title: parts.title,
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
    fn into_response(self) -> Response {
        let text = self.to_json();
        let parts = *self.0;
        let mut response = (parts.status, Body::from(text)).into_response();
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
