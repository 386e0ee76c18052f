//! Calls whose account is fetched: the merged account, gaps, and precedence.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{bench::Bench, fake::FakeService};
use crate::accounts::{Accounts, SourceSettings, little::Little};

fn bench(server: &Little) -> Bench {
    let sources = [
        server.source("crm", "/crm/{customer_id}"),
        server.source("billing", "/billing/{customer_id}"),
    ];
    let accounts = Accounts::new(&sources, &[server.host()], |_| None, 10_000).unwrap();
    Bench::with(FakeService::asking(accounts), &[]).0
}

fn server() -> Little {
    Little::new(|path| match path {
        "/crm/7" => (200, json!({"plan": "fiber", "name": "from the crm"})),
        "/billing/7" => (200, json!({"invoice": {"overdue_days": 3}})),
        "/crm/8" => (200, json!({"plan": "dsl"})),
        _ => (500, json!({})),
    })
}

#[tokio::test]
async fn what_the_sources_know_becomes_the_account() {
    let bench = bench(&server());
    let opening =
        json!({"call_id": "c", "customer_id": "7", "account": {"name": "from the desktop"}});
    let opened = bench.post("/v1/calls", opening).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    assert!(
        opened.json().get("account_gaps").is_none(),
        "{}",
        opened.text()
    );
    let call = bench.get("/v1/calls/c").await.json();
    assert_eq!(
        call["account"],
        json!({"plan": "fiber", "name": "from the desktop", "invoice": {"overdue_days": 3}})
    );
}

#[tokio::test]
async fn a_part_that_is_missing_is_told() {
    let bench = bench(&server());
    let opened = bench
        .post("/v1/calls", json!({"call_id": "c", "customer_id": "8"}))
        .await;
    let gaps = json!([{"source": "billing", "reason": "refused"}]);
    assert_eq!(opened.status, StatusCode::CREATED);
    assert_eq!(opened.json()["account_gaps"], gaps);
    let degraded = opened.json()["degraded"].as_array().unwrap().clone();
    assert!(
        degraded.contains(&json!("account_incomplete")),
        "{degraded:?}"
    );
    let call = bench.get("/v1/calls/c").await.json();
    assert_eq!(
        (&call["account_gaps"], &call["account"]),
        (&gaps, &json!({"plan": "dsl"}))
    );
}

