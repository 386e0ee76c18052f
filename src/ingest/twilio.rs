//! Twilio: webhooks of real-time transcription, as form fields or as JSON of the same names, and a call's status
//! callbacks.

use serde_json::Value;

use super::{
    Collector, TranscriptUpdate, UtteranceKey, What,
    node::{Node, parse},
    tag,
};
use crate::{article::Role, search::error::FieldError};

/// Reads one webhook.
pub(super) fn read(hook: &Node, into: &mut Collector) -> Result<(), FieldError> {
    let event = hook.get(&["TranscriptionEvent"]);
    let status = hook.get(&["CallStatus"]);
    if event.is_none() && status.is_none() {
        hook.need(&["TranscriptionEvent"])?;
    }
    let call_id = Some(hook.need(&["CallSid"])?.id()?);
    let lang = hook
        .get(&["LanguageCode"])
        .and_then(|lang| tag(lang.value.as_str()?));
    match event.map(|event| event.text()).transpose()? {
        Some("transcription-started") => into.told(hook, call_id, None, lang, What::Opened),
        Some("transcription-content") => {
            let what = What::TranscriptUpdate(content(hook, lang.clone(), into)?);
            into.told(hook, call_id, None, lang, what)
        }
        // Stopped for a while, as when a card's number is said: CallStatus tells the call's end.
        Some(other) => into.skipped(hook, format!("event {other} changes nothing")),
        None => match status.map(|status| status.text()).transpose()? {
            Some("completed" | "busy" | "failed" | "no-answer" | "canceled") => {
                into.happened(hook, call_id, What::Ended)
            }
            _ => into.skipped(hook, "the call goes on"),
        },
    }
}

fn content(
    hook: &Node,
    lang: Option<String>,
    into: &Collector,
) -> Result<TranscriptUpdate, FieldError> {
    let data = hook.need(&["TranscriptionData"])?;
    // JSON within a form field; programs that send JSON may send it as an object.
    let inner: Value = match data.value {
        Value::String(text) => parse(text.as_bytes()).map_err(|error| data.flaw(error))?,
        other => other.clone(),
    };
    let text = Node::new(&inner, data.pointer.clone())
        .need(&["transcript"])?
        .text()?
        .to_owned();
    let track = hook.need(&["Track"])?.text()?;
    let role = role(hook, track, into)?;
    let number = hook.get(&["SequenceId"]).and_then(|number| number.millis());
    let transcription = match hook.get(&["TranscriptionSid"]) {
        Some(sid) => sid.id()?,
        None => hook.need(&["CallSid"])?.id()?,
    };
    let event = match (number, hook.get(&["Timestamp"])) {
        (Some(number), _) => format!("{transcription}:{number}"),
        (None, Some(time)) => format!("{transcription}:{}", time.id()?),
        (None, None) => {
            return Err(hook
                .need(&["SequenceId"])
                .err()
                .unwrap_or_else(|| hook.flaw("has no number")));
        }
    };
    Ok(TranscriptUpdate {
        id: UtteranceKey::Numbered {
            // Each transcription of a call counts from 1.
            track: format!("{transcription}:{track}"),
            event,
            number,
        },
        role,
        text,
        is_final: hook.get(&["Final"]).is_none_or(|is_final| is_final.flag()),
        begin_ms: None,
        end_ms: None,
        lang,
        stream: None,
    })
}

/// The inbound track is what comes from the caller, unless labels or the address say otherwise.
fn role(hook: &Node, track: &str, into: &Collector) -> Result<Role, FieldError> {
    let (channel, label) = match track {
        "inbound_track" | "inbound" => (0, hook.get(&["InboundTrackLabel"])),
        "outbound_track" | "outbound" => (1, hook.get(&["OutboundTrackLabel"])),
        _ => {
            let node = hook.need(&["Track"])?;
            return Err(node.flaw("must be inbound_track or outbound_track"));
        }
    };
    let label = label.and_then(|label| label.value.as_str().map(str::to_ascii_lowercase));
    Ok(match label.as_deref() {
        Some("agent") => Role::Agent,
        Some("customer" | "caller") => Role::Customer,
        _ => into.hints.role(channel),
    })
}
