//! What vendors send besides utterances: session ends, fragments, chats, notifications, too much data, and keys as
//! passwords.

use axum::http::{Method, StatusCode};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{
    bench::{Answer, Bench},
    fake::FakeService,
    ingest::send,
};
use crate::keys::Scope;

/// What a request took, as `event` or `event:final`, and why it passed over the rest.
async fn told(bench: &Bench, address: &str, body: Value) -> (Vec<String>, Vec<String>) {
    let answer = bench.post(&format!("/v1/ingest/{address}"), body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let list = |name: &str| answer.json()[name].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let taken = list("taken")
        .iter()
        .map(|taken| {
            let last = taken["final"].as_bool();
            let last = last.map(|last| format!(":{last}")).unwrap_or_default();
            text(&taken["event"]) + &last
        })
        .collect();
    (
        taken,
        list("passed")
            .iter()
            .map(|passed| text(&passed["reason"]))
            .collect(),
    )
}

/// The turns of a call as `role: text`, with `…` where they are not final.
async fn turns(bench: &Bench, call_id: &str) -> Vec<String> {
    let call = bench.get(&format!("/v1/calls/{call_id}")).await.json();
    let turns = call["turns"]
        .as_array()
        .unwrap_or_else(|| panic!("no turns: {call}"));
    let told = turns.iter().map(|turn| {
        let open = if turn["final"] == true { "" } else { "…" };
        format!(
            "{}: {}{open}",
            turn["role"].as_str().unwrap(),
            turn["text"].as_str().unwrap()
        )
    });
    told.collect()
}

fn spoken(transcription: &str, number: u64, text: &str, is_final: bool) -> Value {
    json!({
        "TranscriptionEvent": "transcription-content", "CallSid": "CA1", "TranscriptionSid": transcription,
        "SequenceId": number, "Track": "inbound_track", "TranscriptionData": {"transcript": text}, "Final": is_final,
    })
}

#[tokio::test]
async fn a_transcription_that_stops_does_not_end_the_call() {
    let bench = Bench::new();
    let event = |kind: &str| json!({"TranscriptionEvent": format!("transcription-{kind}"), "CallSid": "CA1", "TranscriptionSid": "GT1"});
    told(&bench, "twilio", event("started")).await;
    for number in 2..6 {
        told(&bench, "twilio", spoken("GT1", number, "hello", true)).await;
    }
    assert_eq!(told(&bench, "twilio", event("stopped")).await.0, [""; 0]);
    // The second transcription counts from 1 again.
    told(&bench, "twilio", spoken("GT2", 2, "good", false)).await;
    told(&bench, "twilio", spoken("GT2", 4, "good day", false)).await;
    let late = told(&bench, "twilio", spoken("GT2", 3, "good d", false)).await;
    assert_eq!(
        late,
        (
            vec![],
            vec!["silence, or its final came before it".to_owned()]
        )
    );
    assert_eq!(turns(&bench, "CA1").await[4..], ["customer: good day…"]);
    let over = json!({"CallSid": "CA1", "CallStatus": "completed"});
    assert_eq!(told(&bench, "twilio", over).await.0, ["ended"]);
    let again = told(&bench, "twilio", event("started")).await;
    assert_eq!(again, (vec![], vec!["the call has ended".to_owned()]));
}

#[tokio::test]
async fn a_leg_or_an_analysis_that_ends_does_not_end_the_call() {
    let bench = Bench::new();
    let leg = |status: &str| json!({"conversationId": "g", "communicationId": "1", "status": {"status": status}});
    assert_eq!(
        told(&bench, "genesys", leg("SESSION_ONGOING")).await.0,
        ["opened"]
    );
    assert_eq!(
        told(&bench, "genesys", leg("SESSION_ENDED")).await.0,
        [""; 0]
    );
    assert_eq!(
        told(&bench, "genesys", leg("SESSION_ONGOING")).await.0,
        ["opened"]
    );
    let contact = |event: &str| json!({"ContactId": "a", "EventType": event});
    assert_eq!(
        told(&bench, "amazon-connect", contact("STARTED")).await.0,
        ["opened"]
    );
    assert_eq!(
        told(&bench, "amazon-connect", contact("FAILED")).await.0,
        [""; 0]
    );
    assert_eq!(
        told(&bench, "amazon-connect", contact("COMPLETED")).await.0,
        ["ended"]
    );
}

fn segment(begin: f64, text: &str, is_final: bool, pauses: bool) -> Value {
    json!({
        "type": "Results", "channel_index": [0, 2], "start": begin, "duration": 1.0, "is_final": is_final, "speech_final": pauses,
        "channel": {"alternatives": [{"transcript": text}]}, "metadata": {"request_id": "s1"},
    })
}

#[tokio::test]
async fn what_is_said_between_two_pauses_is_one_utterance() {
    let bench = Bench::new();
    let address = "deepgram?call_id=d";
    let last = |end: f64| json!({"type": "UtteranceEnd", "channel": [0, 2], "last_word_end": end});
    told(&bench, address, segment(0.0, "I want", false, false)).await;
    let first = told(&bench, address, segment(0.0, "I want to", true, false)).await;
    assert_eq!(first.0, ["utterance:false"]);
    told(&bench, address, segment(1.0, "cancel", false, false)).await;
    assert_eq!(turns(&bench, "d").await, ["customer: I want to cancel…"]);
    told(&bench, address, segment(1.0, "cancel my", true, false)).await;
    // A repeat and a partial that comes late.
    told(&bench, address, segment(0.0, "I want to", true, false)).await;
    told(&bench, address, segment(0.0, "I want", false, false)).await;
    let whole = told(&bench, address, segment(2.0, "contract", true, true)).await;
    assert_eq!(whole.0, ["utterance:true"]);
    assert_eq!(told(&bench, address, last(2.9)).await.0, [""; 0]);

    told(&bench, address, segment(4.0, "is there", true, false)).await;
    assert_eq!(
        told(&bench, address, last(3.9)).await.0,
        [""; 0],
        "the pause was before it"
    );
    assert_eq!(told(&bench, address, last(4.9)).await.0, ["utterance:true"]);

    told(&bench, address, segment(6.0, "a fee", true, false)).await;
    let end = json!({"type": "Metadata", "request_id": "s1"});
    assert_eq!(
        told(&bench, address, end.clone()).await.0,
        ["utterance:true"]
    );
    told(&bench, address, segment(8.0, "hello", true, true)).await;
    let said = ["I want to cancel my contract", "is there", "a fee", "hello"];
    assert_eq!(
        turns(&bench, "d").await,
        said.map(|text| format!("customer: {text}"))
    );

    // Where the stream stands for the call, its end is the call's.
    told(&bench, "deepgram", segment(0.0, "good bye", true, false)).await;
    assert_eq!(
        told(&bench, "deepgram", end).await.0,
        ["utterance:true", "ended"]
    );
    assert_eq!(turns(&bench, "s1").await, ["customer: good bye"]);
}

#[tokio::test]
async fn the_parts_of_a_transcript_are_heard_together() {
    let bench = Bench::new();
    let part = |id: &str, begin: u64, text: &str| {
        json!({"ContactId": "a", "Segments": [{"Utterance": {
        "Id": id, "TranscriptId": "t", "ParticipantRole": "CUSTOMER", "PartialContent": text,
        "BeginOffsetMillis": begin, "EndOffsetMillis": begin + 900}}]})
    };
    let vendor = "amazon-connect";
    told(&bench, vendor, part("u2", 1_000, "my contract")).await;
    told(&bench, vendor, part("u1", 0, "I want")).await;
    told(&bench, vendor, part("u1", 0, "I want to cancel")).await;
    told(&bench, vendor, part("u2", 1_000, "my contract")).await;
    assert_eq!(
        turns(&bench, "a").await,
        ["customer: I want to cancel my contract…"]
    );
    let whole = json!({"ContactId": "a", "Segments": [{"Transcript": {
        "Id": "t", "ParticipantRole": "CUSTOMER", "Content": "I want to cancel my contract."}}]});
    assert_eq!(told(&bench, vendor, whole).await.0, ["utterance:true"]);
    assert_eq!(
        told(&bench, vendor, part("u3", 2_000, "late")).await.0,
        [""; 0]
    );
    assert_eq!(
        turns(&bench, "a").await,
        ["customer: I want to cancel my contract."]
    );
}

#[tokio::test]
async fn one_record_that_cannot_be_read_keeps_no_other_from_being_heard() {
    let bench = Bench::new();
    let record = |event: &Value| json!({"kinesis": {"data": STANDARD.encode(event.to_string())}});
    let chat = json!({"Version": "2.0.0", "Channel": "CHAT", "ContactId": "a", "StreamingEventType": "SEGMENTS",
        "StreamingSettings": {"LanguageCode": "en-GB"},
        "Segments": [{"Transcript": {"Id": "t", "ParticipantRole": "CUSTOMER", "Content": "hello"}}]});
    let batch = json!({"Records": [
        {"kinesis": {"data": "%%"}}, record(&chat), record(&json!({"ContactId": "a", "EventType": 7})),
    ]});
    let answer = bench.post("/v1/ingest/amazon-connect", batch).await.json();
    let pointers: Vec<&str> = answer["passed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        [
            "/Records/0/kinesis/data",
            "/Records/2/kinesis/data/EventType"
        ],
        "{answer}"
    );
    assert_eq!(turns(&bench, "a").await, ["customer: hello"]);
    assert_eq!(bench.get("/v1/calls/a").await.json()["lang"], "en-GB");
}

