//! Every number of `/metrics`: its kind, its labels and what it counts, for the page's HELP lines and `schemas/metrics.md`.

use std::fmt::Write as _;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram};

use Kind::{Counter, Gauge, Histogram};

/// What a number does over time.
#[derive(Clone, Copy)]
enum Kind {
    /// Only grows; from 0 at the start.
    Counter,
    /// As it is now.
    Gauge,
    /// Seconds, in buckets.
    Histogram,
}

/// A number: its name, kind, labels, and what it counts.
type Row = (&'static str, Kind, &'static str, &'static str);

/// All of them, by what they are about.
const TABLE: [Row; 24] = [
    (
        "cuecard_ready",
        Gauge,
        "",
        "1 once the content found at start is searchable by keyword, else 0",
    ),
    (
        "cuecard_degraded",
        Gauge,
        "",
        "Things that are not as they should be; /readyz names them",
    ),
    ("cuecard_articles", Gauge, "", "Articles in the index"),
    ("cuecard_passages", Gauge, "", "Passages in the index"),
    (
        "cuecard_index_generation",
        Gauge,
        "",
        "Visible states of the index since it was made",
    ),
    (
        "cuecard_index_pending",
        Gauge,
        "",
        "Changed files seen and not yet searchable",
    ),
    (
        "cuecard_pending_embeddings",
        Gauge,
        "",
        "Texts searchable by keyword whose vectors are still missing",
    ),
    ("cuecard_open_calls", Gauge, "", "Calls that go on"),
    (
        "cuecard_pool_waiting",
        Gauge,
        "",
        "Requests that wait for a free slot",
    ),
    (
        "cuecard_http_requests_total",
        Counter,
        "method, route, status",
        "Requests answered",
    ),
    (
        "cuecard_http_request_duration_seconds",
        Histogram,
        "method, route",
        "Time until the answer began",
    ),
    (
        "cuecard_http_requests_in_flight",
        Gauge,
        "",
        "Requests whose answer has not begun",
    ),
    (
        "cuecard_http_limited_total",
        Counter,
        "reason",
        "Requests refused with 429: rate_limited, too_many_at_once, too_many_streams",
    ),
    (
        "cuecard_search_stage_duration_seconds",
        Histogram,
        "stage",
        "Time of a stage of a search: embedding, words, vectors, reranking",
    ),
    (
        "cuecard_search_stage_failures_total",
        Counter,
        "stage",
        "Stages of searches that failed; the search went on without",
    ),
    (
        "cuecard_search_remembered_total",
        Counter,
        "",
        "Searches answered as the same question was within the minute",
    ),
    (
        "cuecard_search_engagements_total",
        Counter,
        "type, rating",
        "What people did with hits",
    ),
    (
        "cuecard_account_source_total",
        Counter,
        "source, outcome",
        "Accounts asked of a source",
    ),
    (
        "cuecard_account_source_duration_seconds",
        Histogram,
        "source",
        "Time of a source's answer",
    ),
    (
        "cuecard_generated_total",
        Counter,
        "outcome",
        "Texts asked of the language model",
    ),
    (
        "cuecard_generate_duration_seconds",
        Histogram,
        "",
        "Time of a text of the language model",
    ),
    (
        "cuecard_insights_events_total",
        Counter,
        "",
        "Events written to insights.sqlite",
    ),
    (
        "cuecard_insights_dropped_total",
        Counter,
        "reason",
        "Events lost: queue (too many at once), disk (could not be written)",
    ),
    (
        "cuecard_audit_dropped_total",
        Counter,
        "reason",
        "Lines of the audit log lost: queue (too many at once), disk (could not be written), panic (a fault of ours)",
    ),
];

/// Losses, by their reasons: counted as 0 from the start, since `increase` misses the step from nothing to the first one.
const LOSSES: [(&str, &[&str]); 2] = [
    ("cuecard_insights_dropped_total", &["queue", "disk"]),
    ("cuecard_audit_dropped_total", &["queue", "disk", "panic"]),
];

/// Tells the recorder what each number is.
pub(super) fn describe() {
    for (name, kind, _, help) in TABLE {
        match kind {
            Counter => describe_counter!(name, help),
            Gauge => describe_gauge!(name, help),
            Histogram => describe_histogram!(name, help),
        }
    }
    for (name, reasons) in LOSSES {
        for reason in reasons {
            counter!(name, "reason" => *reason).increment(0);
        }
    }
}

/// The table as Markdown.
#[must_use]
pub fn metrics_table() -> String {
    let mut table = String::from(HEAD);
    for (name, kind, labels, help) in TABLE {
        let kind = match kind {
            Counter => "counter",
            Gauge => "gauge",
            Histogram => "histogram",
        };
        let _ = writeln!(table, "| `{name}` | {kind} | {labels} | {help} |");
    }
    table
}

const HEAD: &str = "# Metrics

Written by `cuecard schemas`; do not edit. What `GET /metrics` tells Prometheus. Losses are told from the start; any other counter is missing
as long as it is 0. Durations are in seconds, with buckets from 0.0005 to 30. [deploy/alerts.yaml](../deploy/alerts.yaml) has rules that wake somebody,
[deploy/grafana.json](../deploy/grafana.json) a dashboard.

| name | kind | labels | what it counts |
|---|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::metrics_table;

    #[test]
    fn the_written_table_is_up_to_date() {
        assert_eq!(
            include_str!("../../../schemas/metrics.md"),
            metrics_table(),
            "run `cuecard schemas schemas`"
        );
    }
}
