//! All tracing spans in one file, so that it is easy to see what leaves the server.
//!
//! They contain counts, modes, durations and ids of responses; never what was asked, said or written, nor by whom. Leaves
//! their destination to `telemetry`. Without a collector, a span costs one comparison.

use std::time::Duration;

use tracing::{Level, Span, field::Empty, info_span, span_enabled};

/// What the spans are told by from all others.
pub const TARGET: &str = "cuecard::trace";

/// A request, by the pattern of its route: its address may hold a question.
#[must_use]
pub fn request(method: &'static str, route: Option<&str>) -> Span {
    info_span!(
        target: TARGET,
        "request",
        otel.name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}")),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
    )
}

/// Notes how a request was answered.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", i64::from(status));
    if status >= 500 {
        failed(span);
    }
}

/// A search, from the question to its hits.
#[must_use]
pub fn search() -> Span {
    info_span!(
        target: TARGET,
        "search",
        cuecard.query_id = Empty,
        cuecard.mode = Empty,
        cuecard.found = Empty,
        cuecard.hits = Empty,
        cuecard.is_answered = Empty,
        cuecard.degraded = Empty,
    )
}

/// What came of a search.
#[derive(Debug)]
pub struct Found<'a> {
    /// Names the answer in feedback and in the audit log.
    pub query_id: &'a str,
    /// Branches that answered.
    pub mode: &'static str,
    /// Matching articles.
    pub found: usize,
    /// Those of them in the answer.
    pub hits: usize,
    /// Whether a sentence was good enough to say.
    pub is_answered: bool,
    /// What was not as it should be, by the names of the contract.
    pub degraded: &'a [String],
}

/// Notes what came of a search.
pub fn found(span: &Span, found: &Found<'_>) {
    if span.is_disabled() {
        return;
    }
    span.record("cuecard.query_id", found.query_id);
    span.record("cuecard.mode", found.mode);
    span.record("cuecard.found", count(found.found));
    span.record("cuecard.hits", count(found.hits));
    span.record("cuecard.is_answered", found.is_answered);
    if !found.degraded.is_empty() {
        span.record("cuecard.degraded", found.degraded.join(",").as_str());
    }
}

/// A stage of what is traced: `embedding`, `words` or `vectors`. What nobody asked for, such as learning, is none.
#[must_use]
pub fn stage(name: &'static str) -> Span {
    if !span_enabled!(target: TARGET, Level::INFO) || Span::current().is_none() {
        return Span::none();
    }
    info_span!(target: TARGET, "stage", otel.name = name, otel.status_code = Empty)
}

/// A look at the content that found changes, which took that long to read.
#[must_use]
pub fn content_pass(changed: usize, gone: usize, reading: Duration) -> Span {
    info_span!(
        target: TARGET,
        "content pass",
        otel.status_code = Empty,
        cuecard.changed = count(changed),
        cuecard.gone = count(gone),
        cuecard.reading_ms = reading.as_secs_f64() * 1e3,
        cuecard.articles = Empty,
        cuecard.waiting_for_vectors = Empty,
    )
}

/// Notes what is visible after a content pass.
pub fn taken_in(span: &Span, articles: usize, waiting_for_vectors: usize) {
    span.record("cuecard.articles", count(articles));
    span.record("cuecard.waiting_for_vectors", count(waiting_for_vectors));
}

/// A few of the units whose vectors follow after a large content pass.
#[must_use]
pub fn vectors_follow(waiting_for_vectors: usize) -> Span {
    info_span!(
        target: TARGET,
        "vectors follow",
        cuecard.waiting_for_vectors = count(waiting_for_vectors),
    )
}

/// Notes that it failed. Why is in the log.
pub fn failed(span: &Span) {
    span.record("otel.status_code", "ERROR");
}

/// A number that stays one on its way: unsigned ones become texts.
fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
