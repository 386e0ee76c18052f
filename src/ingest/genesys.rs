//! Genesys Cloud: notifications of `v2.conversations.{id}.transcription`, as a WebSocket channel and EventBridge carry
//! them.

use super::{Collector, Stream, TranscriptUpdate, UtteranceKey, What, node::Node, tag};
use crate::{article::Role, live::is_id, search::error::FieldError};

/// Reads one notification.
pub(super) fn read(message: &Node, into: &mut Collector) -> Result<(), FieldError> {
    let topic = message
        .get(&["topicName"])
        .map(|topic| topic.text())
        .transpose()?;
    if let Some(topic) = topic.filter(|topic| !topic.ends_with(".transcription")) {
        return into.skipped(message, format!("topic {topic} is not a transcription"));
    }
    // A bridge may send the body alone.
    let body = match topic {
        Some(_) => message.need(&["eventBody"])?,
        None => message
            .get(&["eventBody"])
            .unwrap_or_else(|| message.clone()),
    };
    let named = body
        .get(&["conversationId"])
        .map(|id| id.id())
        .transpose()?;
    let call_id = named.or_else(|| topic.and_then(in_topic));
    let ended = body
        .get(&["status"])
        .and_then(|status| status.get(&["status"]))
        .is_some_and(|status| status.value == "SESSION_ENDED");
    let transcripts = body.get(&["transcripts"]);
    if transcripts.is_none() && body.get(&["status"]).is_none() {
        return Err(body
            .need(&["transcripts"])
            .err()
            .unwrap_or_else(|| body.flaw("is no transcription")));
    }
    // Each leg of a conversation counts its times from its own beginning.
    let leg = body.get(&["communicationId", "sessionStartTimeMs"]);
    let stream = leg.and_then(|leg| leg.id().ok()).map(|name| Stream {
        name,
        began_ms: body.get(&["sessionStartTimeMs"]).and_then(|ms| ms.millis()),
    });
    if let Some(list) = transcripts {
        into.each(&list, |transcript, into| {
            said(transcript, call_id.clone(), stream.clone(), into)
        })?;
    }
    if ended {
        // Each leg of a conversation has its own: a transfer is no end.
        let reason = "a leg's transcription ended; the conversation may go on";
        into.skipped(&body, reason)
    } else if transcripts_are_missing(&body) {
        into.happened(&body, call_id, What::Opened)
    } else {
        Ok(())
    }
}

/// A status alone: the session goes on.
fn transcripts_are_missing(body: &Node) -> bool {
    body.get(&["transcripts"])
        .is_none_or(|list| list.value.as_array().is_some_and(Vec::is_empty))
}

fn said(
    transcript: &Node,
    call_id: Option<String>,
    stream: Option<Stream>,
    into: &mut Collector,
) -> Result<(), FieldError> {
    let role = match transcript.need(&["channel"])?.text()? {
        "EXTERNAL" => Role::Customer,
        "INTERNAL" => Role::Agent,
        other => {
            let reason = format!("nobody knows who speaks on channel {other}");
            return into.skipped(transcript, reason);
        }
    };
    let alternatives = transcript.need(&["alternatives"])?;
    let Some(best) = alternatives.items()?.next() else {
        return into.skipped(transcript, "no words in it");
    };
    // The decorated text has punctuation and figures, which articles have too.
    let text = best
        .get(&["decoratedTranscript"])
        .filter(|text| {
            text.value
                .as_str()
                .is_some_and(|text| !text.trim().is_empty())
        })
        .map_or_else(|| best.need(&["transcript"]), Ok)?;
    let begin_ms = best.get(&["offsetMs"]).and_then(|ms| ms.millis());
    let length = best.get(&["durationMs"]).and_then(|ms| ms.millis());
    let what = What::TranscriptUpdate(TranscriptUpdate {
        id: UtteranceKey::Named(transcript.need(&["utteranceId"])?.id()?),
        role,
        text: text.text()?.to_owned(),
        is_final: transcript.need(&["isFinal"])?.flag(),
        begin_ms,
        end_ms: begin_ms
            .zip(length)
            .map(|(begin, length)| begin.saturating_add(length)),
        lang: transcript
            .get(&["dialect"])
            .and_then(|dialect| tag(dialect.value.as_str()?)),
        stream,
    });
    into.happened(transcript, call_id, what)
}

/// The conversation that a topic names: `v2.conversations.{id}.transcription`.
fn in_topic(topic: &str) -> Option<String> {
    let id = topic.strip_suffix(".transcription")?.rsplit('.').next()?;
    (is_id(id) && id != "conversations").then(|| id.to_owned())
}
