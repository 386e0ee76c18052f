//! Amazon Connect: Contact Lens segments of a running call (as the Kinesis stream carries them and as
//! `ListRealtimeContactAnalysisSegments` returns them), and contact events of EventBridge.

use super::{Collector, TranscriptUpdate, UtteranceKey, What, node::Node, tag};
use crate::{article::Role, live::is_id, search::error::FieldError};

/// Reads one message.
pub(super) fn read(message: &Node, into: &mut Collector) -> Result<(), FieldError> {
    if message.get(&["eventType"]).is_some() {
        return contact(message, into);
    }
    let call_id = message.get(&["ContactId"]).map(|id| id.id()).transpose()?;
    // Chats say it with the settings of their stream.
    let settings = message.get(&["StreamingSettings"]);
    let lang = message
        .get(&["LanguageCode"])
        .or_else(|| settings?.get(&["LanguageCode"]))
        .and_then(|lang| tag(lang.value.as_str()?));
    let event = match message.get(&["EventType", "StreamingEventType"]) {
        Some(event) => event.text()?.to_ascii_uppercase(),
        None if message.get(&["Segments"]).is_some() => "SEGMENTS".to_owned(),
        None => message.need(&["EventType"])?.text()?.to_owned(),
    };
    match event.as_str() {
        "STARTED" => into.told(message, call_id, None, lang, What::Opened),
        "SEGMENTS" => into.each(&message.need(&["Segments"])?, |item, into| {
            segment(item, call_id.clone(), lang.clone(), into)
        }),
        "COMPLETED" => into.told(message, call_id, None, lang, What::Ended),
        "FAILED" => into.skipped(message, "the analysis failed; the contact goes on"),
        other => into.skipped(message, format!("event {other} changes nothing")),
    }
}

fn segment(
    item: &Node,
    call_id: Option<String>,
    lang: Option<String>,
    into: &mut Collector,
) -> Result<(), FieldError> {
    let (said, text, id) = if let Some(part) = item.get(&["Utterance"]) {
        // A part of a transcript that is under way, and carries its id.
        let text = part.need(&["PartialContent"])?.text()?;
        let utterance = part.need(&["TranscriptId", "Id"])?.id()?;
        let piece = part.get(&["Id"]).map(|id| id.id()).transpose()?;
        let piece = piece.unwrap_or_else(|| utterance.clone());
        (part, text, UtteranceKey::Piece { utterance, piece })
    } else if let Some(transcript) = item.get(&["Transcript"]) {
        let text = transcript.need(&["Content"])?.text()?;
        let id = transcript.need(&["Id"])?.id()?;
        (transcript, text, UtteranceKey::Named(id))
    } else {
        return into.skipped(item, "no words in it");
    };
    let role = match said.need(&["ParticipantRole"])?.text()? {
        "CUSTOMER" => Role::Customer,
        "AGENT" | "SUPERVISOR" => Role::Agent,
        _ => Role::System,
    };
    let millis = |name| said.get(&[name]).and_then(|ms| ms.millis());
    let what = What::TranscriptUpdate(TranscriptUpdate {
        is_final: matches!(id, UtteranceKey::Named(_)),
        id,
        role,
        text: text.to_owned(),
        begin_ms: millis("BeginOffsetMillis"),
        end_ms: millis("EndOffsetMillis"),
        lang: None,
        stream: None,
    });
    into.told(item, call_id, None, lang, what)
}

/// `Amazon Connect Contact Event`: who took the call, and its end.
fn contact(detail: &Node, into: &mut Collector) -> Result<(), FieldError> {
    let event = detail.need(&["eventType"])?.text()?;
    let call_id = Some(detail.need(&["contactId"])?.id()?);
    let agent = detail
        .get(&["agentInfo"])
        .and_then(|agent| agent.get(&["agentArn"]))
        .and_then(|arn| arn.value.as_str())
        .and_then(|arn| arn.rsplit('/').next())
        .filter(|agent| is_id(agent))
        .map(str::to_owned);
    match event {
        "CONNECTED_TO_AGENT" => into.told(detail, call_id, agent, None, What::Opened),
        "DISCONNECTED" | "COMPLETED" => into.told(detail, call_id, None, None, What::Ended),
        other => into.skipped(detail, format!("contact event {other} changes nothing")),
    }
}
