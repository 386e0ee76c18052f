//! Traces: exports the spans of `trace` to an OpenTelemetry collector over HTTP.
//!
//! Owns the destination, set by the standard environment variables, and continuing a caller's trace. Sampling, headers
//! and batches are the SDK's, set by variables of its own. Leaves sending to `collector`.

use std::time::Duration;

use http::{HeaderMap, Uri};
use opentelemetry::{
    Key, KeyValue,
    propagation::TextMapPropagator as _,
    trace::{TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tracing::{Span, level_filters::LevelFilter};
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::{Layer, Registry, filter::filter_fn};

use super::collector::Collector;
use crate::trace;

/// How long shutdown waits for pending spans.
const FLUSH: Duration = Duration::from_secs(2);

/// Default export timeout of the OpenTelemetry specification.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Default service name.
const NAME: &str = "cuecard";

/// The SDK's name for a service without one.
const UNNAMED: &str = "unknown_service";

/// Why tracing cannot start.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum TracesError {
    /// The variable is not an address. It may contain a password, and is not shown.
    #[error("{0} must be an address such as http://collector:4318")]
    Address(&'static str),
    /// The exporter rejects its settings.
    #[error("the exporter cannot be made: {0}")]
    Exporter(String),
}

impl From<ExporterBuildError> for TracesError {
    fn from(error: ExporterBuildError) -> Self {
        Self::Exporter(error.to_string())
    }
}

/// The export destination.
#[derive(Debug, PartialEq)]
struct Destination {
    address: Uri,
    timeout: Duration,
}

impl Destination {
    /// The destination in the environment; None if it names none, or disables tracing.
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, TracesError> {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let says = |name: &str, word: &str| {
            set(name).is_some_and(|value| value.trim().eq_ignore_ascii_case(word))
        };
        if says("OTEL_SDK_DISABLED", "true") || says("OTEL_TRACES_EXPORTER", "none") {
            return Ok(None);
        }
        let (own, of_all) = (
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            "OTEL_EXPORTER_OTLP_ENDPOINT",
        );
        let address = match (set(own), set(of_all)) {
            (Some(whole), _) => address(own, whole.trim())?,
            (None, Some(base)) => {
                let whole = format!("{}/v1/traces", base.trim().trim_end_matches('/'));
                address(of_all, &whole)?
            }
            (None, None) => return Ok(None),
        };
        let timeout = set("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
            .or_else(|| set("OTEL_EXPORTER_OTLP_TIMEOUT"))
            .and_then(|millis| millis.trim().parse().ok())
            .filter(|millis| *millis > 0);
        Ok(Some(Self {
            address,
            timeout: timeout.map_or(TIMEOUT, Duration::from_millis),
        }))
    }

    /// Scheme, host and port: for the log.
    fn server(&self) -> String {
        let port = self.address.port_u16();
        format!(
            "{}://{}{}",
            self.address.scheme_str().unwrap_or_default(),
            self.address.host().unwrap_or_default(),
            port.map(|port| format!(":{port}")).unwrap_or_default(),
        )
    }
}

fn address(name: &'static str, text: &str) -> Result<Uri, TracesError> {
    text.parse::<Uri>()
        .ok()
        .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
        .ok_or(TracesError::Address(name))
}

/// Collects spans, and exports them from its own thread.
#[derive(Debug)]
pub(super) struct Traces {
    provider: SdkTracerProvider,
    /// Scheme, host and port of the collector.
    pub(super) server: String,
}

impl Traces {
    /// An exporter if the environment names a collector. `variable` returns the value of an environment variable.
    pub(super) fn start(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, TracesError> {
        let Some(destination) = Destination::read(variable)? else {
            return Ok(None);
        };
        let server = destination.server();
        let collector = Collector::new(server.clone(), destination.timeout);
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(destination.address.to_string())
            .with_timeout(destination.timeout)
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource())
            .with_batch_exporter(exporter)
            .build();
        Ok(Some(Self { provider, server }))
    }

    /// Collects the spans of `trace` only: no other spans, no log lines.
    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let ours = filter_fn(|what| what.is_span() && what.target() == trace::TARGET)
            .with_max_level_hint(LevelFilter::INFO);
        OpenTelemetryLayer::new(self.provider.tracer(NAME))
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_tracked_inactivity(false)
            .with_filter(ours)
            .boxed()
    }

    /// Exports pending spans. If the collector does not accept them in time, they are lost; the log has said so.
    pub(super) fn end(self) {
        let _ = self.provider.shutdown_with_timeout(FLUSH);
    }
}

/// Service name and version.
fn resource() -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let known = Resource::builder().with_attribute(version.clone()).build();
    let name = known.get_ref(&Key::from_static_str("service.name"));
    if name.is_some_and(|name| !name.as_str().starts_with(UNNAMED)) {
        return known;
    }
    Resource::builder()
        .with_attribute(version)
        .with_service_name(NAME)
        .build()
}

/// Continues the caller's trace (W3C Trace Context), if the request has one. Must be called before the span is entered.
pub fn go_on(span: &Span, headers: &HeaderMap) {
    if span.is_disabled() {
        return;
    }
    let before = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if before.span().span_context().is_valid() {
        // It fails if tracing is off, and then there is nothing to continue.
        let _ = span.set_parent(before);
    }
}

/// The trace id of a span; None if tracing is off.
#[must_use]
pub fn id(span: &Span) -> Option<String> {
    let context = span.context();
    let span = context.span();
    let context = span.span_context();
    context.is_valid().then(|| context.trace_id().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<(String, u64)>, TracesError> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let read = Destination::read(variable)?;
        Ok(read.map(|to| (to.address.to_string(), to.timeout.as_millis() as u64)))
    }

    #[test]
    fn the_environment_says_where_traces_go() {
        const ALL: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
        const OWN: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
        let check = |variables: &[(&str, &str)], expected: Option<(&str, u64)>| {
            let expected = expected.map(|(address, millis)| (address.to_owned(), millis));
            assert_eq!(read(variables), Ok(expected), "{variables:?}");
        };
        check(&[], None);
        check(&[(ALL, "")], None);
        let usual = Some(("http://collector:4318/v1/traces", 10_000));
        check(&[(ALL, "http://collector:4318")], usual);
        check(&[(ALL, "http://collector:4318/")], usual);
        check(
            &[
                (ALL, "https://c.example.com/otlp"),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
            ],
            Some(("https://c.example.com/otlp/v1/traces", 500)),
        );
        check(
            &[(ALL, "http://a:1"), (OWN, "http://b:2/x")],
            Some(("http://b:2/x", 10_000)),
        );
        let on = (ALL, "http://collector:4318");
        check(&[on, ("OTEL_SDK_DISABLED", "true")], None);
        check(&[on, ("OTEL_TRACES_EXPORTER", "none")], None);
        check(&[on, ("OTEL_TRACES_EXPORTER", "otlp")], usual);
    }

    #[test]
    fn what_is_no_address_is_told_by_the_name_of_its_variable() {
        for wrong in [
            "collector:4318",
            "collector",
            "grpc://collector:4317",
            "http://",
            "/x",
        ] {
            let name = "OTEL_EXPORTER_OTLP_ENDPOINT";
            assert_eq!(
                read(&[(name, wrong)]),
                Err(TracesError::Address(name)),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_log_has_the_server_without_a_password() {
        let to = Destination {
            address: "http://me:secret@collector:4318/v1/traces?key=secret"
                .parse()
                .unwrap(),
            timeout: TIMEOUT,
        };
        assert_eq!(to.server(), "http://collector:4318");
    }
}
