//! Middleware around every request: request id, log line, metrics, span, and security headers.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use metrics::{counter, gauge, histogram};
use tracing::Instrument as _;
use uuid::Uuid;

use super::{
    metrics::{DURATION, IN_FLIGHT, REQUESTS},
    peer::Client,
    problem::Code,
    state::AppState,
};
use crate::{telemetry, trace};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters of a request id that a caller may choose.
const MAX_ID_CHARS: usize = 64;

/// Nothing from elsewhere, no inline script or style, no frame around us but our own. Articles' images are ours.
const CSP: &str = "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; \
                   base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

const GUARDS: [(HeaderName, HeaderValue); 6] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    // The page's address holds the question.
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The policy, with these origins' pages as further frames around us.
pub(super) fn policy(frame_parents: &[String]) -> HeaderValue {
    let text = [CSP, &frame_parents.join(" ")].join(" ");
    // Origins were checked with the configuration.
    HeaderValue::from_str(text.trim_end()).unwrap_or(HeaderValue::from_static(CSP))
}

/// Said where a proxy speaks TLS for us: a browser that was here asks by TLS from then on, for a year.
const TLS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Names a request in the log and in the answer: the caller's name for it where it is harmless, else a new one.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

tokio::task_local! {
    static CURRENT_ID: String;
}

/// What the request is called that this task answers.
pub(super) fn current_id() -> Option<String> {
    CURRENT_ID.try_with(Clone::clone).ok()
}

/// The outermost layer.
pub(super) async fn observe(
    State(face): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let id = given_id(&request).unwrap_or_else(|| Uuid::new_v4().simple().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = method_label(request.method());
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let matched = pattern.as_ref().map(MatchedPath::as_str);
    let route = matched.unwrap_or("unmatched").to_owned();
    let span = trace::request(method, matched);
    telemetry::go_on(&span, request.headers());

    let client = request.extensions().get::<Client>().copied();
    let client = client.unwrap_or_default();

    let begun = Instant::now();
    let in_flight = InFlight::begin();
    let answer = next.run(request).instrument(span.clone());
    let mut response = CURRENT_ID.scope(id.clone(), answer).await;
    drop(in_flight);
    let took = begun.elapsed();

    let status = response.status().as_u16();
    trace::answered(&span, status);
    histogram!(DURATION, "method" => method, "route" => route.clone()).record(took);
    counter!(REQUESTS, "method" => method, "route" => route.clone(), "status" => status.to_string()).increment(1);
    if status >= 500 {
        let code = response.extensions().get::<Code>().map(|code| code.0);
        tracing::warn!(request_id = %id, method, route, status, code, "a request failed");
    }
    let from = client.address.map(tracing::field::display);
    let trace_id = || telemetry::id(&span).map(tracing::field::display);
    tracing::debug!(request_id = %id, trace_id = trace_id(), client = from, method, route, status, took_ms = took.as_secs_f64() * 1e3, "answered");

    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert_with(|| face.policy().clone());
    if client.is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, TLS_ONLY);
    }
    for (name, value) in GUARDS {
        headers.entry(name).or_insert(value);
    }
    response
}

fn given_id(request: &Request) -> Option<String> {
    let text = request.headers().get(REQUEST_ID)?.to_str().ok()?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    ((1..=MAX_ID_CHARS).contains(&text.len()) && text.chars().all(harmless))
        .then(|| text.to_owned())
}

/// A caller can make up methods; labels must not grow with them.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::PUT => "PUT",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Counts a request in flight, also when its caller leaves before the answer.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        gauge!(IN_FLIGHT).increment(1.0);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        gauge!(IN_FLIGHT).decrement(1.0);
    }
}
