//! Amazon Connect: Contact Lens segments of a running call (as the Kinesis stream carries them and as
//! `ListRealtimeContactAnalysisSegments` answers), and contact events of EventBridge.

use super::{Collector, Said, SaidId, What, node::Node, tag};
use crate::{article::Role, search::error::Flaw};

/// Reads one message.
pub(super) fn read(message: &Node, into: &mut Collector) -> Result<(), Flaw> {
    if let Some(detail) = message.get(&["detail"]).filter(|d| d.value.is_object()) {
        return contact(&detail, into);
    }
    let call_id = message.get(&["ContactId"]).map(|id| id.id()).transpose()?;
    let lang = message
        .get(&["LanguageCode"])
        .and_then(|lang| tag(lang.value.as_str()?));
    let segments = message.get(&["Segments"]);
    let event = match (message.get(&["EventType"]), &segments) {
        (Some(event), _) => event.text()?.to_ascii_uppercase(),
        (None, Some(_)) => "SEGMENTS".to_owned(),
        (None, None) => {
            return Err(message
                .need(&["EventType"])
                .err()
                .unwrap_or_else(|| message.flaw("is no event")));
        }
    };
    match event.as_str() {
        "STARTED" => into.told(message, call_id, None, lang, What::Opened),
        "SEGMENTS" => {
            for item in message.need(&["Segments"])?.items()? {
                segment(&item, call_id.clone(), lang.clone(), into)?;
            }
            Ok(())
        }
        "COMPLETED" | "FAILED" => into.told(message, call_id, None, lang, What::Ended),
        other => {
            into.passed(message, format!("event {other} changes nothing"));
            Ok(())
        }
    }
}

fn segment(
    item: &Node,
    call_id: Option<String>,
    lang: Option<String>,
    into: &mut Collector,
) -> Result<(), Flaw> {
    // An utterance is what is heard so far of a transcript, and carries its id.
    let (said, text, is_final) = if let Some(partial) = item.get(&["Utterance"]) {
        let text = partial.need(&["PartialContent"])?.text()?;
        (partial, text, false)
    } else if let Some(transcript) = item.get(&["Transcript"]) {
        let text = transcript.need(&["Content"])?.text()?;
        (transcript, text, true)
    } else {
        into.passed(item, "no words in it");
        return Ok(());
    };
    let id = if is_final {
        said.need(&["Id"])?
    } else {
        said.need(&["TranscriptId", "Id"])?
    };
    let role = match said.need(&["ParticipantRole"])?.text()? {
        "CUSTOMER" => Role::Customer,
        "AGENT" | "SUPERVISOR" => Role::Agent,
        _ => Role::System,
    };
    let millis = |name| said.get(&[name]).and_then(|ms| ms.millis());
    let what = What::Said(Said {
        id: SaidId::Named(id.id()?),
        role,
        text: text.to_owned(),
        is_final,
        begin_ms: millis("BeginOffsetMillis"),
        end_ms: millis("EndOffsetMillis"),
        lang: None,
    });
    into.told(item, call_id, None, lang, what)
}

/// `Amazon Connect Contact Event`: who took the call, and its end.
fn contact(detail: &Node, into: &mut Collector) -> Result<(), Flaw> {
    if detail.get(&["EventType", "Segments"]).is_some() {
        return read(detail, into);
    }
    let event = detail.need(&["eventType"])?.text()?;
    let call_id = Some(detail.need(&["contactId"])?.id()?);
    let agent = detail
        .get(&["agentInfo"])
        .and_then(|agent| agent.get(&["agentArn"]))
        .and_then(|arn| arn.value.as_str())
        .and_then(|arn| arn.rsplit('/').next())
        .filter(|agent| !agent.is_empty())
        .map(str::to_owned);
    match event {
        "CONNECTED_TO_AGENT" => into.told(detail, call_id, agent, None, What::Opened),
        "DISCONNECTED" | "COMPLETED" => into.told(detail, call_id, None, None, What::Ended),
        other => {
            into.passed(detail, format!("contact event {other} changes nothing"));
            Ok(())
        }
    }
}
