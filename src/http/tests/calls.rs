//! Calls over HTTP: responses, statuses, and the stream with its resume.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{
    super::openapi::StreamEvent,
    bench::Bench,
    fake::{FakeService, SECRET},
};
use crate::keys::Scope;

/// One event of a stream as its reader sees it.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    id: u64,
    event: String,
    data: Value,
}

/// Opens a call in which a card was pushed.
async fn call_with_a_card(bench: &Bench) -> Value {
    let opened = bench
        .post(
            "/v1/calls",
            json!({"call_id": "c1", "agent_id": "ann", "lang": "en"}),
        )
        .await;
    assert_eq!(opened.status, StatusCode::CREATED);
    assert_eq!(opened.header("location"), "/v1/calls/c1");
    assert_eq!(opened.json()["call_id"], "c1");
    let said = json!({"role": "customer", "text": "I want to cancel my contract today", "utterance_id": "u1"});
    let heard = bench.post("/v1/calls/c1/utterances", said).await;
    assert_eq!(heard.status, StatusCode::OK, "{}", heard.text());
    heard.json()
}

/// Reads events until there are so many, or nothing comes for a while.
async fn events(bench: &Bench, address: &str, headers: &[(&str, &str)], count: usize) -> Vec<Told> {
    let response = bench.begin(Method::GET, address, None, headers).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut chunks = response.into_body().into_data_stream();
    let mut text = String::new();
    while let Ok(Some(chunk)) = timeout(Duration::from_millis(300), chunks.next()).await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
        if parse(&text).len() >= count {
            break;
        }
    }
    parse(&text)
}

fn parse(text: &str) -> Vec<Told> {
    let field = |block: &str, name: &str| {
        block
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(|value| value.trim().to_owned())
    };
    let told = text.split("\n\n").filter_map(|block| {
        let data = serde_json::from_str(&field(block, "data")?).unwrap();
        Some(Told {
            id: field(block, "id")?.parse().unwrap(),
            event: field(block, "event")?,
            data,
        })
    });
    told.collect()
}

