//! What vendors' clouds wrap events in on their way: EventBridge, Kinesis, SNS, SQS, Pub/Sub.
//!
//! Owns finding the messages. Leaves what they say to the adapters.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{Vendor, node::Node};
use crate::search::error::Flaw;

/// Wrappings within wrappings that are opened: an event in SNS in SQS in a batch.
const DEPTH: usize = 5;

/// A message with what its envelope says beside it.
pub(super) struct Message {
    pub(super) value: Value,
    /// JSON pointer to the envelope's part that holds it.
    pub(super) pointer: String,
    pub(super) attributes: Vec<(String, String)>,
}

/// Opens envelopes until messages are left.
pub(super) fn unwrap(
    vendor: Vendor,
    pointer: &str,
    value: &Value,
    into: &mut Vec<Message>,
    depth: usize,
) -> Result<(), Flaw> {
    let node = Node::new(value, pointer.to_owned());
    if depth > DEPTH {
        return Err(node.flaw("is wrapped too often"));
    }
    let mut inner =
        |node: &Node, value: &Value| unwrap(vendor, &node.pointer, value, into, depth + 1);
    if value.is_array() {
        for item in node.items()? {
            inner(&item, item.value)?;
        }
        return Ok(());
    }
    match vendor {
        Vendor::AmazonConnect => {
            if let Some(records) = node.get(&["Records", "records"]) {
                for record in records.items()? {
                    inner(&record, record.value)?;
                }
                return Ok(());
            }
            if let Some(kinesis) = node.get(&["kinesis"]) {
                return inner(&kinesis, kinesis.value);
            }
            if let Some(sns) = node.get(&["Sns"]) {
                return inner(&sns, sns.value);
            }
            if let Some(data) = node.get(&["data"]).filter(|data| data.value.is_string()) {
                return inner(&data, &decoded(&data)?);
            }
            for name in ["body", "Message"] {
                if let Some(text) = node.get(&[name]).filter(|text| text.value.is_string()) {
                    return inner(&text, &parsed(&text, text.text()?.as_bytes())?);
                }
            }
        }
        Vendor::Genesys => {
            if let Some(detail) = node.get(&["detail"]).filter(|d| d.value.is_object()) {
                return inner(&detail, detail.value);
            }
        }
        Vendor::Google => {
            if let Some(message) = node.get(&["message"]).filter(|m| m.value.is_object()) {
                into.push(pushed(&message)?);
                return Ok(());
            }
        }
        Vendor::Twilio | Vendor::Deepgram => {}
    }
    into.push(Message {
        value: value.clone(),
        pointer: node.pointer,
        attributes: Vec::new(),
    });
    Ok(())
}

/// The message of a Pub/Sub push.
fn pushed(message: &Node) -> Result<Message, Flaw> {
    let data = message.need(&["data"])?;
    let value = if data.value.is_string() {
        decoded(&data)?
    } else {
        data.value.clone()
    };
    let attributes = message.get(&["attributes"]);
    let attributes = attributes.and_then(|attributes| attributes.value.as_object().cloned());
    let pairs = attributes.into_iter().flatten();
    Ok(Message {
        value,
        pointer: data.pointer,
        attributes: pairs
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect(),
    })
}

/// JSON in base64; where it is JSON as it stands, that.
fn decoded(node: &Node) -> Result<Value, Flaw> {
    let text = node.text()?;
    if text.trim_start().starts_with('{') {
        return parsed(node, text.as_bytes());
    }
    let bytes = STANDARD
        .decode(text.trim())
        .map_err(|_| node.flaw("must be base64"))?;
    parsed(node, &bytes)
}

fn parsed(node: &Node, json: &[u8]) -> Result<Value, Flaw> {
    serde_json::from_slice(json)
        .map_err(|error| node.flaw(format!("does not hold valid JSON: {error}")))
}
