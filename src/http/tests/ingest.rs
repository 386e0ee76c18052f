//! Recorded vendor events, sent as the vendors send them, and the resulting calls.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    bench::{Answer, Bench},
    fake::FakeService,
};
use crate::service::Service as _;

/// The other article that the words bring up, for who may see everything.
const HIDDEN: &str = "zanzibar-plan";

/// The lines of a recording.
fn recorded(file: &str) -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vendors/");
    let text = std::fs::read_to_string(format!("{folder}{file}")).unwrap();
    text.lines().map(str::to_owned).collect()
}

pub(super) async fn send(bench: &Bench, address: &str, body: &str) -> Answer {
    let kind = if body.starts_with(['{', '[']) {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    };
    let headers = [("content-type", kind)];
    bench
        .send(Method::POST, address, Some(body.to_owned()), &headers)
        .await
}

/// Every event of a recording, each twice; gives the names of what was taken.
async fn play(bench: &Bench, address: &str, file: &str) -> Vec<String> {
    let mut taken = Vec::new();
    for line in recorded(file) {
        let first = send(bench, address, &line).await;
        assert_eq!(first.status, StatusCode::OK, "{line}\n{}", first.text());
        let names = |answer: &Answer| {
            let list = answer.json()["taken"].as_array().unwrap().clone();
            list.into_iter()
                .map(|taken| taken["event"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        taken.extend(names(&first));
        let again = send(bench, address, &line).await;
        assert_eq!(again.status, StatusCode::OK, "{line}\n{}", again.text());
    }
    taken
}

/// Articles on cards, by name.
fn pushed(cards: &[Value]) -> Vec<&str> {
    let articles = cards
        .iter()
        .map(|card| card["article_id"].as_str().unwrap());
    let mut articles: Vec<&str> = articles.collect();
    articles.sort_unstable();
    articles
}

/// Plays a recording and looks at the call: both turns, the cards once each, and the end.
async fn check(vendor: &str, file: &str, query: &str, call_id: &str, said: &str) -> Value {
    let bench = Bench::new();
    let address = format!("/v1/ingest/{vendor}{query}");
    let taken = play(&bench, &address, file).await;
    // Of the others a session ended, and the call may go on.
    let has_ended = !matches!(vendor, "genesys" | "deepgram");
    assert_eq!(
        taken.iter().any(|name| name == "ended"),
        has_ended,
        "{vendor}: {taken:?}"
    );
    let call = bench.get(&format!("/v1/calls/{call_id}")).await.json();
    let turns: Vec<(&str, &str, bool)> = call["turns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|turn| {
            let text = |name: &str| turn[name].as_str().unwrap();
            (text("role"), text("text"), turn["final"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(turns.len(), 2, "{vendor}: {turns:?}");
    assert_eq!((turns[0].0, turns[0].2), ("agent", true), "{vendor}");
    assert_eq!(turns[1], ("customer", said, true), "{vendor}");
    assert!(call["lang"].as_str().unwrap().starts_with("en"), "{vendor}");
    let cards = call["cards"].as_array().unwrap();
    assert_eq!(pushed(cards), ["rules/cancel:1", HIDDEN], "{vendor}");
    assert!(
        cards.iter().all(|card| card["state"] == "suggested"),
        "{vendor}"
    );
    assert_eq!(call["ended_at"].is_string(), has_ended, "{vendor}");
    call
}

#[tokio::test]
async fn amazon_connect_is_heard() {
    let said = "Hi, I want to cancel my contract before the summer.";
    let id = "5d2c1f0e-8a57-4c1b-9f3e-1b7d0c6a2e41";
    let call = check("amazon-connect", "amazon-connect.jsonl", "", id, said).await;
    assert_eq!(
        call["agent_id"], "agent-17",
        "who took the call is told later"
    );
    assert_eq!(call["turns"][1]["end_ms"], 15_120);
}

#[tokio::test]
async fn genesys_is_heard() {
    let id = "9b0f3c52-6f0e-4f6e-8a51-2c8b8d4a7f10";
    let call = check(
        "genesys",
        "genesys.jsonl",
        "",
        id,
        "I want to cancel my contract, please.",
    )
    .await;
    assert_eq!(call["turns"][1]["begin_ms"], 4_000);
}

#[tokio::test]
async fn google_is_heard() {
    check(
        "google",
        "google.jsonl",
        "",
        "1H4xMJ9lU9zq",
        "I want to cancel my contract, please.",
    )
    .await;
}

#[tokio::test]
async fn twilio_is_heard() {
    let id = "CA0123456789abcdef0123456789abcdef";
    check(
        "twilio",
        "twilio.form",
        "",
        id,
        "I want to cancel my contract, please.",
    )
    .await;
}

#[tokio::test]
async fn deepgram_is_heard() {
    let query = "?call_id=desk-7&agent_id=ann&lang=en";
    let call = check(
        "deepgram",
        "deepgram.jsonl",
        query,
        "desk-7",
        "I want to cancel my contract, please.",
    )
    .await;
    assert_eq!(call["agent_id"], "ann");
}

#[tokio::test]
async fn twilio_sends_json_too_and_roles_can_be_said() {
    let bench = Bench::new();
    let content = json!({
        "TranscriptionEvent": "transcription-content", "CallSid": "CA1", "TranscriptionSid": "GT1", "SequenceId": 2,
        "Track": "outbound_track", "TranscriptionData": {"transcript": "cancel my contract"}, "Final": true,
    });
    let taken = bench
        .post("/v1/ingest/twilio?roles=agent,customer", content)
        .await
        .json();
    let cards = taken["cards"].as_array().unwrap();
    assert_eq!(pushed(cards), ["rules/cancel:1", HIDDEN], "{taken}");
    assert_eq!(taken["taken"][0]["event"], "opened");
    assert_eq!(taken["taken"][1]["utterance_id"], "GT1:2");
    let status = "CallSid=CA1&CallStatus=completed&Duration=3";
    let ended = send(&bench, "/v1/ingest/twilio", status).await.json();
    assert_eq!(ended["taken"][0]["event"], "ended");
}

#[tokio::test]
async fn events_out_of_order_and_silence_change_nothing() {
    let bench = Bench::new();
    let content = |seq: u64, text: &str, is_final: bool| {
        let data = json!({"transcript": text}).to_string();
        json!({
            "TranscriptionEvent": "transcription-content", "CallSid": "CA1", "TranscriptionSid": "GT1", "SequenceId": seq,
            "Track": "inbound_track", "TranscriptionData": data, "Final": is_final.to_string(),
        })
    };
    let turns = async || {
        let call = bench.get("/v1/calls/CA1").await.json();
        let turns = call["turns"].as_array().unwrap().clone();
        let told = turns
            .iter()
            .map(|turn| format!("{}:{}", turn["text"].as_str().unwrap(), turn["final"]));
        told.collect::<Vec<_>>()
    };
    for (seq, text, is_final) in [
        (2, "hel", false),
        (3, "hello", true),
        (2, "hel", false),
        (4, "good", false),
        (6, "good day", true),
        (5, "good d", false),
        (7, "", true),
        (8, "uh", false),
        (9, "", true),
    ] {
        let answer = bench
            .post("/v1/ingest/twilio", content(seq, text, is_final))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    assert_eq!(turns().await, ["hello:true", "good day:true"]);
}

#[tokio::test]
async fn speakers_of_one_channel_are_told_apart() {
    let bench = Bench::new();
    let word = |text: &str, speaker: u64| json!({"word": text, "punctuated_word": text, "speaker": speaker});
    let words = [
        word("Hello?", 1),
        word("cancel", 0),
        word("my", 0),
        word("contract", 0),
    ];
    let result = json!({
        "type": "Results", "channel_index": [0, 1], "start": 1.5, "duration": 2.0, "is_final": true,
        "channel": {"alternatives": [{"transcript": "Hello? cancel my contract", "words": words}]},
        "metadata": {"request_id": "r1"},
    });
    let taken = bench.post("/v1/ingest/deepgram", result).await.json();
    assert_eq!(taken["cards"].as_array().unwrap().len(), 2, "{taken}");
    let call = bench.get("/v1/calls/r1").await.json();
    assert_eq!(
        (&call["turns"][0]["role"], &call["turns"][1]["role"]),
        (&json!("agent"), &json!("customer"))
    );
    assert_eq!(call["turns"][1]["text"], "cancel my contract");
}

#[tokio::test]
async fn a_desktop_that_comes_later_adds_what_it_knows() {
    let bench = Bench::new();
    let started = &recorded("amazon-connect.jsonl")[0];
    send(&bench, "/v1/ingest/amazon-connect", started).await;
    let said = json!({"ContactId": "5d2c1f0e-8a57-4c1b-9f3e-1b7d0c6a2e41", "Segments": [
        {"Transcript": {"Id": "t9", "ParticipantRole": "CUSTOMER", "Content": "cancel my contract"}}]});
    bench.post("/v1/ingest/amazon-connect", said).await;
    let id = "5d2c1f0e-8a57-4c1b-9f3e-1b7d0c6a2e41";
    let opening = json!({"call_id": id, "agent_id": "ann", "account": {"plan": "fiber"}});
    let opened = bench.post("/v1/calls", opening.clone()).await;
    assert_eq!(opened.status, StatusCode::OK);
    assert_eq!(opened.json()["cards"].as_array().unwrap().len(), 2);
    let again = json!({"call_id": id, "agent_id": "bob", "account": {"plan": "dsl"}});
    assert_eq!(bench.post("/v1/calls", again).await.status, StatusCode::OK);
    let call = bench.get(&format!("/v1/calls/{id}")).await.json();
    assert_eq!(
        (&call["agent_id"], &call["account"]["plan"]),
        (&json!("bob"), &json!("fiber")),
        "another agent has taken the call"
    );
    assert_eq!(call["lang"], "en-US");
    let caller = crate::live::Caller {
        name: "local".into(),
        admin: true,
        audience: crate::search::types::Audience::Unrestricted,
    };
    let mut watch = bench.fake.registry().watch_agent(&caller, "ann", None);
    assert_eq!(watch.take().map(|event| event.kind.name()), Some("card"));
}

#[tokio::test]
async fn what_is_missing_is_named_by_its_place() {
    let bench = Bench::new();
    let check = async |vendor: &str, body: &str, place: &str| {
        let answer = send(&bench, &format!("/v1/ingest/{vendor}"), body).await;
        assert_eq!(
            answer.status,
            StatusCode::BAD_REQUEST,
            "{body}: {}",
            answer.text()
        );
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(
            answer.json()["errors"][0]["pointer"],
            place,
            "{body}: {}",
            answer.text()
        );
    };
    let segment = r#"{"ContactId":"c","EventType":"SEGMENTS","Segments":[{"Categories":{}},{"Transcript":{"Id":"t","ParticipantRole":"CUSTOMER"}}]}"#;
    check("amazon-connect", segment, "/Segments/1/Transcript/Content").await;
    check(
        "amazon-connect",
        r#"{"Records":[{"kinesis":{"data":"%%"}}]}"#,
        "/Records/0/kinesis/data",
    )
    .await;
    check("amazon-connect", r#"{"EventType":"STARTED"}"#, "").await;
    check("amazon-connect", r#"{"hello":1}"#, "/EventType").await;
    check(
        "amazon-connect",
        r#"{"ContactId":5.5,"EventType":7}"#,
        "/EventType",
    )
    .await;
    check(
        "genesys",
        r#"{"topicName":"v2.conversations.c.transcription","eventBody":{}}"#,
        "/eventBody/transcripts",
    )
    .await;
    let transcript = r#"{"conversationId":"c","transcripts":[{"channel":"EXTERNAL","isFinal":true,"alternatives":[{"transcript":"x"}]}]}"#;
    check("genesys", transcript, "/transcripts/0/utteranceId").await;
    check(
        "google",
        r#"{"conversation":"projects/p/conversations/c"}"#,
        "/type",
    )
    .await;
    check(
        "google",
        r#"{"conversation":"projects/p/conversations/c","type":"NEW_MESSAGE"}"#,
        "/newMessagePayload",
    )
    .await;
    check(
        "google",
        r#"{"message":{"attributes":{}}}"#,
        "/message/data",
    )
    .await;
    check(
        "twilio",
        "TranscriptionEvent=transcription-content&SequenceId=1",
        "/CallSid",
    )
    .await;
    let data = "TranscriptionEvent=transcription-content&CallSid=C&SequenceId=1&Track=inbound_track&TranscriptionData=%7B";
    check("twilio", data, "/TranscriptionData").await;
    check("twilio", "AccountSid=A", "/TranscriptionEvent").await;
    check("deepgram", r#"{"type":"Results","start":0.1}"#, "/channel").await;
    check("deepgram", "[1]", "/0").await;
    check("deepgram", "{", "").await;
    let nested = format!("{}{}", "[".repeat(60), "]".repeat(60));
    check("amazon-connect", &nested, "/0/0/0/0/0/0").await;
}

#[tokio::test]
async fn a_vendor_must_be_known_and_parameters_too() {
    let bench = Bench::new();
    let unknown = bench.post("/v1/ingest/acme", json!({})).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let roles = bench
        .post(
            "/v1/ingest/deepgram?roles=boss",
            json!({"type": "Metadata"}),
        )
        .await;
    assert_eq!(roles.json()["errors"][0]["pointer"], "/roles");
    let other = bench
        .post("/v1/ingest/deepgram?cal_id=x", json!({"type": "Metadata"}))
        .await;
    assert_eq!(other.json()["errors"][0]["pointer"], "/cal_id");
}

#[tokio::test]
async fn words_that_were_refused_are_whole_when_they_come_again() {
    let bench = Bench::with(FakeService::taking(1), &[]).0;
    bench.post("/v1/calls", json!({"call_id": "other"})).await;
    let send = async |expected: StatusCode| {
        for (start, text, is_last) in [(0.0, "I want to", false), (1.0, "cancel it", true)] {
            let said = json!({"type": "Results", "start": start, "is_final": true, "speech_final": is_last,
                "channel": {"alternatives": [{"transcript": text}]}, "metadata": {"request_id": "r1"}});
            let answer = bench.post("/v1/ingest/deepgram", said).await;
            assert_eq!(answer.status, expected, "{}", answer.text());
        }
    };
    send(StatusCode::SERVICE_UNAVAILABLE).await;
    bench.post("/v1/calls/other/end", json!({})).await;
    send(StatusCode::OK).await;
    let call = bench.get("/v1/calls/r1").await.json();
    assert_eq!(call["turns"][0]["text"], "I want to cancel it");
}
