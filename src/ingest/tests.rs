//! Any input ends in events or in errors.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// JSON with the vendors' own words in odd places.
fn odd() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        "EventType|SEGMENTS|Segments|Transcript|Utterance|Records|kinesis|data|detail|topicName|eventBody|transcripts",
        "conversation|type|NEW_MESSAGE|newMessagePayload|message|attributes|TranscriptionEvent|transcription-content",
        "Track|TranscriptionData|CallSid|Results|channel|channel_index|alternatives|words|speaker|start|is_final|Metadata",
        "[a-zA-Z/:. ]{0,6}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|n| json!(n)),
        any::<u64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((word.clone(), inner), 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_body_is_too_odd(body in odd(), vendor in 0_usize..5) {
        let _ = read(Vendor::ALL[vendor], &body, &Hints::default());
    }

    /// Whatever comes in whatever order: a final's utterance is never one that was settled before by another final.
    #[test]
    fn finals_of_numbered_events_are_utterances_of_their_own(events in proptest::collection::vec((0_u64..12, any::<bool>()), 0..40)) {
        let mut assembler = UtteranceAssembler::default();
        let mut finals: std::collections::HashMap<String, u64> = Default::default();
        let mut kinds: std::collections::HashMap<u64, bool> = Default::default();
        for (number, is_final) in events {
            // An event says the same however often it comes.
            let is_final = *kinds.entry(number).or_insert(is_final);
            let said = TranscriptUpdate {
                id: UtteranceKey::Numbered { track: "t".into(), event: number.to_string(), number: Some(number) },
                role: Role::Customer, text: "x".into(), is_final, begin_ms: None, end_ms: None, lang: None, stream: None,
            };
            let told = assembler.hear(said);
            if is_final {
                let [(utterance, _)] = told.as_slice() else { panic!("a final with words is always an utterance") };
                prop_assert_eq!(*finals.entry(utterance.clone()).or_insert(number), number);
            }
        }
    }
}

proptest! {
    /// Partials and finals that share names, in whatever order: a final settles what bears its name and nothing else.
    #[test]
    fn a_final_of_a_name_is_the_utterance_of_that_name(events in proptest::collection::vec((0_u64..5, any::<bool>()), 0..40)) {
        let mut assembler = UtteranceAssembler::default();
        let mut settled = std::collections::HashSet::new();
        for (name, is_final) in events {
            let name = format!("m{name}");
            let id = if is_final {
                UtteranceKey::Numbered { track: "t".into(), event: name.clone(), number: None }
            } else {
                UtteranceKey::Named(name.clone())
            };
            let told = assembler.hear(said(id, "x", is_final));
            let named: Vec<&str> = told.iter().map(|(id, _)| id.as_str()).collect();
            let is_late = !is_final && settled.contains(&name);
            prop_assert_eq!(named, if is_late { vec![] } else { vec![name.as_str()] });
            if is_final {
                settled.insert(name);
            }
        }
    }
}

#[test]
fn a_language_is_one_or_none() {
    let check =
        |text: &str, expected: Option<&str>| assert_eq!(tag(text).as_deref(), expected, "{text:?}");
    check("en-US", Some("en-US"));
    check("cmn_Hans_CN", Some("cmn-Hans-CN"));
    check("multi", None);
    check("", None);
    check("e n", None);
}

fn said(id: UtteranceKey, text: &str, is_final: bool) -> TranscriptUpdate {
    TranscriptUpdate {
        id,
        role: Role::Customer,
        text: text.into(),
        is_final,
        begin_ms: None,
        end_ms: None,
        lang: None,
        stream: None,
    }
}

/// What the utterances say that an event changes, with `…` where they are not final.
fn told(heard: Vec<(String, TranscriptUpdate)>) -> Vec<String> {
    let lines = heard.into_iter().map(|(id, said)| {
        let open = if said.is_final { "" } else { "…" };
        format!("{id}: {}{open}", said.text)
    });
    lines.collect()
}

#[test]
fn partials_that_come_after_their_final_take_no_room_from_others() {
    let mut assembler = UtteranceAssembler::default();
    for number in 0..200 {
        let name = || UtteranceKey::Named(number.to_string());
        assembler.hear(said(name(), "hello", true));
        assert_eq!(told(assembler.hear(said(name(), "hell", false))), [""; 0]);
    }
    let name = || UtteranceKey::Named("new".into());
    assert_eq!(
        told(assembler.hear(said(name(), "uh", false))),
        ["new: uh…"]
    );
    assert_eq!(
        told(assembler.hear(said(name(), "", true))),
        ["new: "],
        "taken back"
    );
}

