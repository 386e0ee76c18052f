//! Access: keys, scopes, sessions, hosts and origins.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use chrono::Utc;
use futures::StreamExt as _;
use serde_json::json;

use super::{bench::Bench, fake::FakeService};
use crate::keys::{self, Scope};

const ALL: [Scope; 3] = [Scope::Search, Scope::Calls, Scope::Insights];

#[tokio::test]
async fn every_route_of_the_contract_holds_to_its_scope() {
    let (bench, keys) = Bench::with(
        FakeService::new(),
        &[
            ("s", &[Scope::Search], &[]),
            ("c", &[Scope::Calls], &[]),
            ("i", &[Scope::Insights], &[]),
            ("m", &[Scope::Metrics], &[]),
            ("a", &[Scope::Admin], &[]),
        ],
    );
    let contract: serde_json::Value = serde_json::from_str(&super::super::openapi()).unwrap();
    let mut guarded = 0;
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(scope) = operation["security"][0]["key"][0].as_str() else {
                continue;
            };
            guarded += 1;
            let address = path.replace(['{', '}'], "");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let body = (method != Method::GET).then(|| "{}".to_owned());
            // Only the head is read: streams have no end.
            let ask = async |headers: &[(&str, &str)]| {
                bench
                    .begin(method.clone(), &address, body.clone(), headers)
                    .await
                    .status()
                    .as_u16()
            };
            assert_eq!(ask(&[]).await, 401, "{method} {path}");
            assert_eq!(
                ask(&[("authorization", "Bearer cue_guess")]).await,
                401,
                "{method} {path}"
            );
            assert_eq!(
                ask(&[("authorization", "Basic eDp5")]).await,
                401,
                "{method} {path}"
            );
            for (key, has) in keys.iter().zip(Scope::ALL.map(Scope::name)) {
                let status = ask(&[("authorization", &format!("Bearer {key}"))]).await;
                let opens = has == scope || has == "admin";
                assert_eq!(
                    status == 403,
                    !opens,
                    "{method} {path} with {has}: {status}"
                );
                assert_ne!(status, 401);
            }
        }
    }
    assert!(guarded >= 18, "{guarded}");
}

