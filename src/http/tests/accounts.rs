//! Calls whose account is fetched: what it becomes, what is missing, and who wins.

use axum::http::StatusCode;
use serde_json::json;

use super::{bench::Bench, twin::Twin};
use crate::accounts::{Accounts, little::Little};

fn bench(server: &Little) -> Bench {
    let sources = [
        server.source("crm", "/crm/{customer_id}"),
        server.source("billing", "/billing/{customer_id}"),
    ];
    let accounts = Accounts::new(&sources, &[server.host()], |_| None, 10_000).unwrap();
    Bench::with(Twin::asking(accounts), &[]).0
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
