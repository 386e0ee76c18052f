//! Traces as a collector receives them: what they contain, what they never contain, and an unreachable collector.

mod world;

use std::{net::TcpListener, thread, time::Duration};

use opentelemetry_proto::tonic::{
    common::v1::{KeyValue, any_value::Value as Any},
    trace::v1::{Span, span::SpanKind, status::StatusCode},
};
use serde_json::json;

use world::{Collector, Server, any_port, wait};

/// What the caller's own trace is called, and the span in it that asks us.
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

/// All that spans may tell.
const ATTRIBUTES: &[&str] = &[
    "cuecard.articles",
    "cuecard.changed",
    "cuecard.degraded",
    "cuecard.found",
    "cuecard.gone",
    "cuecard.hits",
    "cuecard.is_answered",
    "cuecard.mode",
    "cuecard.query_id",
    "cuecard.reading_ms",
    "cuecard.waiting_for_vectors",
    "http.request.method",
    "http.response.status_code",
    "http.route",
];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn value<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    let one = attributes.iter().find(|one| one.key == key)?;
    one.value.as_ref()?.value.as_ref()
}

fn text(text: &str) -> Option<Any> {
    Some(Any::StringValue(text.to_owned()))
}

/// Every span below one, with it.
fn below<'a>(spans: &'a [Span], top: &'a Span) -> Vec<&'a Span> {
    let children = spans
        .iter()
        .filter(|span| span.parent_span_id == top.span_id && span.trace_id == top.trace_id);
    let mut all = vec![top];
    all.extend(children.flat_map(|child| below(spans, child)));
    all
}

/// The only span of this name that has all three stages below it.
fn with_stages<'a>(spans: &'a [Span], name: &str) -> Vec<&'a Span> {
    let whole = |top: &&Span| {
        let below = below(spans, top);
        let has = |stage: &str| below.iter().any(|span| span.name == stage);
        top.name == name && ["embedding", "keyword", "vector"].into_iter().all(has)
    };
    let mut found: Vec<&Span> = spans.iter().filter(whole).collect();
    assert_eq!(found.len(), 1, "{name} among {spans:#?}");
    below(spans, found.remove(0))
}

