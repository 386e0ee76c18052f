//! Limits per identity, at once and over time; an identity over its limit affects no other.

use std::{sync::mpsc, time::Duration};

use axum::http::{Method, StatusCode};
use serde_json::json;
use tokio::sync::oneshot;

use super::{
    super::identity::by_key,
    bench::{Answer, Bench},
    fake::{FakeService, SLOW},
};
use crate::keys::Scope;

fn bench(set: impl Fn(&mut super::super::Limits)) -> (Bench, Vec<String>) {
    let keys: [(&str, &[Scope], &[&str]); 2] = [
        ("one", &[Scope::Search, Scope::Calls], &[]),
        ("two", &[Scope::Search, Scope::Calls], &[]),
    ];
    Bench::set(FakeService::new(), &keys, |settings| {
        set(&mut settings.limits)
    })
}

fn is_refused(answer: &Answer, code: &str) {
    assert_eq!(
        answer.status,
        StatusCode::TOO_MANY_REQUESTS,
        "{}",
        answer.text()
    );
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.json()["code"], code);
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn a_rate_holds_one_identity_and_nobody_else() {
    let (bench, keys) = bench(|limits| limits.rate = "3/m".parse().unwrap());
    for _ in 0..3 {
        assert_eq!(
            bench.get_as(&keys[0], "/v1/topics").await.status,
            StatusCode::OK
        );
    }
    is_refused(&bench.get_as(&keys[0], "/v1/topics").await, "rate_limited");
    assert_eq!(
        bench.get_as(&keys[1], "/v1/topics").await.status,
        StatusCode::OK
    );
    // Whoever is nobody is counted by where they are, and orchestrators always get an answer.
    for _ in 0..3 {
        assert_eq!(
            bench.get("/v1/topics").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    is_refused(&bench.get("/llms.txt").await, "rate_limited");
    for address in ["/healthz", "/readyz"] {
        assert_eq!(bench.get(address).await.status, StatusCode::OK);
    }
    let file = bench.get_as(&keys[0], "/assets/app.js").await;
    assert_eq!(file.status, StatusCode::OK);
    is_refused(
        &bench.get_as(&keys[0], "/content/en/x.png").await,
        "rate_limited",
    );
    let elsewhere = bench.seen_from("203.0.113.9");
    assert_eq!(elsewhere.get("/llms.txt").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_session_shares_with_its_key() {
    let (bench, keys) = bench(|limits| limits.rate = "3/m".parse().unwrap());
    let begun = bench.post("/v1/session", json!({"key": keys[0]})).await;
    let cookie = begun
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    for _ in 0..3 {
        assert_eq!(
            bench.get_as(&keys[0], "/v1/topics").await.status,
            StatusCode::OK
        );
    }
    let by_cookie = bench
        .send(Method::GET, "/v1/topics", None, &[("cookie", &cookie)])
        .await;
    is_refused(&by_cookie, "rate_limited");
}

#[tokio::test]
async fn this_machine_s_user_is_not_held_up_unless_asked_for() {
    let tight = |limits: &mut super::super::Limits| limits.rate = "1/h".parse().unwrap();
    let (free, _) = Bench::set(FakeService::new(), &[], |settings| {
        tight(&mut settings.limits)
    });
    for _ in 0..5 {
        assert_eq!(free.get("/v1/topics").await.status, StatusCode::OK);
    }
    let (held, _) = Bench::set(FakeService::new(), &[], |settings| {
        tight(&mut settings.limits);
        settings.limits.local = true;
    });
    assert_eq!(held.get("/v1/topics").await.status, StatusCode::OK);
    assert_eq!(
        held.get("/v1/topics").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unanswered_requests_are_few_at_once() {
    let (bench, keys) = bench(|limits| (limits.concurrent, limits.request_secs) = (1, 10));
    let slow = bench.post_as(&keys[0], "/v1/search", json!({"query": SLOW}));
    let meanwhile = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        is_refused(
            &bench.get_as(&keys[0], "/v1/topics").await,
            "too_many_at_once",
        );
        assert_eq!(
            bench.get_as(&keys[1], "/v1/topics").await.status,
            StatusCode::OK
        );
    };
    let (slow, ()) = tokio::join!(slow, meanwhile);
    assert_eq!(slow.status, StatusCode::OK);
    assert_eq!(
        bench.get_as(&keys[0], "/v1/topics").await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_stream_keeps_its_place_until_it_ends() {
    let (bench, keys) = bench(|limits| limits.streams = 1);
    let key = format!("Bearer {}", keys[0]);
    let follow = async || {
        bench
            .begin(
                Method::GET,
                "/v1/agents/ann/events",
                None,
                &[("authorization", &key)],
            )
            .await
    };
    let first = follow().await;
    assert_eq!(first.status(), StatusCode::OK);
    is_refused(
        &bench.get_as(&keys[0], "/v1/agents/ann/events").await,
        "too_many_streams",
    );
    // Questions are not streams.
    assert_eq!(
        bench.get_as(&keys[0], "/v1/topics").await.status,
        StatusCode::OK
    );
    drop(first);
    assert_eq!(follow().await.status(), StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_server_tells_its_numbers() {
    let (bench, _) = Bench::set(FakeService::new(), &[], |settings| {
        settings.limits.request_secs = 10;
    });
    let more_than_fit = 2 * std::thread::available_parallelism().unwrap().get() + 1;
    let slow = (0..more_than_fit).map(|_| bench.post("/v1/search", json!({"query": SLOW})));
    let watch = async {
        let busy = async {
            while bench.face.waiting() == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(10), busy).await;
        assert!(waited.is_ok(), "nobody waits");
        let numbers = bench.get("/metrics").await;
        assert_eq!(numbers.status, StatusCode::OK);
        assert_eq!(bench.face.waiting(), 1, "nobody's turn came meanwhile");
    };
    tokio::join!(futures::future::join_all(slow), watch);
}

#[tokio::test]
async fn reports_do_not_wait_behind_histories() {
    let keys: [(&str, &[Scope], &[&str]); 2] = [
        ("reads", &[Scope::Search], &[]),
        ("reports", &[Scope::Insights], &[]),
    ];
    let (bench, keys) = Bench::with(FakeService::new(), &keys);
    let (begin, begun) = oneshot::channel();
    let (open, gate) = mpsc::channel::<()>();
    let reader = by_key(&bench.face, &keys[0]).unwrap();
    let history = tokio::spawn(bench.face.history(&reader).run(move || {
        let _ = begin.send(());
        gate.recv().is_ok()
    }));
    begun.await.unwrap();
    let report = bench.get_as(&keys[1], "/v1/content/diagnostics").await;
    assert_eq!(report.status, StatusCode::OK);
    open.send(()).unwrap();
    assert!(history.await.unwrap().unwrap());
}