#[tokio::test]
async fn envelopes_are_opened_whoever_the_event_is_of() {
    let bench = Bench::new();
    let detail = json!({"conversationId": "g", "transcripts": [{"utteranceId": "u", "channel": "EXTERNAL", "isFinal": true,
        "alternatives": [{"transcript": "hello"}]}]});
    let bridged = json!({"detail-type": "x", "detail": {"topicName": "v2.conversations.g.transcription", "eventBody": detail}});
    let queued = json!({"Records": [{"eventSource": "aws:sqs", "body": bridged.to_string()}]});
    told(&bench, "genesys", queued).await;
    assert_eq!(turns(&bench, "g").await, ["customer: hello"]);
    let notice =
        json!({"Type": "Notification", "Message": spoken("GT1", 1, "hello", true).to_string()});
    told(&bench, "twilio", notice).await;
    assert_eq!(turns(&bench, "CA1").await, ["customer: hello"]);
}

#[tokio::test]
async fn what_a_topic_says_of_itself_is_passed_with_what_to_do() {
    let bench = Bench::new();
    let check = async |body: Value, expected: &str| {
        let (taken, passed) = told(&bench, "amazon-connect", body).await;
        assert!(
            taken.is_empty() && passed[0].contains(expected),
            "{passed:?}"
        );
    };
    let confirm = |url: &str| json!({"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe", "SubscribeURL": url});
    check(
        confirm("https://sns.eu-central-1.amazonaws.com/?Token=1"),
        "open the address",
    )
    .await;
    check(
        confirm("https://evil.example/"),
        "no https address at amazonaws.com",
    )
    .await;
    check(
        json!({"Type": "UnsubscribeConfirmation", "Message": "You have chosen"}),
        "subscribe again",
    )
    .await;
    check(
        json!({"Type": "Notification", "Message": "hello"}),
        "no event in JSON",
    )
    .await;
}

