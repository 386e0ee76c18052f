//! The stream events of calls and agents in the API description.
//!
//! Owns no behaviour: `live` creates the data, `streams` sends it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::live::{CallEnded, Card, CardStateChange, NextQuestion};

/// An event of a stream. Over a WebSocket each text message is one; in server-sent events `id`, `event` and `data` are the
/// lines.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(in super::super) struct StreamEvent {
    /// Sequence number in the stream, from 1, for resuming; a `beat` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// The event.
    #[serde(flatten)]
    told: EventData,
}

/// Event payload, by event name.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "event", content = "data", rename_all = "snake_case")]
enum EventData {
    /// A card was pushed.
    Card(Box<Card>),
    /// A card's state changed.
    CardState(CardStateChange),
    /// The next question changed.
    Question(NextQuestion),
    /// The call ended.
    CallEnded(CallEnded),
    /// Events were missed; fetch the cards.
    Resync(ResyncData),
    /// Heartbeat without content; sent if `beats` is set.
    Beat(HeartbeatData),
}

/// Data of a `resync` event.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
struct ResyncData {
    /// Why events were missed.
    reason: MissedReason,
}

/// Why events were missed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MissedReason {
    /// The id to resume after is none of this stream's.
    UnknownId,
    /// The events after it are no longer kept.
    TooOld,
    /// The reader fell behind.
    SlowReader,
    /// The server was restarted, and the call is forgotten.
    Restarted,
}

/// Data of a `beat` event.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct HeartbeatData {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the contract's shape takes an event, and gives it back as it was.
    #[track_caller]
    fn check(event: &str) {
        let read: StreamEvent = serde_json::from_str(event).unwrap();
        let again = serde_json::to_value(&read).unwrap();
        let given: serde_json::Value = serde_json::from_str(event).unwrap();
        assert_eq!(again, given);
    }

    #[test]
    fn events_are_as_the_contract_has_them() {
        check(r#"{"event":"beat","data":{}}"#);
        for reason in ["unknown_id", "too_old", "slow_reader", "restarted"] {
            check(&format!(
                r#"{{"id":3,"event":"resync","data":{{"reason":"{reason}"}}}}"#
            ));
        }
    }
}
