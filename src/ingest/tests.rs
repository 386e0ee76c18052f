//! Whatever is sent, reading ends in events or in flaws.

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
        let mut tracks = Tracks::default();
        let mut finals: std::collections::HashMap<String, u64> = Default::default();
        let mut kinds: std::collections::HashMap<u64, bool> = Default::default();
        for (number, is_final) in events {
            // An event says the same however often it comes.
            let is_final = *kinds.entry(number).or_insert(is_final);
            let said = Said {
                id: SaidId::Numbered { track: "t".into(), event: number.to_string(), number: Some(number) },
                role: Role::Customer, text: "x".into(), is_final, begin_ms: None, end_ms: None, lang: None, stream: None,
            };
            let told = tracks.hear(said);
            if is_final {
                let [(utterance, _)] = told.as_slice() else { panic!("a final with words is always an utterance") };
                prop_assert_eq!(*finals.entry(utterance.clone()).or_insert(number), number);
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

fn said(id: SaidId, text: &str, is_final: bool) -> Said {
    Said {
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
fn told(heard: Vec<(String, Said)>) -> Vec<String> {
    let lines = heard.into_iter().map(|(id, said)| {
        let open = if said.is_final { "" } else { "…" };
        format!("{id}: {}{open}", said.text)
    });
    lines.collect()
}

#[test]
fn partials_that_come_after_their_final_take_no_room_from_others() {
    let mut tracks = Tracks::default();
    for number in 0..200 {
        let name = || SaidId::Named(number.to_string());
        tracks.hear(said(name(), "hello", true));
        assert_eq!(told(tracks.hear(said(name(), "hell", false))), [""; 0]);
    }
    let name = || SaidId::Named("new".into());
    assert_eq!(told(tracks.hear(said(name(), "uh", false))), ["new: uh…"]);
    assert_eq!(
        told(tracks.hear(said(name(), "", true))),
        ["new: "],
        "taken back"
    );
}

#[test]
fn speakers_of_a_channel_do_not_share_an_utterance() {
    let mut tracks = Tracks::default();
    let mut hear = |name: &str, speaker: usize, text: &str, is_final: bool, is_last: bool| {
        let segment = Segment {
            stream: "s".into(),
            channel: 0,
            speaker,
            name: name.into(),
            is_last,
        };
        told(tracks.hear(said(SaidId::Segment(segment), text, is_final)))
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
fn who_never_pauses_is_heard_in_utterances_all_the_same() {
    let mut tracks = Tracks::default();
    let finals = (0..64).flat_map(|number| {
        let segment = Segment {
            stream: "s".into(),
            channel: 0,
            speaker: 0,
            name: number.to_string(),
            is_last: false,
        };
        tracks.hear(said(SaidId::Segment(segment), "套餐", true))
    });
    let whole: Vec<usize> = finals
        .filter(|(_, said)| said.is_final)
        .map(|(_, said)| said.text.chars().count())
        .collect();
    assert_eq!(whole, [64, 64], "32 segments each, without spaces");
}

#[test]
fn the_first_stream_of_a_call_tells_its_times() {
    let mut tracks = Tracks::default();
    let mut hear = |stream: Option<&str>, end_ms: u64| {
        let id = SaidId::Named(format!("{stream:?}{end_ms}"));
        let told = tracks.hear(Said {
            begin_ms: Some(end_ms - 1_000),
            end_ms: Some(end_ms),
            stream: stream.map(str::to_owned),
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