#[test]
fn speakers_of_a_channel_do_not_share_an_utterance() {
    let mut assembler = UtteranceAssembler::default();
    let mut hear = |name: &str, speaker: usize, text: &str, is_final: bool, is_last: bool| {
        let segment = Segment {
            stream: "s".into(),
            channel: 0,
            speaker,
            name: name.into(),
            is_last,
        };
        told(assembler.hear(said(UtteranceKey::Segment(segment), text, is_final)))
    };
    assert_eq!(hear("1", 0, "how can", false, false), ["1: how can…"]);
    assert_eq!(hear("1", 1, "how can I", true, false), ["1: how can I…"]);
    assert_eq!(hear("2", 0, "can", false, false), [""; 0], "a guess");
    assert_eq!(
        hear("2", 0, "cancel", true, false),
        ["1: how can I", "2: cancel…"]
    );
    assert_eq!(hear("3", 0, "", true, true), ["2: cancel"]);
    assert_eq!(hear("4", 0, "uh", false, false), ["4: uh…"]);
    assert_eq!(hear("4", 0, "", true, false), ["4: "], "taken back");
}

#[test]
fn segments_that_change_places_are_of_the_utterances_they_are_of() {
    let mut assembler = UtteranceAssembler::default();
    let mut hear = |begin_ms: u64, text: &str, is_last: bool| {
        let segment = Segment {
            stream: "s".into(),
            channel: 0,
            speaker: 0,
            name: begin_ms.to_string(),
            is_last,
        };
        told(assembler.hear(TranscriptUpdate {
            begin_ms: Some(begin_ms),
            ..said(UtteranceKey::Segment(segment), text, true)
        }))
    };
    assert_eq!(hear(1, "my bill", false), ["1: my bill…"]);
    assert_eq!(hear(3, "and the", false), ["1: my bill and the…"]);
    assert_eq!(hear(2, "is wrong", true), ["1: my bill is wrong"]);
    assert_eq!(hear(4, "router too", true), ["3: and the router too"]);
    assert_eq!(hear(6, "your name", true), ["6: your name"]);
    assert_eq!(hear(5, "what is", false), ["5:late: what is"], "beside it");
    assert_eq!(hear(5, "what is", false), ["5:late: what is"], "a repeat");
    assert_eq!(hear(7, "next", true), ["7: next"]);
}

#[test]
fn who_never_pauses_is_heard_in_utterances_all_the_same() {
    let mut assembler = UtteranceAssembler::default();
    let finals = (0..64).flat_map(|number| {
        let segment = Segment {
            stream: "s".into(),
            channel: 0,
            speaker: 0,
            name: number.to_string(),
            is_last: false,
        };
        assembler.hear(said(UtteranceKey::Segment(segment), "套餐", true))
    });
    let whole: Vec<usize> = finals
        .filter(|(_, said)| said.is_final)
        .map(|(_, said)| said.text.chars().count())
        .collect();
    assert_eq!(whole, [64, 64], "32 segments each, without spaces");
}

#[test]
fn the_first_stream_of_a_call_tells_its_times() {
    let mut assembler = UtteranceAssembler::default();
    let mut hear = |stream: Option<&str>, end_ms: u64| {
        let id = UtteranceKey::Named(format!("{stream:?}{end_ms}"));
        let told = assembler.hear(TranscriptUpdate {
            begin_ms: Some(end_ms - 1_000),
            end_ms: Some(end_ms),
            stream: stream.map(|name| Stream::named(name.to_owned())),
            ..said(id, "hello", true)
        });
        told.into_iter()
            .map(|(_, said)| (said.begin_ms, said.end_ms))
            .collect::<Vec<_>>()
    };
    assert_eq!(hear(None, 2_000), [(Some(1_000), Some(2_000))]);
    assert_eq!(hear(Some("a"), 90_000), [(Some(89_000), Some(90_000))]);
    assert_eq!(
        hear(Some("b"), 1_000),
        [(None, None)],
        "it counts from 0 again"
    );
    assert_eq!(hear(Some("a"), 95_000), [(Some(94_000), Some(95_000))]);
}

#[test]
fn a_leg_that_says_when_it_began_keeps_the_time_of_the_call() {
    let mut assembler = UtteranceAssembler::default();
    let mut hear = |name: &str, began_ms: u64, end_ms: u64| {
        let id = UtteranceKey::Named(format!("{name}{end_ms}"));
        let stream = Some(Stream {
            name: name.into(),
            began_ms: Some(began_ms),
        });
        let told = assembler.hear(TranscriptUpdate {
            end_ms: Some(end_ms),
            stream,
            ..said(id, "hello", true)
        });
        told[0].1.end_ms
    };
    assert_eq!(hear("a", 1_000_000, 300_000), Some(300_000));
    assert_eq!(hear("b", 1_310_000, 5_000), Some(315_000));
    assert_eq!(hear("c", 900_000, 5_000), None, "before the call began");
}

/// The utterances that vendors' bodies make, one after the other.
fn heard(vendor: Vendor, bodies: &[Value]) -> Vec<(String, TranscriptUpdate)> {
    let mut assembler = UtteranceAssembler::default();
    let mut told = Vec::new();
    for body in bodies {
        for event in read(vendor, body, &Hints::default()).unwrap().events {
            if let What::TranscriptUpdate(said) = event.what {
                told.extend(assembler.hear(said));
            }
        }
    }
    told
}

