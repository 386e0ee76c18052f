//! The page, its headers, the API description, and images.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::{super::openapi, bench::Bench, fake::FakeService};
use crate::keys::Scope;

#[tokio::test]
async fn every_address_of_the_page_is_the_shell_and_is_kept_by_etag() {
    let bench = Bench::new();
    let shell = bench.get("/").await;
    assert_eq!(shell.header("content-type"), "text/html; charset=utf-8");
    for address in [
        "/calls?demo=1",
        "/content",
        "/insights",
        "/articles/rules%2Fcancel%3A1",
        "/articles/a/b",
    ] {
        assert_eq!(bench.get(address).await.bytes, shell.bytes, "{address}");
    }
    let etag = shell.header("etag").to_owned();
    let again = bench
        .send(Method::GET, "/", None, &[("if-none-match", &etag)])
        .await;
    assert_eq!(
        (again.status, again.bytes.len()),
        (StatusCode::NOT_MODIFIED, 0)
    );
    let zipped = bench
        .send(Method::GET, "/", None, &[("accept-encoding", "gzip")])
        .await;
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert!(zipped.bytes.len() < shell.bytes.len());
    assert_eq!(
        bench.get("/assets/none.js").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench.get("/assets/..%2fmod.rs").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn every_answer_carries_the_guards() {
    let bench = Bench::new();
    for address in [
        "/",
        "/v1/topics",
        "/nothing",
        "/docs",
        "/v1/articles/nothing",
    ] {
        let answer = bench.get(address).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'self'"),
            "{address}"
        );
        assert!(!policy.contains("unsafe"));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn the_docs_page_obeys_the_policy() {
    let bench = Bench::new();
    let page = bench.get("/docs").await;
    assert!(
        !page.text().contains("<style") && !page.text().contains("http"),
        "nothing inline, nothing from elsewhere"
    );
    let sources = page
        .text()
        .split("src=\"")
        .chain(page.text().split("href=\""))
        .skip(1);
    let own = sources
        .filter_map(|rest| rest.split('"').next())
        .filter(|source| source.starts_with("/docs/"));
    for source in own {
        assert_eq!(bench.get(source).await.status, StatusCode::OK, "{source}");
    }
}

#[test]
fn refusals_and_streams_are_described_where_they_can_happen() {
    let contract: serde_json::Value = serde_json::from_str(&openapi()).unwrap();
    let answers = |path: &str, method: &str| &contract["paths"][path][method]["responses"];
    for (path, method, status) in [
        ("/v1/session", "post", "403"),
        ("/healthz", "get", "403"),
        ("/v1/search", "post", "408"),
    ] {
        let problem = &answers(path, method)[status]["content"]["application/problem+json"];
        assert!(problem.is_object(), "{method} {path}: {status}");
    }
    assert!(answers("/v1/search", "get")["408"].is_null());
    for path in ["/v1/answers", "/v1/replies", "/v1/calls/{id}/summary"] {
        let content = &answers(path, "post")["200"]["content"];
        for kind in ["application/json", "text/event-stream"] {
            assert!(content[kind].is_object(), "{path}: {kind}");
        }
    }
}

#[tokio::test]
async fn examples_of_the_contract_are_taken_as_they_stand() {
    let bench = Bench::new();
    let contract: Value = serde_json::from_str(&openapi()).unwrap();
    let mut card = String::new();
    let mut compared = 0;
    for id in [
        "open_call",
        "hear",
        "patch_account",
        "engage_card",
        "ingest",
        "search",
        "engage_hit",
        "report_gap",
        "answer",
        "draft_reply",
        "sum_up_call",
        "begin_session",
        "end_call",
    ] {
        let paths = contract["paths"].as_object().unwrap().iter();
        let mut operations = paths.flat_map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            operations.map(move |(method, operation)| (path, method, operation))
        });
        let found = operations.find(|(_, _, operation)| operation["operationId"] == id);
        let (path, method, operation) = found.unwrap();
        let address = path
            .replace("{id}", "c1")
            .replace("{card_id}", &card)
            .replace("{query_id}", "q1")
            .replace("{vendor}", "deepgram");
        let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        let answer = bench
            .send(method, &address, Some(body.to_string()), &[])
            .await;
        let told = answer.json_or_text();
        assert_ne!(answer.status, StatusCode::BAD_REQUEST, "{id}: {told}");
        let shown = &operation["responses"]["200"]["content"]["application/json"]["example"];
        if answer.status.is_success() && shown.is_object() {
            let fields = |value: &Value| {
                let names = value.as_object().unwrap().keys().cloned();
                names.collect::<std::collections::BTreeSet<_>>()
            };
            assert_eq!(fields(&answer.json()), fields(shown), "{id}");
            compared += 1;
        }
        if id == "hear" {
            let said = answer.json();
            assert_eq!(
                said["cards"][0]["trigger"]["utterance_id"], "u1",
                "{told}: the example must bring a card"
            );
            card = said["cards"][0]["card_id"].as_str().unwrap().to_owned();
        }
    }
    assert!(compared > 4, "the test says nothing: {compared}");
}

#[tokio::test]
async fn the_contract_is_served_and_whole() {
    let served = Bench::new().get("/openapi.json").await;
    assert_eq!(served.text(), openapi());
    let contract = served.json();
    assert_eq!(contract["openapi"], "3.1.0");
    for (path, methods) in [
        ("/v1/search", "post get"),
        ("/v1/suggest", "get"),
        ("/v1/articles", "get"),
        ("/v1/articles/{id}", "get"),
        ("/v1/topics", "get"),
        ("/v1/searches/{query_id}/engagement", "post"),
        ("/v1/calls", "post"),
        ("/v1/calls/{id}", "get"),
        ("/v1/calls/{id}/account", "patch"),
        ("/v1/calls/{id}/utterances", "post"),
        ("/v1/calls/{id}/cards", "get"),
        ("/v1/calls/{id}/cards/{card_id}/engagement", "post"),
        ("/v1/calls/{id}/end", "post"),
        ("/v1/calls/{id}/events", "get"),
        ("/v1/agents/{agent_id}/events", "get"),
        ("/v1/content/diagnostics", "get"),
        ("/v1/session", "post get delete"),
        ("/healthz", "get"),
        ("/readyz", "get"),
        ("/metrics", "get"),
    ] {
        for method in methods.split(' ') {
            let operation = &contract["paths"][path][method];
            assert!(operation["operationId"].is_string(), "{method} {path}");
            assert_eq!(
                operation["responses"]["500"]["content"]
                    .as_object()
                    .unwrap()
                    .len(),
                1
            );
        }
    }
    let text = served.text();
    for reference in text
        .split("\"$ref\": \"#")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
    {
        assert!(contract.pointer(reference).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn images_are_served_to_those_who_may_read_an_article_with_them() {
    let picture = |bench: &Bench| {
        std::fs::create_dir_all(bench.content.path().join("sw")).unwrap();
        std::fs::write(bench.content.path().join("sw/x.png"), b"picture").unwrap();
        std::fs::write(bench.content.path().join("sw/x.svg"), b"<svg/>").unwrap();
        std::fs::write(bench.content.path().join("sw/x.md"), b"text").unwrap();
    };
    let bench = Bench::new();
    picture(&bench);
    let found = bench.get("/content/sw/x.png").await;
    assert_eq!(
        (found.header("content-type"), &found.bytes[..]),
        ("image/png", &b"picture"[..])
    );
    assert_eq!(found.header("content-length"), "7");
    // An answer may be compressed on its way.
    assert!(found.header("etag").starts_with("W/"), "{found:?}");
    let known = bench
        .send(
            Method::GET,
            "/content/sw/x.png",
            None,
            &[("if-none-match", found.header("etag"))],
        )
        .await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    assert!(
        bench
            .get("/content/sw/x.svg")
            .await
            .header("content-security-policy")
            .contains("sandbox")
    );
    for address in [
        "/content/sw/x.md",
        "/content/sw/none.png",
        "/content/..%2fkeys.png",
        "/content/sw/%2e%2e/%2e%2e/x.png",
    ] {
        assert_eq!(
            bench.get(address).await.status,
            StatusCode::NOT_FOUND,
            "{address}"
        );
    }

    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("customer", &[Scope::Search], &["customer"]),
            ("inside", &[Scope::Search], &["internal"]),
        ],
    );
    picture(&bench);
    assert_eq!(
        bench.get_as(&keys[0], "/content/sw/x.png").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        bench.get_as(&keys[1], "/content/sw/x.png").await.status,
        StatusCode::OK
    );
}
