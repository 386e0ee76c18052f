//! How long each stage of a search takes, and how often it fails: for `/metrics`.

use std::time::Instant;

use metrics::{counter, histogram};

/// Runs a stage: `embedding`, `words` or `vectors`. What comes from a cache is no stage.
pub(super) fn timed<T, E>(
    stage: &'static str,
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let begun = Instant::now();
    let done = work();
    histogram!("cuecard_search_stage_duration_seconds", "stage" => stage).record(begun.elapsed());
    if done.is_err() {
        counter!("cuecard_search_stage_failures_total", "stage" => stage).increment(1);
    }
    done
}
