//! Metrics for Prometheus: rate, errors and duration of every route, and the state of the service.
//!
//! Owns the process's one recorder and the `/metrics` page. Labels are routes, never paths: a scan of random addresses
//! adds one line, not thousands. No metric contains an article or a customer.

mod table;

use std::sync::OnceLock;

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use metrics::{counter, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::task::spawn_blocking;

pub use table::metrics_table;

use super::{
    engagement::SearchEngagementRequest, params::NoParams, problem::Problem, state::AppState,
};

/// Upper bounds in seconds: from a cached keyword query to a request that is about to be given up.
const DURATION_BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.04, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// Every name that ends like this is a histogram of seconds.
const DURATION_SUFFIX: &str = "_duration_seconds";

/// Requests answered, by method, route and status.
pub(super) const REQUESTS: &str = "cuecard_http_requests_total";
/// Seconds until the answer began, by method and route.
pub(super) const DURATION: &str = "cuecard_http_request_duration_seconds";
/// Requests whose answer has not begun.
pub(super) const IN_FLIGHT: &str = "cuecard_http_requests_in_flight";

/// The process's recorder: installed by the first who asks. Metrics of all modules end up in it.
#[must_use]
pub fn recorder() -> PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(install).clone()
}

fn install() -> PrometheusHandle {
    let builder = PrometheusBuilder::new();
    let builder = builder
        .set_buckets_for_metric(
            Matcher::Suffix(DURATION_SUFFIX.to_owned()),
            &DURATION_BUCKETS,
        )
        .unwrap_or_else(|_| PrometheusBuilder::new());
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!(
            "another recorder is installed already; /metrics shows nothing of this process"
        );
    }
    table::describe();
    handle
}

/// Takes note of what somebody did with a hit.
pub(super) fn engaged(request: &SearchEngagementRequest) {
    let rating = request.rating.map_or("none", crate::live::Rating::name);
    counter!("cuecard_search_engagements_total", "type" => request.kind.name(), "rating" => rating)
        .increment(1);
}

/// Prometheus metrics
///
/// Text format 0.0.4: request rate, errors and duration by route, index size and freshness, open calls.
#[utoipa::path(
    get, path = "/metrics", tag = "operation", operation_id = "metrics",
    responses((status = 200, description = "Metrics in the Prometheus text format", body = String, content_type = "text/plain")),
)]
pub(super) async fn metrics(
    State(face): State<AppState>,
    _: NoParams,
) -> Result<Response, Problem> {
    let seen = face.clone();
    // Beside the pool: whoever watches the server wants to know most when it is busy.
    let look = move || {
        let service = seen.service();
        (service.readiness(), service.registry().open_calls())
    };
    let seen = spawn_blocking(look).await;
    let (state, calls) = seen.map_err(|_| Problem::unwritten())?;
    gauge!("cuecard_ready").set(f64::from(u8::from(state.ready)));
    gauge!("cuecard_articles").set(state.articles as f64);
    gauge!("cuecard_passages").set(state.passages as f64);
    gauge!("cuecard_pending_embeddings").set(state.pending_embeddings.unwrap_or_default() as f64);
    gauge!("cuecard_index_generation").set(state.index.generation as f64);
    gauge!("cuecard_index_pending").set(state.index.pending as f64);
    gauge!("cuecard_degraded").set(state.degraded.len() as f64);
    gauge!("cuecard_open_calls").set(calls as f64);
    gauge!("cuecard_pool_waiting").set(face.waiting() as f64);
    let metrics = face.metrics();
    metrics.run_upkeep();
    let mut response = metrics.render().into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
