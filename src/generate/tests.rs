//! The generator against a fake endpoint that answers from `tests/generate`: streams in the format of OpenAI's API.

use std::time::{Duration, Instant};

use super::{
    GenerateError, Generator, Passage, Sentence, Settings, Task, Written, client::FAILURES,
};
use crate::accounts::little::Little;

/// A stand-in that answers with the file that its address names.
pub(crate) fn stand_in() -> Little {
    Little::with(|path| {
        let name = path.split('/').nth(1).unwrap_or_default();
        let file = format!("{}/tests/generate/{name}", env!("CARGO_MANIFEST_DIR"));
        let delay = Duration::from_secs(if name == "slow" { 5 } else { 0 });
        match std::fs::read_to_string(file) {
            Ok(text) => (200, text, delay),
            Err(_) => (503, String::new(), delay),
        }
    })
}

pub(crate) fn settings(little: &Little, file: &str) -> Settings {
    Settings {
        url: format!("http://{}/{file}/v1/", little.address),
        model: "m".into(),
        timeout_secs: 1,
        ..Settings::default()
    }
}

fn write(
    little: &Little,
    file: &str,
    tell: &mut dyn FnMut(Option<&Sentence>) -> bool,
) -> Result<Written, GenerateError> {
    let secret = |name: &str| (name == "CUECARD_GENERATE_KEY").then(|| "s3cret".to_owned());
    let generator = Generator::new(&settings(little, file), secret).unwrap();
    assert!(!format!("{generator:?}").contains("s3cret"));
    let passage = |text: &str| Passage {
        name: "Fees".into(),
        text: text.into(),
    };
    let passages = [
        passage("20 euros a month that is left."),
        passage("Waived when moving abroad."),
    ];
    let task = Task::Answer {
        question: "fee? my mail is jo@example.com".into(),
    };
    generator.write(&task, &passages, "en", tell)
}

#[test]
fn sentences_come_one_by_one_and_only_those_that_rest_on_a_passage() {
    let little = stand_in();
    let mut told = Vec::new();
    let written = write(&little, "grounded.sse", &mut |sentence| {
        told.extend(sentence.cloned());
        true
    });
    let written = written.unwrap();
    let texts: Vec<&str> = told.iter().map(|one| one.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Leaving early costs 20 euros for each month that is left.",
            "The fee is waived when you move abroad.",
        ]
    );
    assert_eq!(
        (&written.sentences, written.dropped, written.is_cut),
        (&told, 2, false)
    );
    let asked = little.head();
    assert!(asked.starts_with("POST /grounded.sse/v1/chat/completions "));
    assert!(asked.contains("Bearer s3cret") && asked.contains("20 euros a month"));
    assert!(
        !asked.contains("jo@example.com"),
        "what customers say leaves redacted"
    );
}

#[test]
fn what_is_not_borne_out_is_not_said() {
    let little = stand_in();
    for file in ["nothing.sse", "unfounded.sse"] {
        let written = write(&little, file, &mut |told| told.is_none()).unwrap();
        assert!(
            written.sentences.is_empty() && written.dropped > 0,
            "{file}"
        );
    }
}

#[test]
fn an_endpoint_that_does_not_stream_serves_too_and_one_that_breaks_off_leaves_what_it_said() {
    let little = stand_in();
    let whole = write(&little, "whole.json", &mut |_| true).unwrap();
    assert_eq!((whole.sentences.len(), whole.is_cut), (1, false));
    for file in ["cut.sse", "length.sse", "error.sse"] {
        let cut = write(&little, file, &mut |_| true).unwrap();
        let texts: Vec<&str> = cut.sentences.iter().map(|one| one.text.as_str()).collect();
        let expected = ["Leaving early costs 20 euros for each month that is left."];
        assert_eq!((texts, cut.is_cut), (expected.to_vec(), true), "{file}");
    }
}

#[test]
fn a_listener_who_leaves_ends_it() {
    let little = stand_in();
    let mut told = 0;
    let written = write(&little, "grounded.sse", &mut |sentence| {
        told += usize::from(sentence.is_some());
        told == 0
    });
    assert_eq!((written.unwrap().sentences.len(), told), (1, 1));
    let mut lines = 0;
    let unheard = write(&little, "grounded.sse", &mut |sentence| {
        assert!(sentence.is_none());
        lines += 1;
        lines < 3
    });
    assert_eq!((unheard.unwrap().sentences.len(), lines), (0, 3));
    let asked = little.asked();
    let never = write(&little, "grounded.sse", &mut |_| false);
    assert_eq!((never, little.asked()), (Ok(Written::default()), asked));
}

#[test]
fn an_endpoint_that_is_gone_slow_or_refuses_is_an_error_within_its_time() {
    let little = stand_in();
    let began = Instant::now();
    assert_eq!(
        write(&little, "gone", &mut |_| true),
        Err(GenerateError::Refused(503))
    );
    assert!(matches!(
        write(&little, "slow", &mut |_| true),
        Err(GenerateError::Unreachable(_))
    ));
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "{:?}",
        began.elapsed()
    );
    let nobody = Settings {
        url: "http://127.0.0.1:9/v1".into(),
        ..settings(&little, "")
    };
    let generator = Generator::new(&nobody, |_| None).unwrap();
    let gone = generator.write(&Task::Summary, &[], "en", &mut |_| true);
    assert!(matches!(gone, Err(GenerateError::Unreachable(_))));
    assert!(Generator::new(&Settings::default(), |_| None).is_none());
}

#[test]
fn an_endpoint_that_keeps_failing_is_left_alone() {
    let little = stand_in();
    let generator = Generator::new(&settings(&little, "gone"), |_| None).unwrap();
    let write = || generator.write(&Task::Summary, &[], "en", &mut |_| true);
    for _ in 0..FAILURES {
        assert_eq!(write(), Err(GenerateError::Refused(503)));
    }
    let asked = little.asked();
    assert_eq!(
        (write(), little.asked()),
        (Err(GenerateError::Paused), asked)
    );
}
