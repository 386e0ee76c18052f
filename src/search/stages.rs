//! Duration and failures of each stage of a search, for `/metrics` and for traces.

use std::time::Instant;

use metrics::{counter, histogram};
use tracing::Span;

use super::types::SearchResponse;
use crate::trace;

/// Runs a stage: `embedding`, `keyword`, `vector` or `reranking`. What comes from a cache is no stage.
pub(super) fn timed<T, E>(
    stage: &'static str,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let begun = Instant::now();
    let span = trace::stage(stage);
    let done = span.in_scope(work);
    histogram!("cuecard_search_stage_duration_seconds", "stage" => stage).record(begun.elapsed());
    if done.is_err() {
        counter!("cuecard_search_stage_failures_total", "stage" => stage).increment(1);
        trace::failed(&span);
    }
    done
}

/// Notes in a search's span what came of it.
pub(super) fn note(span: &Span, response: &SearchResponse) {
    let found = trace::Found {
        query_id: &response.query_id,
        mode: response.mode.name(),
        found: response.total,
        hits: response.hits.len(),
        is_answered: response.answer.is_some(),
        degraded: &response.degraded,
    };
    trace::found(span, &found);
}
