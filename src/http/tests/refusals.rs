//! Every error in section 2 of the contract has its status, its code and its position.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    bench::{Answer, Bench},
    fake::{FakeService, PANIC, SLOW},
};
use crate::search::error::MAX_QUERY_CHARS;

fn is_problem(answer: &Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert!(!answer.header("x-request-id").is_empty());
    let problem = answer.json();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["code"], code);
    for field in ["type", "title", "detail"] {
        assert!(
            problem[field].as_str().is_some_and(|text| !text.is_empty()),
            "{field}: {problem}"
        );
    }
    problem
}

#[tokio::test]
async fn bad_questions_are_400_and_name_the_place() {
    let bench = Bench::new();
    let check = async |body: Value, pointer: &str| {
        let problem = is_problem(
            &bench.post("/v1/search", body.clone()).await,
            400,
            "bad_request",
        );
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        assert!(
            problem["errors"][0]["detail"]
                .as_str()
                .is_some_and(|detail| !detail.is_empty())
        );
    };
    check(json!({"query": "  "}), "/query").await;
    check(json!({"query": "q".repeat(MAX_QUERY_CHARS + 1)}), "/query").await;
    check(json!({"query": "q", "limit": 0}), "/limit").await;
    check(json!({"query": "q", "limit": 101}), "/limit").await;
    check(json!({"query": "q", "limit": 1e99}), "/limit").await;
    check(json!({"query": "q", "offset": -1}), "/offset").await;
    check(json!({"query": "q", "offset": u64::MAX}), "/offset").await;
    check(json!({"query": "q", "colour": "red"}), "/colour").await;
    check(
        json!({"query": "q", "filter": {"langs": ["en"]}}),
        "/filter/langs",
    )
    .await;
    check(json!({"query": ["q"]}), "/query").await;
    check(json!({"query": "q", "account": "gold"}), "/account").await;
}

#[tokio::test]
async fn bad_parameters_are_400_and_all_are_named() {
    let bench = Bench::new();
    let check = async |address: &str, pointers: &[&str]| {
        let problem = is_problem(&bench.get(address).await, 400, "bad_request");
        let named: Vec<&str> = problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["pointer"].as_str().unwrap())
            .collect();
        assert_eq!(named, pointers, "{address}");
    };
    check("/v1/search", &["/q"]).await;
    check("/v1/search?q=a&colour=red", &["/colour"]).await;
    for address in ["/openapi.json", "/llms.txt", "/content/sw/x.png"] {
        check(&format!("{address}?colour=red"), &["/colour"]).await;
    }
    check(
        "/v1/search?q=a&limit=x&mode=fuzzy&explain=maybe&colour=red",
        &["/limit", "/mode", "/explain", "/colour"],
    )
    .await;
    check("/v1/search?q=a&q=b", &["/q"]).await;
    check("/v1/search?q=%ff", &["/q"]).await;
    check("/v1/articles?limit=1&tag=%e4%b8", &["/tag"]).await;
    check("/v1/search?q=a&limit=101", &["/limit"]).await;
    check("/v1/articles?limit=0", &["/limit"]).await;
    let many: Vec<String> = (0..101).map(|number| number.to_string()).collect();
    let (langs, tags) = (many.join(","), many.join("&tag="));
    check(&format!("/v1/articles?lang={langs}"), &["/lang"]).await;
    check(&format!("/v1/articles?tag={tags}"), &["/tag"]).await;
    check(&format!("/v1/search?q=a&tag={tags}"), &["/tag"]).await;
    check(&format!("/healthz?{}", "a&".repeat(500)), &["/a"; 20]).await;
    check("/v1/insights/digest?lang=fr", &["/lang"]).await;
    check("/v1/topics?x=1", &["/x"]).await;
    check("/v1/articles/refund?revision=HEAD~1", &["/revision"]).await;
    check("/v1/calls/c/cards?x=1", &["/x"]).await;
    check("/v1/calls/c/events?from=1", &["/from"]).await;
}

