//! Every metric of `/metrics`: type, labels and meaning, for the HELP lines and for `schemas/metrics.md`.

use std::fmt::Write as _;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram};

use Kind::{Counter, Gauge, Histogram};

/// The type of a metric.
#[derive(Clone, Copy)]
enum Kind {
    /// Only grows, from 0 at the start.
    Counter,
    /// The current value.
    Gauge,
    /// Seconds, in buckets.
    Histogram,
}

/// A metric: name, type, labels, meaning.
type Row = (&'static str, Kind, &'static str, &'static str);

/// All metrics, by subject.
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
        "Number of active degradations; /readyz lists them",
    ),
    ("cuecard_articles", Gauge, "", "Articles in the index"),
    ("cuecard_passages", Gauge, "", "Passages in the index"),
    (
        "cuecard_index_generation",
        Gauge,
        "",
        "Generation number of the index",
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
    ("cuecard_open_calls", Gauge, "", "Open calls"),
    (
        "cuecard_pool_waiting",
        Gauge,
        "",
        "Requests waiting for a worker",
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
        "Time until the first byte of the response",
    ),
    (
        "cuecard_http_requests_in_flight",
        Gauge,
        "",
        "Requests whose response has not begun",
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
        "Duration of a search stage: embedding, keyword, vector, reranking",
    ),
    (
        "cuecard_search_stage_failures_total",
        Counter,
        "stage",
        "Search stages that failed; the search continued without their results",
    ),
    (
        "cuecard_search_remembered_total",
        Counter,
        "",
        "Searches answered from the one-minute answer cache",
    ),
    (
        "cuecard_search_engagements_total",
        Counter,
        "type, rating",
        "Engagements with hits: opened, copied, rated",
    ),
    (
        "cuecard_account_source_total",
        Counter,
        "source, outcome",
        "Requests to account sources",
    ),
    (
        "cuecard_account_source_duration_seconds",
        Histogram,
        "source",
        "Response time of an account source",
    ),
    (
        "cuecard_generated_total",
        Counter,
        "outcome",
        "Requests to the language model",
    ),
    (
        "cuecard_generate_duration_seconds",
        Histogram,
        "",
        "Duration of a request to the language model",
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
        "Events lost: queue (full), disk (could not be written)",
    ),
    (
        "cuecard_audit_dropped_total",
        Counter,
        "reason",
        "Audit log lines lost: queue (full), disk (could not be written), panic (internal error)",
    ),
];

/// Losses, by reason: registered as 0 at start, since `increase` misses the step from an absent series to its first value.
const LOSSES: [(&str, &[&str]); 2] = [
    ("cuecard_insights_dropped_total", &["queue", "disk"]),
    ("cuecard_audit_dropped_total", &["queue", "disk", "panic"]),
];

/// Registers the description of every metric.
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

Written by `cuecard schemas`; do not edit. Metrics exposed at `GET /metrics`. Counters of losses start at 0, any other counter appears
after its first increment. Durations are in
seconds, in buckets from 0.0005 to 30. [deploy/alerts.yaml](../deploy/alerts.yaml) has alert rules, [deploy/grafana.json](../deploy/grafana.json)
a dashboard.

| name | type | labels | meaning |
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
