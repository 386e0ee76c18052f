//! Envelopes in which cloud services deliver events: EventBridge, Kinesis, SNS, SQS, Pub/Sub.
//!
//! Owns extracting the messages, whichever vendor sent them. Leaves their content to the adapters.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    MAX_EVENTS, Reading, Skipped,
    node::{Node, parse},
};
use crate::search::error::FieldError;

/// Wrappings within wrappings that are opened: an event in SNS in SQS in a batch.
const DEPTH: usize = 5;

/// A message with what its envelope says beside it.
pub(super) struct Message {
    pub(super) value: Value,
    /// JSON pointer to the envelope's part that holds it.
    pub(super) pointer: String,
    /// An object, or null.
    pub(super) attributes: Value,
    pub(super) attributes_pointer: String,
}

/// What was in the envelopes.
#[derive(Default)]
pub(super) struct Unwrapped {
    pub(super) messages: Vec<Message>,
    /// What there is nothing to read in.
    pub(super) reading: Reading,
    pub(super) flaws: Vec<FieldError>,
}

/// Opens envelopes until messages are left.
pub(super) fn open(body: &Value) -> Unwrapped {
    let mut into = Unwrapped::default();
    let outcome = into.unwrap(&Node::new(body, String::new()), 0);
    into.flaws.extend(outcome.err());
    into
}

impl Unwrapped {
    fn unwrap(&mut self, node: &Node, depth: usize) -> Result<(), FieldError> {
        if depth > DEPTH {
            return Err(node.flaw("is wrapped too often"));
        }
        let depth = depth + 1;
        if node.value.is_array() {
            return self.each(node, depth);
        }
        if let Some(records) = node.get(&["Records", "records"]) {
            return self.each(&records, depth);
        }
        if let Some(inner) = node.get(&["kinesis"]).or_else(|| node.get(&["Sns"])) {
            return self.unwrap(&inner, depth);
        }
        if let Some(kind) = node.get(&["Type"]).and_then(|kind| kind.value.as_str())
            && self.has_notice(node, kind)
        {
            return Ok(());
        }
        if let Some(data) = node.get(&["data"]).filter(|data| data.value.is_string()) {
            return self.unwrap(&Node::new(&decoded(&data)?, data.pointer), depth);
        }
        for name in ["body", "Message"] {
            if let Some(text) = node.get(&[name]).filter(|text| text.value.is_string()) {
                let value = parsed(&text, text.text()?.as_bytes())?;
                return self.unwrap(&Node::new(&value, text.pointer), depth);
            }
        }
        if let Some(detail) = node.get(&["detail"]).filter(|d| d.value.is_object()) {
            return self.unwrap(&detail, depth);
        }
        if let Some(message) = node.get(&["message"]).filter(|m| m.value.is_object()) {
            self.messages.push(pushed(&message)?);
            return Ok(());
        }
        self.messages.push(Message {
            value: node.value.clone(),
            pointer: node.pointer.clone(),
            attributes: Value::Null,
            attributes_pointer: String::new(),
        });
        Ok(())
    }

    /// One that cannot be opened keeps no other from being read.
    fn each(&mut self, list: &Node, depth: usize) -> Result<(), FieldError> {
        for item in list.items()? {
            if self.messages.len() + self.flaws.len() > MAX_EVENTS || self.reading.is_full() {
                break;
            }
            let outcome = self.unwrap(&item, depth);
            self.flaws.extend(outcome.err());
        }
        Ok(())
    }

    /// Whether SNS speaks for itself there, or passes on what is no event.
    fn has_notice(&mut self, node: &Node, kind: &str) -> bool {
        let message = node.get(&["Message"]).and_then(|text| text.value.as_str());
        let reason = match kind {
            "SubscriptionConfirmation" => {
                let url = node
                    .get(&["SubscribeURL"])
                    .and_then(|url| url.value.as_str());
                match url.filter(|url| is_amazons(url)) {
                    Some(url) => {
                        self.reading.to_confirm.push(url.to_owned());
                        "the subscription is not confirmed; open the address that the server's log names"
                    }
                    None => {
                        "the subscription is not confirmed, and its SubscribeURL is no https address at amazonaws.com"
                    }
                }
            }
            "UnsubscribeConfirmation" => "the subscription has ended; subscribe again for events",
            "Notification" if message.is_some_and(|text| !text.trim_start().starts_with('{')) => {
                "the notification is no event in JSON"
            }
            _ => return false,
        };
        self.reading.skipped.push(Skipped {
            pointer: node.pointer.clone(),
            reason: reason.to_owned(),
        });
        true
    }
}

/// Whether an address is one of Amazon's, however it is read: nobody who calls may choose what an operator opens.
fn is_amazons(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = host
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
    let is_fit = url.len() <= 2_000 && url.bytes().all(|b| b.is_ascii_graphic());
    let is_theirs = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    is_fit && is_plain && is_theirs
}

/// The message of a Pub/Sub push.
fn pushed(message: &Node) -> Result<Message, FieldError> {
    let data = message.need(&["data"])?;
    let value = if data.value.is_string() {
        decoded(&data)?
    } else {
        data.value.clone()
    };
    let attributes = message.get(&["attributes"]);
    let attributes = attributes.map(|node| (node.value.clone(), node.pointer));
    let (attributes, attributes_pointer) = attributes.unwrap_or_default();
    Ok(Message {
        value,
        pointer: data.pointer,
        attributes,
        attributes_pointer,
    })
}

/// JSON in base64; where it is JSON as it stands, that.
fn decoded(node: &Node) -> Result<Value, FieldError> {
    let text = node.text()?;
    if text.trim_start().starts_with('{') {
        return parsed(node, text.as_bytes());
    }
    let bytes = STANDARD
        .decode(text.trim())
        .map_err(|_| node.flaw("must be base64"))?;
    parsed(node, &bytes)
}

fn parsed(node: &Node, json: &[u8]) -> Result<Value, FieldError> {
    parse(json).map_err(|error| node.flaw(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_amazons_own_addresses_are_theirs() {
        let check = |url: &str, expected: bool| assert_eq!(is_amazons(url), expected, "{url}");
        check(
            "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336",
            true,
        );
        check("https://sns.cn-north-1.amazonaws.com.cn/?Token=1", true);
        check("http://sns.eu-central-1.amazonaws.com/", false);
        check("https://evil.example/?x=.amazonaws.com", false);
        check("https://evil.example\\.amazonaws.com/", false);
        check("https://x@evil.example#.amazonaws.com", false);
        check("https://evilamazonaws.com/", false);
        check("https://sns.amazonaws.com:8443/", false);
        check("https://sns.amazonaws.com/\nforged", false);
    }
}