#[tokio::test]
async fn nobody_is_asked_twice_or_for_nothing() {
    let server = server();
    let bench = bench(&server);
    bench.post("/v1/calls", json!({"call_id": "a"})).await;
    assert_eq!(server.asked(), 0, "no customer, nothing to ask");
    for _ in 0..2 {
        bench
            .post("/v1/calls", json!({"call_id": "b", "customer_id": "7"}))
            .await;
    }
    assert_eq!(server.asked(), 2, "the call has its account");
    let long = json!({"call_id": "d", "customer_id": "x".repeat(201)});
    assert_eq!(
        bench.post("/v1/calls", long).await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_null_takes_nothing_away_that_a_source_knows() {
    let bench = bench(&server());
    let opening = json!({"call_id": "c", "customer_id": "7", "account": {"plan": null}});
    bench.post("/v1/calls", opening).await;
    let call = bench.get("/v1/calls/c").await.json();
    assert_eq!(call["account"]["plan"], "fiber");
}

#[tokio::test]
async fn the_account_of_an_erased_customer_is_fetched_anew() {
    let server = server();
    let crm = SourceSettings {
        cache_secs: 60,
        ..server.source("crm", "/crm/{customer_id}")
    };
    let accounts = Accounts::new(&[crm], &[server.host()], |_| None, 10_000).unwrap();
    let bench = Bench::with(FakeService::asking(accounts), &[]).0;
    let open =
        |call: &'static str| bench.post("/v1/calls", json!({"call_id": call, "customer_id": "7"}));
    open("a").await;
    open("b").await;
    assert_eq!(server.asked(), 1, "remembered");
    let address = "/v1/insights/customers/7";
    bench.send(Method::DELETE, address, None, &[]).await;
    open("c").await;
    assert_eq!(server.asked(), 2);
}

#[tokio::test]
async fn a_vendors_call_has_its_account_too() {
    let bench = bench(&server());
    let result = json!({"type": "Results", "start": 0, "metadata": {"request_id": "r"}, "is_final": true,
        "channel": {"alternatives": [{"transcript": "hello"}]}});
    bench
        .post("/v1/ingest/deepgram?customer_id=7", result)
        .await;
    assert_eq!(
        bench.get("/v1/calls/r").await.json()["account"]["plan"],
        "fiber"
    );
}

#[tokio::test]
async fn accounts_of_many_calls_are_fetched_side_by_side() {
    let server = Little::with(|_| (200, "{}".to_owned(), Duration::from_millis(100)));
    let sources = [server.source("crm", "/crm/{customer_id}")];
    let accounts = Accounts::new(&sources, &[server.host()], |_| None, 10_000).unwrap();
    let bench = Bench::with(FakeService::asking(accounts), &[]).0;
    let record = |call: usize| {
        let event = json!({"ContactId": format!("c{call}"), "EventType": "STARTED"});
        json!({"kinesis": {"data": STANDARD.encode(event.to_string())}})
    };
    let batch: Vec<Value> = (0..16).map(record).collect();
    let begun = Instant::now();
    let taken = bench
        .post(
            "/v1/ingest/amazon-connect?customer_id=7",
            json!({"Records": batch}),
        )
        .await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text());
    assert!(server.asked() > 0 && begun.elapsed() < Duration::from_millis(800));
}

fn said(number: u64) -> serde_json::Value {
    json!({"TranscriptionEvent": "transcription-content", "CallSid": "t", "SequenceId": number, "Track": "inbound_track",
        "TranscriptionData": {"transcript": "hello"}, "Final": false})
}

#[tokio::test]
async fn an_account_that_could_not_be_had_is_not_asked_for_with_every_word() {
    let server = server();
    let bench = bench(&server);
    let first = bench.post("/v1/ingest/twilio?customer_id=9", said(1)).await;
    let degraded = first.json()["degraded"].as_array().unwrap().clone();
    assert!(
        degraded.contains(&json!("account_incomplete")),
        "{}",
        first.text()
    );
    for number in 2..5 {
        bench
            .post("/v1/ingest/twilio?customer_id=9", said(number))
            .await;
    }
    let over = json!({"CallSid": "u", "CallStatus": "completed"});
    bench.post("/v1/ingest/twilio?customer_id=9", over).await;
    assert_eq!(server.asked(), 2, "both sources, once each");
    let gaps = &bench.get("/v1/calls/t").await.json()["account_gaps"];
    assert_eq!(gaps.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn an_event_brings_what_a_call_of_the_desktop_lacks() {
    let bench = bench(&server());
    bench.post("/v1/calls", json!({"call_id": "t"})).await;
    bench
        .post("/v1/ingest/twilio?customer_id=7&agent_id=ann", said(1))
        .await;
    let call = bench.get("/v1/calls/t").await.json();
    assert_eq!(
        (
            &call["agent_id"],
            &call["customer_id"],
            &call["account"]["plan"]
        ),
        (&json!("ann"), &json!("7"), &json!("fiber"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_speaks_while_an_account_is_fetched_waits_for_the_same_answer() {
    let server = Little::with(|_| (200, "{}".to_owned(), Duration::from_secs(2)));
    let sources = [server.source("crm", "/crm/{customer_id}")];
    let accounts = Accounts::new(&sources, &[server.host()], |_| None, 10_000).unwrap();
    let bench = Bench::with(FakeService::asking(accounts), &[]).0;
    let send = |number| bench.post("/v1/ingest/twilio?customer_id=7", said(number));
    tokio::join!(send(1), send(2), send(3), send(4));
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn what_a_source_adds_never_makes_an_account_too_large() {
    let server = server();
    let sources = [server.source("crm", "/crm/{customer_id}")];
    let limit = crate::live::Policy::default().bounds.account_bytes;
    let accounts = Accounts::new(&sources, &[server.host()], |_| None, limit).unwrap();
    let bench = Bench::with(FakeService::asking(accounts), &[]).0;
    let note = "x".repeat(limit - 20);
    let opening = json!({"call_id": "c", "customer_id": "7", "account": {"note": note}});
    let opened = bench.post("/v1/calls", opening).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text());
    assert_eq!(
        opened.json()["account_gaps"],
        json!([{"source": "crm", "reason": "too_large"}])
    );
}