#[tokio::test]
async fn bodies_that_are_no_json_are_400() {
    let bench = Bench::new();
    let check = async |body: &str, kind: &str, word: &str| {
        let answer = bench
            .send(
                Method::POST,
                "/v1/search",
                Some(body.into()),
                &[("content-type", kind)],
            )
            .await;
        let problem = is_problem(&answer, 400, "bad_request");
        assert!(
            problem["detail"].as_str().unwrap().contains(word),
            "{problem}"
        );
    };
    check("{", "application/json", "not valid JSON").await;
    check("", "application/json", "empty").await;
    check("[]", "application/json", "invalid").await;
    check(
        "query=q",
        "application/x-www-form-urlencoded",
        "application/json",
    )
    .await;
    check("{\"query\":\"q\"}", "text/plain", "application/json").await;
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_413() {
    let bench = Bench::new();
    let fits = json!({"query": "q", "account": {"note": "x".repeat(1024 * 1024 - 100)}});
    assert_eq!(bench.post("/v1/search", fits).await.status, StatusCode::OK);
    let large = json!({"query": "q", "account": {"note": "x".repeat(1024 * 1024)}});
    for address in [
        "/v1/search",
        "/v1/calls",
        "/v1/calls/c/utterances",
        "/v1/session",
    ] {
        is_problem(
            &bench.post(address, large.clone()).await,
            413,
            "body_too_large",
        );
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_wrong_methods_are_405() {
    let bench = Bench::new();
    for address in [
        "/nothing",
        "/v1",
        "/v1/nothing",
        "/v1/articles/",
        "/.env",
        "/v1/search/x",
    ] {
        is_problem(&bench.get(address).await, 404, "unknown_route");
    }
    for address in [
        "/v1/articles/nothing",
        "/v1/articles/nothing.md",
        "/v1/articles/draft",
        "/v1/articles/..%2f..%2fetc",
    ] {
        is_problem(&bench.get(address).await, 404, "unknown_article");
    }
    is_problem(&bench.get("/assets/%FF").await, 400, "bad_request");
    is_problem(
        &bench
            .get(&format!("/v1/articles/refund?revision={}", "dead"))
            .await,
        404,
        "not_found",
    );
    for (method, address, allow) in [
        (Method::DELETE, "/v1/search", "GET,HEAD,POST"),
        (Method::POST, "/v1/articles", "GET,HEAD"),
        (Method::GET, "/v1/calls", "POST"),
        (Method::PUT, "/v1/calls/c/account", "PATCH"),
        (Method::POST, "/", "GET,HEAD"),
    ] {
        let answer = bench.send(method, address, None, &[]).await;
        is_problem(&answer, 405, "method_not_allowed");
        let mut allowed: Vec<&str> = answer.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(","), allow, "{address}");
    }
}

#[tokio::test]
async fn a_panic_is_one_500_that_names_the_request() {
    let bench = Bench::new();
    let answer = bench.post("/v1/search", json!({"query": PANIC})).await;
    let problem = is_problem(&answer, 500, "internal");
    assert_eq!(problem["request_id"], answer.header("x-request-id"));
    assert!(
        !answer.text().contains("as asked"),
        "the reason is for the log"
    );
    assert_eq!(
        bench
            .post("/v1/search", json!({"query": "money"}))
            .await
            .status,
        StatusCode::OK
    );
}

/// What is logged on this thread until it is dropped.
struct Log {
    file: tempfile::NamedTempFile,
    _inside: tracing::subscriber::DefaultGuard,
}

impl Log {
    fn begin() -> Self {
        let file = tempfile::NamedTempFile::new().unwrap();
        let writer = std::sync::Arc::new(file.reopen().unwrap());
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(writer);
        let _inside = tracing::subscriber::set_default(subscriber.finish());
        Self { file, _inside }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file.path()).unwrap()
    }
}

#[tokio::test]
async fn what_fails_is_in_the_log_under_the_requests_id() {
    let (bench, log) = (Bench::new(), Log::begin());
    let check = async |path: &str, status: u16, code: &str| {
        let answer = bench.get(path).await;
        let id = answer.header("x-request-id");
        let text = log.text();
        let line = text.lines().find(|line| line.contains(id)).unwrap_or("");
        for part in [
            "WARN",
            &format!("status={status}"),
            &format!("code=\"{code}\""),
        ] {
            assert!(line.contains(part), "{part}: {text}");
        }
    };
    check(
        "/v1/search?q=money&mode=vector",
        503,
        "embeddings_unavailable",
    )
    .await;
    bench.get("/v1/search?q=").await;
    assert_eq!(log.text().lines().count(), 1, "mistakes of others are not");
}

#[tokio::test]
async fn a_kind_of_problem_has_one_title() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[("desk", &[crate::keys::Scope::Search], &[])],
    );
    let unsigned = bench.post("/v1/hooks/git", json!({})).await.json();
    let unknown = bench.get("/v1/search?q=money").await.json();
    for field in ["type", "title"] {
        assert_eq!(unsigned[field], unknown[field]);
    }
    assert_eq!(unknown["title"], "Not authenticated");
    let lacking = bench.get_as(&keys[0], "/metrics").await.json();
    assert_eq!(lacking["title"], "No access");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let answer = Bench::new()
        .post("/v1/search", json!({"query": SLOW}))
        .await;
    is_problem(&answer, 503, "timeout");
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn what_the_core_lacks_is_503() {
    let bench = Bench::new();
    is_problem(
        &bench.get("/v1/search?q=money&mode=vector").await,
        503,
        "embeddings_unavailable",
    );
    let (bench, _) = Bench::with(FakeService::starting(), &[]);
    for path in [
        "/v1/search?q=money",
        "/v1/suggest?q=mon",
        "/v1/articles",
        "/v1/articles/refunds",
        "/v1/articles/refunds/revisions",
        "/v1/topics",
        "/v1/content/diagnostics",
        "/v1/insights/summary",
        "/v1/insights/articles",
        "/v1/insights/demand",
        "/v1/insights/gaps",
        "/v1/insights/gaps/g/draft",
        "/v1/insights/digest",
    ] {
        let answer = bench.get(path).await;
        is_problem(&answer, 503, "not_ready");
        assert_eq!(answer.header("retry-after"), "1");
    }
    for (path, body) in [
        ("/v1/calls", json!({"call_id": "c1"})),
        (
            "/v1/searches/q-1/engagement",
            json!({"article_id": "refund", "type": "opened"}),
        ),
        // Words that were judged on no articles would never be judged again.
        (
            "/v1/ingest/amazon-connect",
            json!({"ContactId": "c1", "EventType": "STARTED"}),
        ),
    ] {
        is_problem(&bench.post(path, body).await, 503, "not_ready");
    }
}

#[tokio::test]
async fn a_request_id_of_the_callers_is_kept_only_when_harmless() {
    let bench = Bench::new();
    let check = async |given: &str, kept: bool| {
        let answer = bench
            .send(Method::GET, "/healthz", None, &[("x-request-id", given)])
            .await;
        assert_eq!(answer.header("x-request-id") == given, kept, "{given}");
    };
    check("abc-123_x.y", true).await;
    check("a b", false).await;
    check(&"x".repeat(65), false).await;
    check("\"><script>", false).await;
}

#[tokio::test]
async fn vendors_bodies_have_only_so_many_values_and_fields() {
    let bench = Bench::new();
    let send = async |kind: &str, body: String, expected: &str| {
        let headers = [("content-type", kind)];
        let sent = bench.send(Method::POST, "/v1/ingest/twilio", Some(body), &headers);
        let refused = sent.await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.text().contains(expected), "{}", refused.text());
    };
    let values = format!("[{}]", vec!["[0]"; 60_000].join(","));
    send("application/json", values, "more than 100000 values").await;
    let fields = vec!["a=1"; 1_001].join("&");
    let form = "application/x-www-form-urlencoded";
    send(form, fields, "more than 1000 fields").await;
}