#[tokio::test]
async fn too_much_at_once_is_refused_in_few_words() {
    let bench = Bench::new();
    let check = async |body: Value| {
        let answer = bench.post("/v1/ingest/amazon-connect", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(
            answer.text().contains("send at most 500") && answer.text().len() < 1_000,
            "{}",
            answer.text()
        );
    };
    check(json!({"ContactId": "a", "Segments": vec![json!({}); 600]})).await;
    check(json!(vec![json!({"ContactId": "a", "Segments": []}); 600])).await;
    check(json!(vec![json!(7); 600])).await;
    check(json!({"Records": vec![json!({"body": "{"}); 600]})).await;
    let few = json!(vec![json!({"ContactId": "a", "EventType": "OTHER"}); 500]);
    assert_eq!(told(&bench, "amazon-connect", few).await.1.len(), 500);
}

#[tokio::test]
async fn names_are_checked_wherever_they_stand() {
    let bench = Bench::new();
    let pointer = |answer: &Answer| {
        answer.json()["errors"][0]["pointer"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let long = "x".repeat(201);
    let heard = |name: &str, value: &str| {
        json!({"message": {"attributes": {name: value}, "data": {
        "type": "NEW_RECOGNITION_RESULT", "newRecognitionResultPayload": {"transcript": "hello"}}}})
    };
    let answer = bench
        .post("/v1/ingest/google?call_id=g", heard("message_id", &long))
        .await;
    assert_eq!(
        pointer(&answer),
        "/message/attributes/message_id",
        "{}",
        answer.text()
    );
    let answer = bench
        .post("/v1/ingest/google", heard("conversation_id", "a\u{7}"))
        .await;
    assert_eq!(
        pointer(&answer),
        "/message/attributes/conversation_id",
        "{}",
        answer.text()
    );
    let answer = send(&bench, &format!("/v1/ingest/deepgram?call_id={long}"), "{}").await;
    assert_eq!(pointer(&answer), "/call_id", "{}", answer.text());
}

#[tokio::test]
async fn partials_without_a_name_belong_to_who_speaks() {
    let bench = Bench::new();
    let heard = |role: &str, text: &str| {
        json!({"message": {"attributes": {"participant_role": role}, "data": {
        "conversation": "projects/p/conversations/g", "type": "NEW_RECOGNITION_RESULT",
        "newRecognitionResultPayload": {"transcript": text, "speechEndOffset": "1.300s"}}}})
    };
    told(&bench, "google", heard("END_USER", "hello")).await;
    told(&bench, "google", heard("HUMAN_AGENT", "good day")).await;
    assert_eq!(
        turns(&bench, "g").await,
        ["customer: hello…", "agent: good day…"]
    );
}

#[tokio::test]
async fn a_webhook_is_asked_for_a_password_and_then_sends_its_key_as_one() {
    let keys: &[(&str, &[Scope], &[&str])] = &[
        ("bridge", &[Scope::Calls], &["agent"]),
        ("reader", &[Scope::Search], &["agent"]),
    ];
    let (bench, texts) = Bench::set(FakeService::new(), keys, |settings| {
        settings.network.base_path = "/kb".into()
    });
    let send = async |address: &str, key: Option<&str>| {
        let body = json!({"type": "Metadata", "request_id": "r"}).to_string();
        let pair = key.map(|key| format!("Basic {}", STANDARD.encode(format!("cuecard:{key}"))));
        let headers: Vec<(&str, &str)> = pair
            .iter()
            .map(|pair| ("authorization", pair.as_str()))
            .collect();
        bench
            .send(Method::POST, address, Some(body), &headers)
            .await
    };
    let asks = |answer: &Answer| {
        let mut challenges = answer.headers.get_all("www-authenticate").iter();
        challenges.any(|challenge| challenge == "Basic realm=\"cuecard\"")
    };
    for address in ["/v1/ingest/deepgram", "/kb/v1/ingest/deepgram"] {
        let refused = send(address, None).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(asks(&refused), "{address}");
        assert_eq!(send(address, Some(&texts[0])).await.status, StatusCode::OK);
        assert_eq!(
            send(address, Some(&texts[1])).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(
            send(address, Some("nonsense")).await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let elsewhere = send("/kb/v1/calls", None).await;
    assert_eq!(elsewhere.status, StatusCode::UNAUTHORIZED);
    assert!(
        !asks(&elsewhere),
        "browsers would ask people for a password"
    );
}