#[tokio::test]
async fn what_is_said_pushes_a_card() {
    let bench = Bench::new();
    let heard = call_with_a_card(&bench).await;
    let pushed: Vec<&Value> = heard["cards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|card| &card["article_id"])
        .collect();
    assert!(pushed.contains(&&json!("rules/cancel:1")), "{heard}");
    assert!(heard["not_shown"].is_array() && heard["took_ms"].is_number());
    assert_eq!(heard["index"]["generation"], 7);

    let again = bench.post("/v1/calls", json!({"call_id": "c1"})).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(
        again.json()["cards"].as_array().unwrap().len(),
        pushed.len()
    );
    let cards = bench.get("/v1/calls/c1/cards").await.json();
    assert_eq!(cards["cards"].as_array().unwrap().len(), pushed.len());

    let card = cards["cards"][0]["card_id"].as_str().unwrap().to_owned();
    let engaged = bench
        .post(
            &format!("/v1/calls/c1/cards/{card}/engagement"),
            json!({"type": "used"}),
        )
        .await;
    assert_eq!(engaged.json()["state"], "used");
    let account = bench
        .send(
            Method::PATCH,
            "/v1/calls/c1/account",
            Some(json!({"plan": "fiber"}).to_string()),
            &[],
        )
        .await;
    assert_eq!(account.status, StatusCode::OK);
    let view = bench.get("/v1/calls/c1").await.json();
    assert_eq!(view["account"]["plan"], "fiber");
    assert_eq!(
        view["turns"][0]["text"],
        "I want to cancel my contract today"
    );

    let ended = bench
        .send(Method::POST, "/v1/calls/c1/end", None, &[])
        .await;
    assert_eq!(ended.status, StatusCode::OK);
    assert_eq!(ended.json()["summary"]["call_id"], "c1");
    let late = bench
        .post(
            "/v1/calls/c1/utterances",
            json!({"role": "agent", "text": "bye"}),
        )
        .await;
    assert_eq!(
        (late.status, &late.json()["code"]),
        (StatusCode::CONFLICT, &json!("call_ended"))
    );
}

#[tokio::test]
async fn mistakes_about_calls_are_told() {
    let bench = Bench::new();
    assert_eq!(
        bench
            .send(Method::POST, "/v1/calls", None, &[])
            .await
            .status,
        StatusCode::CREATED
    );
    assert_eq!(
        bench
            .post("/v1/calls", json!({"call_id": "c"}))
            .await
            .status,
        StatusCode::CREATED
    );
    let check = async |address: &str, body: Value, status: u16, place: &str| {
        let answer = bench.post(address, body.clone()).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(
            answer.json()["errors"][0]["pointer"]
                .as_str()
                .unwrap_or_default(),
            place,
            "{body}"
        );
    };
    check("/v1/calls", json!({"call": "c"}), 400, "/call").await;
    check("/v1/calls", json!({"account": 5}), 400, "/account").await;
    check(
        "/v1/calls/c/utterances",
        json!({"text": "hi"}),
        400,
        "/role",
    )
    .await;
    check(
        "/v1/calls/c/utterances",
        json!({"role": "robot", "text": "hi"}),
        400,
        "/role",
    )
    .await;
    check(
        "/v1/calls/c/utterances",
        json!({"role": "agent", "text": "hi", "final": false}),
        400,
        "/utterance_id",
    )
    .await;
    check(
        "/v1/calls/c/utterances",
        json!({"role": "agent", "text": "x".repeat(20_001)}),
        400,
        "/text",
    )
    .await;
    check(
        "/v1/calls/nobody/utterances",
        json!({"role": "agent", "text": "hi"}),
        404,
        "",
    )
    .await;
    check(
        "/v1/calls/c/cards/none/engagement",
        json!({"type": "opened"}),
        404,
        "",
    )
    .await;
    check("/v1/calls/c/end", json!({"why": "done"}), 400, "/why").await;
    for address in [
        "/v1/calls/nobody",
        "/v1/calls/nobody/cards",
        "/v1/calls/nobody/events",
    ] {
        assert_eq!(
            bench.get(address).await.json()["code"],
            "unknown_call",
            "{address}"
        );
    }
    let patch = bench
        .send(
            Method::PATCH,
            "/v1/calls/c/account",
            Some("[1]".into()),
            &[],
        )
        .await;
    assert_eq!(patch.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_stream_tells_what_happened_and_resumes_after_an_id() {
    let bench = Bench::new();
    let heard = call_with_a_card(&bench).await;
    let card = heard["cards"][0]["card_id"].as_str().unwrap().to_owned();
    bench
        .post(
            &format!("/v1/calls/c1/cards/{card}/engagement"),
            json!({"type": "opened"}),
        )
        .await;

    let all = events(&bench, "/v1/calls/c1/events", &[], 99).await;
    assert!(
        all.iter()
            .any(|told| told.event == "card" && told.data["card_id"] == card.as_str()),
        "{all:?}"
    );
    assert!(
        all.iter()
            .any(|told| told.event == "card_state" && told.data["state"] == "opened"),
        "{all:?}"
    );
    for Told { id, event, data } in &all {
        let event = json!({"id": id, "event": event, "data": data});
        let read: StreamEvent = serde_json::from_value(event.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), event);
    }
    let ids: Vec<u64> = all.iter().map(|told| told.id).collect();
    assert_eq!(ids, (1..=all.len() as u64).collect::<Vec<_>>());

    assert_eq!(
        events(&bench, "/v1/calls/c1/events", &[("last-event-id", "1")], 99).await,
        all[1..]
    );
    assert_eq!(
        events(&bench, "/v1/calls/c1/events?last_event_id=1", &[], 99).await,
        all[1..]
    );
    let both = events(
        &bench,
        "/v1/calls/c1/events?last_event_id=0",
        &[("last-event-id", "1")],
        99,
    )
    .await;
    assert_eq!(both, all[1..], "the header is newer than the address");
    for unknown in ["999", "abc", "é"] {
        let told = events(
            &bench,
            "/v1/calls/c1/events",
            &[("last-event-id", unknown)],
            1,
        )
        .await;
        assert_eq!(told[0].event, "resync", "{unknown}");
    }
    let agent = events(&bench, "/v1/agents/ann/events", &[], all.len()).await;
    assert_eq!(agent.len(), all.len());
    assert!(
        events(&bench, "/v1/agents/bob/events", &[], 1)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn a_stream_begins_with_a_beat_where_one_is_asked_for() {
    let bench = Bench::new();
    call_with_a_card(&bench).await;
    for (address, expected) in [
        (
            "/v1/calls/c1/events?beats=true",
            "event: beat\ndata: {}\n\n",
        ),
        (
            "/v1/agents/ann/events?beats=true",
            "event: beat\ndata: {}\n\n",
        ),
        ("/v1/calls/c1/events", ": beat\n\n"),
    ] {
        let response = bench.begin(Method::GET, address, None, &[]).await;
        let first = response.into_body().into_data_stream().next().await;
        assert_eq!(first.unwrap().unwrap(), expected, "{address}");
    }
}

#[tokio::test]
async fn a_stream_tells_only_of_articles_that_its_reader_may_see() {
    let named: [(&str, &[Scope], &[&str]); 2] = [
        ("desk", &[Scope::Calls], &["agent", "internal"]),
        ("lead", &[Scope::Admin], &["agent"]),
    ];
    let (bench, keys) = Bench::with(FakeService::new(), &named);
    let call = json!({"call_id": "c1", "agent_id": "ann"});
    bench.post_as(&keys[0], "/v1/calls", call).await;
    let said = json!({"role": "customer", "text": "cancel my contract"});
    bench
        .post_as(&keys[0], "/v1/calls/c1/utterances", said)
        .await;
    let (hidden, open) = (format!("{SECRET}-plan"), "rules/cancel:1".to_owned());
    for address in ["/v1/calls/c1/events", "/v1/agents/ann/events"] {
        for (key, expected) in keys.iter().zip([vec![&hidden, &open], vec![&open]]) {
            let bearer = format!("Bearer {key}");
            let headers = [("authorization", bearer.as_str())];
            let told = events(&bench, address, &headers, 99).await;
            let about: Vec<&Value> = told.iter().map(|told| &told.data["article_id"]).collect();
            assert_eq!(about, expected, "{address}");
        }
    }
}

#[tokio::test]
async fn an_ended_call_sends_its_readers_home() {
    let bench = Bench::new();
    call_with_a_card(&bench).await;
    bench
        .send(Method::POST, "/v1/calls/c1/end", None, &[])
        .await;
    let all = events(&bench, "/v1/calls/c1/events", &[], 99).await;
    let last = all.last().unwrap();
    assert_eq!(last.event, "call_ended");
    let again = bench
        .send(
            Method::GET,
            "/v1/calls/c1/events",
            None,
            &[("last-event-id", &last.id.to_string())],
        )
        .await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
    let lost = events(
        &bench,
        "/v1/calls/forgotten/events",
        &[("last-event-id", "7")],
        1,
    )
    .await;
    assert_eq!(lost[0].event, "resync");
}

#[tokio::test]
async fn a_websocket_must_be_asked_for_as_one() {
    let bench = Bench::new();
    call_with_a_card(&bench).await;
    for address in [
        "/v1/calls/c1/events/ws",
        "/v1/calls/c1/ws",
        "/v1/agents/ann/ws",
    ] {
        let answer = bench.get(address).await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (StatusCode::BAD_REQUEST, &json!("bad_request")),
            "{address}"
        );
    }
}
