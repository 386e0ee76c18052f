//! Google: `ConversationEvent` of Dialogflow and Agent Assist, by Pub/Sub push or unwrapped.

use super::{
    Collector, TranscriptUpdate, UtteranceKey, What, node::Node, tag, utterances::ANYBODY,
};
use crate::{article::Role, live::is_id, search::error::FieldError};

/// Reads one event.
pub(super) fn read(event: &Node, into: &mut Collector) -> Result<(), FieldError> {
    let kind = event.need(&["type"])?.text()?;
    // projects/P/locations/L/conversations/C: the last part names the call.
    let call_id = match event.get(&["conversation"]) {
        Some(name) => Some(last(&name)?),
        None => into
            .attribute("conversation_id")
            .map(|id| id.id())
            .transpose()?,
    };
    if call_id.is_none() && into.hints.call_id.is_none() {
        event.need(&["conversation"])?;
    }
    match kind {
        "CONVERSATION_STARTED" => into.happened(event, call_id, What::Opened),
        "CONVERSATION_FINISHED" => into.happened(event, call_id, What::Ended),
        "NEW_MESSAGE" => {
            let message = event.need(&["newMessagePayload", "new_message_payload"])?;
            new_message(&message, call_id, into)
        }
        "NEW_RECOGNITION_RESULT" => {
            let result = event.need(&[
                "newRecognitionResultPayload",
                "new_recognition_result_payload",
            ])?;
            recognised(&result, call_id, into)
        }
        other => into.skipped(event, format!("event {other} changes nothing")),
    }
}

/// A message settles what was recognised of it so far.
fn new_message(
    message: &Node,
    call_id: Option<String>,
    into: &mut Collector,
) -> Result<(), FieldError> {
    let spoken_by = message.need(&["participantRole", "participant_role"])?;
    let role = role_of(spoken_by.text()?).ok_or_else(|| {
        let detail = "must be END_USER, HUMAN_AGENT or AUTOMATED_AGENT";
        spoken_by.flaw(detail)
    })?;
    let name = message.need(&["name"])?;
    let what = What::TranscriptUpdate(TranscriptUpdate {
        id: UtteranceKey::Numbered {
            track: format!("{role:?}"),
            event: last(&name)?,
            number: None,
        },
        role,
        text: message.need(&["content"])?.text()?.to_owned(),
        is_final: true,
        begin_ms: None,
        end_ms: None,
        lang: language(message),
        stream: None,
    });
    into.happened(message, call_id, what)
}

/// Recognition is never the last word: the message is.
fn recognised(
    result: &Node,
    call_id: Option<String>,
    into: &mut Collector,
) -> Result<(), FieldError> {
    let is_transcript = result
        .get(&["messageType", "message_type"])
        .is_none_or(|kind| kind.value == "TRANSCRIPT");
    if !is_transcript {
        return into.skipped(result, "no words in it");
    }
    let named = result.get(&["participantRole", "participant_role"]);
    let known = named
        .and_then(|role| role_of(role.value.as_str()?))
        .or_else(|| role_of(into.attribute("participant_role")?.value.as_str()?));
    let role = known.unwrap_or_else(|| into.hints.role(0));
    let text = result.need(&["transcript"])?.text()?.to_owned();
    let end_ms = result
        .get(&["speechEndOffset", "speech_end_offset"])
        .and_then(|offset| {
            offset
                .value
                .as_str()?
                .strip_suffix('s')?
                .parse::<f64>()
                .ok()
        })
        .map(|secs| (secs * 1e3).round() as u64);
    let track = known.map_or_else(|| ANYBODY.to_owned(), |role| format!("{role:?}"));
    let id = match (into.attribute("message_id"), end_ms) {
        // The message that will settle it.
        (Some(id), _) => UtteranceKey::Named(id.id()?),
        (None, Some(until)) => {
            let conversation = call_id.as_deref().unwrap_or_default();
            UtteranceKey::Numbered {
                event: format!("{conversation}:{track}:heard until {until}"),
                track,
                number: None,
            }
        }
        (None, None) => UtteranceKey::Track(track),
    };
    let what = What::TranscriptUpdate(TranscriptUpdate {
        id,
        role,
        text,
        is_final: false,
        begin_ms: None,
        end_ms,
        lang: language(result),
        stream: None,
    });
    into.happened(result, call_id, what)
}

fn role_of(name: &str) -> Option<Role> {
    match name {
        "END_USER" => Some(Role::Customer),
        "HUMAN_AGENT" => Some(Role::Agent),
        "AUTOMATED_AGENT" => Some(Role::System),
        _ => None,
    }
}

fn language(node: &Node) -> Option<String> {
    tag(node
        .get(&["languageCode", "language_code"])?
        .value
        .as_str()?)
}

/// The last part of a resource's name.
fn last(name: &Node) -> Result<String, FieldError> {
    let whole = name.id();
    match name.value.as_str().and_then(|text| text.rsplit('/').next()) {
        Some(part) if is_id(part) => Ok(part.to_owned()),
        _ => whole,
    }
}
