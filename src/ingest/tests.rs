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
                role: Role::Customer, text: "x".into(), is_final, begin_ms: None, end_ms: None, lang: None,
            };
            let utterance = tracks.utterance(&said);
            if is_final {
                let utterance = utterance.expect("a final with words is always an utterance");
                prop_assert_eq!(*finals.entry(utterance).or_insert(number), number);
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
