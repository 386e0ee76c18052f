//! Logs, and traces where a collector is named.
//!
//! Logs go to stderr, one line an event; `CUECARD_LOG` filters, `CUECARD_LOG_FORMAT=json` for machines. Leaves what a trace
//! is made of to `trace`.

mod collector;
mod traces;

use std::io::IsTerminal;

use tracing_subscriber::{
    EnvFilter, Layer as _, fmt, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

pub use traces::{go_on, id};

use crate::trace;
use traces::Traces;

/// What was started.
#[derive(Debug)]
#[must_use]
pub struct Telemetry(Option<Traces>);

/// Starts logging. A server tells what it does, and is traced where the environment names a collector; other commands
/// tell only what goes wrong.
pub fn start(server: bool) -> Telemetry {
    let default = if server {
        "info,qdrant_edge=error,tantivy=warn,ort=warn,rmcp=warn"
    } else {
        "error"
    };
    let filter = EnvFilter::try_from_env("CUECARD_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let filter = match format!("{}=off", trace::TARGET).parse() {
        Ok(no_spans) => filter.add_directive(no_spans),
        Err(_) => filter,
    };
    let json = std::env::var("CUECARD_LOG_FORMAT").is_ok_and(|format| format == "json");
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    let traces = if server {
        Traces::start(|name| std::env::var(name).ok())
    } else {
        Ok(None)
    };
    let mut layers = vec![if json {
        lines.json().with_filter(filter).boxed()
    } else {
        lines.with_filter(filter).boxed()
    }];
    if let Ok(Some(traces)) = &traces {
        layers.push(traces.layer());
    }
    // A second start within one process keeps the first.
    let _ = tracing_subscriber::registry().with(layers).try_init();
    match &traces {
        Ok(Some(traces)) => {
            tracing::info!(
                collector = traces.server,
                protocol = "http/protobuf",
                "requests are traced"
            );
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "nothing is traced"),
    }
    Telemetry(traces.ok().flatten())
}

impl Telemetry {
    /// Sends what is not sent yet, for as long as two seconds.
    pub fn end(self) {
        if let Some(traces) = self.0 {
            traces.end();
        }
    }
}
