//! Logs, and traces if a collector is configured.
//!
//! Logs go to stderr, one line per event; `CUECARD_LOG` filters them, `CUECARD_LOG_FORMAT=json` is for machines. Leaves
//! what a trace contains to `trace`.

mod collector;
mod traces;

use std::io::IsTerminal;

use tracing_subscriber::{
    EnvFilter, Layer as _, filter::LevelFilter, fmt, layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

pub use traces::{go_on, id};

use crate::trace;
use traces::Traces;

/// The library whose log lines quote conversations.
const QUOTES: &str = "rmcp";

/// The running telemetry; `end` exports pending spans.
#[derive(Debug)]
#[must_use]
pub struct Telemetry(Option<Traces>);

/// Starts logging. A server logs what it does, and is traced if the environment names a collector; other commands
/// log only problems.
pub fn start(server: bool) -> Telemetry {
    let default = if server {
        "info,qdrant_edge=error,tantivy=warn,ort=warn,rmcp=error"
    } else {
        "error"
    };
    let filter = filter(std::env::var("CUECARD_LOG").ok().as_deref(), default);
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
    // A second call in one process changes nothing.
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

/// The log filter: the given one, if it is valid.
fn filter(asked: Option<&str>, default: &str) -> EnvFilter {
    let asked = asked.and_then(|asked| Some((asked, EnvFilter::try_new(asked).ok()?)));
    let (text, mut filter) = asked.unwrap_or_else(|| (default, EnvFilter::new(default)));
    let mut more = vec![format!("{}=off", trace::TARGET)];
    // Its lines, warnings included, contain requests and responses of AI agents: they are logged only if the filter names it.
    let tells_much = filter.max_level_hint() > Some(LevelFilter::ERROR);
    if tells_much && !text.contains(QUOTES) {
        more.push(format!("{QUOTES}=error"));
    }
    for directive in more.iter().filter_map(|text| text.parse().ok()) {
        filter = filter.add_directive(directive);
    }
    filter
}

impl Telemetry {
    /// Exports pending spans, for at most two seconds.
    pub fn end(self) {
        if let Some(traces) = self.0 {
            traces.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_quote_conversations_are_for_those_who_name_them() {
        let check = |asked: Option<&str>, expected: &str| {
            let filter = filter(asked, "error").to_string();
            let expected = format!("{expected},{}=off", trace::TARGET);
            let sorted = |list: &str| {
                let mut parts: Vec<_> = list.split(',').map(str::to_owned).collect();
                parts.sort();
                parts
            };
            assert_eq!(sorted(&filter), sorted(&expected), "{asked:?}");
        };
        check(None, "error");
        check(Some("off"), "off");
        check(Some("warn"), "warn,rmcp=error");
        check(Some("debug"), "debug,rmcp=error");
        check(Some("debug,rmcp=trace"), "debug,rmcp=trace");
        check(Some("cuecard=loud"), "error");
    }
}
