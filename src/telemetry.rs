//! Logs: to stderr, one line an event; `CUECARD_LOG` filters, `CUECARD_LOG_FORMAT=json` for machines.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging. A server tells what it does; other commands only what goes wrong.
pub fn start(server: bool) {
    let default = if server {
        "info,qdrant_edge=error,tantivy=warn,ort=warn,rmcp=warn"
    } else {
        "error"
    };
    let filter = EnvFilter::try_from_env("CUECARD_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let json = std::env::var("CUECARD_LOG_FORMAT").is_ok_and(|format| format == "json");
    let builder = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // A second start within one process keeps the first.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}