#[test]
fn a_partial_that_comes_before_the_final_of_another_message_takes_nothing_from_it() {
    let conversation = "projects/p/conversations/g";
    let partial = |id: &str, text: &str| {
        json!({"message": {"attributes": {"participant_role": "END_USER", "message_id": id}, "data": {
            "conversation": conversation, "type": "NEW_RECOGNITION_RESULT",
            "newRecognitionResultPayload": {"transcript": text}}}})
    };
    let last = |id: &str, text: &str| {
        json!({"conversation": conversation, "type": "NEW_MESSAGE", "newMessagePayload": {
            "name": format!("{conversation}/messages/{id}"), "participantRole": "END_USER", "content": text}})
    };
    let bodies = [
        partial("m1", "my name is"),
        partial("m2", "I want to"),
        last("m1", "My name is Smith."),
        partial("m2", "I want to cancel my"),
        last("m2", "I want to cancel my contract."),
        partial("m2", "I want"),
    ];
    assert_eq!(
        told(heard(Vendor::Google, &bodies)),
        [
            "m1: my name is…",
            "m2: I want to…",
            "m1: My name is Smith.",
            "m2: I want to cancel my…",
            "m2: I want to cancel my contract.",
        ]
    );
}

#[test]
fn partials_without_any_name_are_heard_in_every_utterance() {
    let conversation = "projects/p/conversations/g";
    let partial = |text: &str| {
        json!({"conversation": conversation, "type": "NEW_RECOGNITION_RESULT",
            "newRecognitionResultPayload": {"participantRole": "END_USER", "transcript": text}})
    };
    let last = |id: &str, text: &str| {
        json!({"conversation": conversation, "type": "NEW_MESSAGE", "newMessagePayload": {
            "name": format!("{conversation}/messages/{id}"), "participantRole": "END_USER", "content": text}})
    };
    let bodies = [
        partial("my name"),
        partial("my name is"),
        last("m1", "My name is Smith."),
        partial("I want to"),
        partial(""),
        last("m2", "I want to cancel."),
    ];
    assert_eq!(
        told(heard(Vendor::Google, &bodies)),
        [
            "Customer:1: my name…",
            "Customer:1: my name is…",
            "Customer:1: My name is Smith.",
            "Customer:2: I want to…",
            "Customer:2: I want to cancel.",
        ]
    );
}

#[test]
fn a_transfer_does_not_put_the_call_back_in_time() {
    let leg = |id: &str, began: u64, offset: u64| {
        json!({"conversationId": "g", "communicationId": id, "sessionStartTimeMs": began, "transcripts": [{
            "utteranceId": format!("{id}{offset}"), "isFinal": true, "channel": "EXTERNAL",
            "alternatives": [{"offsetMs": offset, "durationMs": 1_000, "transcript": "hello"}]}]})
    };
    let bodies = [
        leg("a", 1_780_000_000_000, 300_000),
        leg("b", 1_780_000_310_000, 5_000),
    ];
    let times = heard(Vendor::Genesys, &bodies).into_iter();
    let times: Vec<_> = times.map(|(_, said)| said.end_ms).collect();
    assert_eq!(times, [Some(301_000), Some(316_000)]);
}

#[test]
fn an_item_that_cannot_be_read_keeps_no_other_from_being_heard() {
    let segments = json!({"ContactId": "a", "Segments": [
        {"Utterance": {"Id": "u", "TranscriptId": "b", "ParticipantRole": "CUSTOMER"}},
        {"Transcript": {"Id": "c", "ParticipantRole": "CUSTOMER", "Content": "cancel it"}}]});
    let reading = read(Vendor::AmazonConnect, &segments, &Hints::default()).unwrap();
    assert_eq!(
        reading.skipped[0].pointer,
        "/Segments/0/Utterance/PartialContent"
    );
    assert_eq!(
        told(heard(Vendor::AmazonConnect, &[segments])),
        ["c: cancel it"]
    );
    let said = |text: &str| json!({"utteranceId": "u", "channel": "EXTERNAL", "isFinal": true, "alternatives": [{text: "hello"}]});
    let transcripts =
        json!({"conversationId": "g", "transcripts": [said("transcrip"), said("transcript")]});
    assert_eq!(told(heard(Vendor::Genesys, &[transcripts])), ["u: hello"]);
    let many = json!({"ContactId": "a", "Segments": vec![json!({"Transcript": {}}); 600]});
    let flaws = read(Vendor::AmazonConnect, &many, &Hints::default()).unwrap_err();
    assert_eq!(flaws.len(), 1, "too many at once");
}

#[test]
fn words_of_a_speaker_are_joined_as_their_script_is_written() {
    let words = |speaker: usize, words: &[&str]| -> Vec<Value> {
        let word = |word: &&str| json!({"word": word, "speaker": speaker});
        words.iter().map(word).collect()
    };
    let words = [
        words(1, &["how", "can", "I"]),
        words(0, &["我", "要", "取消", "合同"]),
    ]
    .concat();
    let result = json!({"start": 1.0, "duration": 3.0, "is_final": true, "metadata": {"request_id": "r"},
        "channel": {"alternatives": [{"transcript": "how can I 我要取消合同", "words": words}]}});
    assert_eq!(
        told(heard(Vendor::Deepgram, &[result])),
        ["r:0:1000: how can I", "r:0:1000:1: 我要取消合同"]
    );
}