#[tokio::test]
async fn the_page_and_the_contract_need_no_key() {
    let (bench, _) = Bench::with(FakeService::new(), &[("s", &[Scope::Search], &[])]);
    for address in [
        "/",
        "/calls",
        "/content",
        "/insights",
        "/articles/x",
        "/healthz",
        "/openapi.json",
        "/docs",
        "/docs/docs.js",
        "/llms.txt",
        "/assets/index.html",
    ] {
        assert_eq!(bench.get(address).await.status, StatusCode::OK, "{address}");
    }
    let refused = bench.get("/v1/topics").await;
    assert_eq!(
        refused.header("www-authenticate"),
        "Bearer realm=\"cuecard\""
    );
    assert_eq!(
        bench.get("/content/en/x.png").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_session_stands_for_a_key_until_it_ends_or_the_key_does() {
    let (bench, keys) = Bench::with(FakeService::new(), &[("desk", &ALL, &[])]);
    assert_eq!(
        bench
            .post("/v1/session", json!({"key": "cue_guess"}))
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        bench.get("/v1/session").await.status,
        StatusCode::UNAUTHORIZED
    );
    let begin = async || {
        let begun = bench.post("/v1/session", json!({"key": keys[0]})).await;
        assert_eq!(
            begun.json(),
            json!({"name": "desk", "scopes": ["search", "calls", "insights"], "audiences": ["agent"]})
        );
        let cookie = begun.header("set-cookie").to_owned();
        assert!(
            cookie.contains("HttpOnly")
                && cookie.contains("SameSite=Strict")
                && !cookie.contains(&keys[0]),
            "{cookie}"
        );
        cookie.split(';').next().unwrap().to_owned()
    };
    let topics = async |cookie: &str| {
        bench
            .send(Method::GET, "/v1/topics", None, &[("cookie", cookie)])
            .await
            .status
    };
    let cookie = begin().await;
    assert_eq!(topics(&cookie).await, StatusCode::OK);
    let ended = bench
        .send(Method::DELETE, "/v1/session", None, &[("cookie", &cookie)])
        .await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(topics(&cookie).await, StatusCode::UNAUTHORIZED);

    let cookie = begin().await;
    keys::revoke(bench.data.path(), "desk", Utc::now()).unwrap();
    let begun = Instant::now();
    while topics(&cookie).await != StatusCode::UNAUTHORIZED {
        assert!(begun.elapsed() < Duration::from_secs(10), "it opens still");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn without_keys_only_this_machine_gets_in() {
    let bench = Bench::new();
    let ask = async |headers: &[(&str, &str)]| {
        bench
            .send(Method::GET, "/v1/topics", None, headers)
            .await
            .status
            .as_u16()
    };
    assert_eq!(ask(&[("host", "localhost:8080")]).await, 200);
    assert_eq!(ask(&[("host", "[::1]:8080")]).await, 200);
    assert_eq!(ask(&[("host", "rebound.example:8080")]).await, 403);
    let session = bench.post("/v1/session", json!({"key": "anything"})).await;
    assert_eq!(session.json()["name"], "local");

    let beyond = Bench::new();
    let _ = beyond
        .face
        .clone()
        .listening_on("0.0.0.0:8080".parse().unwrap());
    assert_eq!(
        beyond.get("/v1/topics").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(beyond.get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_foreign_page_changes_nothing() {
    let (bench, keys) = Bench::with(FakeService::new(), &[("desk", &ALL, &[])]);
    let open = async |headers: &[(&str, &str)]| {
        bench
            .send(Method::POST, "/v1/calls", Some("{}".into()), headers)
            .await
            .status
            .as_u16()
    };
    let key = format!("Bearer {}", keys[0]);
    let begun = bench.post("/v1/session", json!({"key": keys[0]})).await;
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let host = ("host", "kb.example");
    assert_eq!(
        open(&[host, ("cookie", &cookie), ("origin", "https://kb.example")]).await,
        201
    );
    assert_eq!(
        open(&[
            host,
            ("cookie", &cookie),
            ("origin", "https://evil.example")
        ])
        .await,
        403
    );
    assert_eq!(
        open(&[host, ("cookie", &cookie), ("sec-fetch-site", "cross-site")]).await,
        403
    );
    assert_eq!(
        open(&[
            host,
            ("authorization", &key),
            ("origin", "https://evil.example")
        ])
        .await,
        201
    );
    let socket = [
        host,
        ("cookie", cookie.as_str()),
        ("origin", "https://evil.example"),
        ("upgrade", "websocket"),
    ];
    assert_eq!(
        bench
            .send(Method::GET, "/v1/agents/ann/ws", None, &socket)
            .await
            .status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_stream_tells_nothing_after_its_session() {
    let (bench, keys) = Bench::with(FakeService::new(), &[("one", &[Scope::Calls], &[])]);
    let begun = bench.post("/v1/session", json!({"key": keys[0]})).await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let headers = [("cookie", cookie)];
    let stream = bench
        .begin(Method::GET, "/v1/agents/ann/events", None, &headers)
        .await;
    let mut told = stream.into_body().into_data_stream();
    told.next().await.unwrap().unwrap();
    assert!(futures::poll!(told.next()).is_pending(), "it has begun");
    bench
        .send(Method::DELETE, "/v1/session", None, &headers)
        .await;
    let authorization = format!("Bearer {}", keys[0]);
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
    ];
    let said = json!({"role": "customer", "text": "I want to cancel my contract today"});
    for (address, body) in [
        ("/v1/calls", json!({"call_id": "c", "agent_id": "ann"})),
        ("/v1/calls/c/utterances", said),
    ] {
        let sent = bench
            .send(Method::POST, address, Some(body.to_string()), &headers)
            .await;
        assert!(sent.status.is_success(), "{}", sent.text());
    }
    let rest: Vec<_> = told.collect().await;
    let rest: Vec<u8> = rest.into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(String::from_utf8(rest).unwrap(), "");
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let (bench, keys) = Bench::with(FakeService::new(), &[("one", &[Scope::Calls], &[])]);
    let begun = bench.post("/v1/session", json!({"key": keys[0]})).await;
    let cookie = begun.header("set-cookie").split(';').next().unwrap();
    let headers = [("cookie", cookie)];
    let address = "/v1/agents/ann/events";
    let stream = bench.begin(Method::GET, address, None, &headers).await;
    assert_eq!(stream.status(), StatusCode::OK);
    bench
        .send(Method::DELETE, "/v1/session", None, &headers)
        .await;
    let rest = axum::body::to_bytes(stream.into_body(), usize::MAX);
    let rest = tokio::time::timeout(Duration::from_secs(5), rest).await;
    assert!(rest.is_ok(), "the session is over, and the stream goes on");
}
