//! Numbered events of a call or an agent: what happened, what happens, and never silently behind.

use std::sync::Arc;

/// What an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A card was pushed: [`Card`](super::Card).
    Card,
    /// A card's state changed: [`CardStateChange`](super::CardStateChange).
    CardState,
    /// What to ask next changed: [`NextQuestion`](super::NextQuestion).
    Question,
    /// The call is over: [`CallEnded`](super::CallEnded).
    CallEnded,
    /// Events were missed: fetch the cards. `{"reason": "unknown_id" | "too_old" | "slow_reader" | "restarted"}`
    Resync,
}

impl EventKind {
    /// The stream's `event:` line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::CardState => "card_state",
            Self::Question => "question",
            Self::CallEnded => "call_ended",
            Self::Resync => "resync",
        }
    }
}

/// One event of a stream.
#[derive(Debug, Clone)]
pub struct Event {
    /// The stream's number, from 1.
    pub id: u64,
    /// What it tells.
    pub kind: EventKind,
    /// JSON, made once for all readers.
    pub data: Arc<str>,
}

/// A reader of one stream.
#[derive(Debug)]
pub struct Watch {}

impl Watch {
    /// The next event, waiting for it; None when the call has ended and everything was told.
    pub async fn next(&mut self) -> Option<Event> {
        None
    }

    /// Whether there is nothing left to tell, ever: a reader who comes again gets 204.
    #[must_use]
    pub fn finished(&self) -> bool {
        true
    }
}