#[test]
fn a_request_is_a_trace_that_tells_nobody_what_was_asked() {
    let collector = Collector::start(any_port());
    let mut server = Server::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=contact%20centre"),
        ("CUECARD_LOG", "debug"),
    ]);
    #[cfg(target_os = "linux")]
    assert!(server.sends());
    let parent = format!("00-{TRACE}-{CALLER}-01");
    let asked = Some(json!({"query": "zanzibar money for a marmalade"}));
    let headers = [
        ("traceparent", parent.as_str()),
        ("x-request-id", "of-ophelia"),
    ];
    let (status, found) = server.ask("POST", "/v1/search", asked, &headers);
    assert_eq!(status, 200, "{found}");
    server.ask("GET", "/v1/search?q=quince&mode=keyword", None, &[]);
    server.ask("GET", "/no/such/mulberry", None, &[]);
    let call = json!({"call_id": "call-of-ophelia", "customer_id": "4711-0815", "account": {"plan": "violet"}});
    assert_eq!(server.ask("POST", "/v1/calls", Some(call), &[]).0, 201);
    let said = json!({"role": "customer", "text": "where is my elderberry money"});
    let path = "/v1/calls/call-of-ophelia/utterances";
    assert_eq!(server.ask("POST", path, Some(said), &[]).0, 200);
    let arguments = json!({"query": "a persimmon refund"});
    let params = json!({"name": "search_knowledge", "arguments": arguments});
    let tool = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params});
    let version = [("mcp-protocol-version", "2025-06-18")];
    assert_eq!(server.ask("POST", "/mcp", Some(tool), &version).0, 200);
    let log = server.log();
    assert!(log.contains(&format!("trace_id={TRACE}")), "{log}");
    server.stop();

    let requests = collector.requests();
    let of_resources = || requests.iter().flat_map(|one| &one.resource_spans);
    for resource in of_resources() {
        let about = &resource.resource.as_ref().unwrap().attributes;
        assert_eq!(value(about, "service.name").cloned(), text("cuecard"));
    }
    let scopes = of_resources().flat_map(|one| &one.scope_spans);
    let spans: Vec<Span> = scopes.flat_map(|scope| scope.spans.clone()).collect();

    let ours = |span: &&Span| hex(&span.trace_id) == TRACE;
    let mine: Vec<Span> = spans.iter().filter(ours).cloned().collect();
    let tree = with_stages(&mine, "POST /v1/search");
    assert_eq!(tree.len(), mine.len(), "{mine:#?}");
    let request = tree[0];
    assert_eq!(hex(&request.parent_span_id), CALLER);
    assert_eq!(request.kind(), SpanKind::Server);
    let of = |key: &str| value(&request.attributes, key).cloned();
    assert_eq!(of("http.request.method"), text("POST"));
    assert_eq!(of("http.route"), text("/v1/search"));
    assert_eq!(of("http.response.status_code"), Some(Any::IntValue(200)));
    let search = tree.iter().find(|span| span.name == "search").unwrap();
    assert_eq!(search.parent_span_id, request.span_id);
    let of = |key: &str| value(&search.attributes, key).cloned();
    assert_eq!(
        of("cuecard.query_id"),
        text(found["query_id"].as_str().unwrap())
    );
    assert_eq!(of("cuecard.mode"), text("hybrid"));
    let hits = found["hits"].as_array().unwrap().len();
    assert!(hits > 0);
    assert_eq!(of("cuecard.hits"), Some(Any::IntValue(hits as i64)));
    for span in &tree[1..] {
        let within = request.start_time_unix_nano..=request.end_time_unix_nano;
        assert!(within.contains(&span.start_time_unix_nano), "{span:?}");
        assert!(within.contains(&span.end_time_unix_nano), "{span:?}");
    }

    with_stages(&spans, "POST /v1/calls/{id}/utterances");
    with_stages(&spans, "POST /mcp");
    let pass = with_stages(&spans, "content pass")[0];
    let changed = value(&pass.attributes, "cuecard.changed").cloned();
    assert_eq!(changed, Some(Any::IntValue(2)));
    let unknown = spans.iter().find(|span| span.name == "GET").unwrap();
    let status = value(&unknown.attributes, "http.response.status_code").cloned();
    assert_eq!(status, Some(Any::IntValue(404)));

    // It is no failure of ours that somebody asks before the articles are read, but readiness says 503.
    for span in spans.iter().filter(|span| span.name != "GET /readyz") {
        assert!(span.events.is_empty() && span.links.is_empty(), "{span:?}");
        let failed = span.status.as_ref().map(|status| status.code());
        assert_ne!(failed, Some(StatusCode::Error), "{span:?}");
        for attribute in &span.attributes {
            assert!(ATTRIBUTES.contains(&attribute.key.as_str()), "{span:?}");
        }
    }
    let secrets = [
        "marmalade",
        "quince",
        "mulberry",
        "ophelia",
        "4711-0815",
        "violet",
        "elderberry",
        "persimmon",
        "zanzibar",
        "wombat",
        "frances",
        &server.key,
    ];
    for (headers, body) in collector.taken.lock().unwrap().iter() {
        assert_eq!(headers["x-tenant"], "contact centre");
        let told = String::from_utf8_lossy(body).to_lowercase();
        for secret in secrets {
            assert!(!told.contains(&secret.to_lowercase()), "{secret} in {told}");
        }
    }
}

#[test]
fn a_collector_that_is_away_is_told_of_once_and_disturbs_nobody() {
    let listener = any_port();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let mut server = Server::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}")),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OTEL_SERVICE_NAME", "desk"),
    ]);
    let lost = "traces are not taken";
    wait(|| server.log().contains(lost));
    for _ in 0..20 {
        server.search("money");
        thread::sleep(Duration::from_millis(50));
    }
    // Another test's server may have been given the port meanwhile.
    wait(|| TcpListener::bind(address).is_ok());
    let collector = Collector::start(TcpListener::bind(address).unwrap());
    wait(|| {
        server.search("money");
        server.log().contains("traces are taken again")
    });
    let took = server.stop();
    assert!(took < Duration::from_secs(6), "{took:?}");
    let log = server.log();
    assert_eq!(log.matches(lost).count(), 1, "{log}");
    let about = collector.requests()[0].resource_spans[0].resource.clone();
    let name = value(&about.unwrap().attributes, "service.name").cloned();
    assert_eq!(name, text("desk"));
}

#[test]
fn a_collector_that_hangs_does_not_hold_up_the_end() {
    let silent = any_port();
    let mut server = Server::start(&[
        (
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            &format!("http://{}", silent.local_addr().unwrap()),
        ),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ]);
    server.search("money");
    let took = server.stop();
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_collector_nothing_is_sent_and_nothing_is_said() {
    for variables in [
        &[][..],
        &[("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318")][..],
    ] {
        let mut server = Server::start(variables);
        server.search("money");
        assert!(!server.sends());
        let warned = server
            .log()
            .contains("OTEL_EXPORTER_OTLP_ENDPOINT must be an address");
        assert_eq!(warned, !variables.is_empty(), "{}", server.log());
        server.stop();
    }
}
