//! All calls of this replica: who may touch which, and one at a time.
//!
//! Owns the map of calls, identity and streams. Leaves what a call does to `call`. Every function blocks for a
//! few milliseconds at most: async callers run it on a pool.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    AccountChanged, CallView, Card, Engagement, Heard, Knowledge, LiveError, OpenCall, Opened, Policy, Summary,
    Utterance, Watch,
};
use crate::search::types::Audience;

/// Who is asking. Calls belong to the caller that opened them; an admin may touch all.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Name of the key.
    pub name: String,
    /// Whether every call is theirs.
    pub admin: bool,
    /// What they may see.
    pub audience: Audience,
}

/// All calls of this replica.
pub struct Desk {}

#[allow(unused_variables, clippy::missing_errors_doc, clippy::unused_self)]
impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(knowledge: Arc<dyn Knowledge>, policy: Policy) -> Self {
        Self {}
    }

    /// Opens a call, or tells of the one that has that id.
    pub fn open(&self, caller: &Caller, request: OpenCall, now: DateTime<Utc>) -> Result<Opened, LiveError> {
        unimplemented!()
    }

    /// Merges a patch (RFC 7396, an object) into the account.
    pub fn patch_account(
        &self,
        caller: &Caller,
        call_id: &str,
        patch: serde_json::Value,
        now: DateTime<Utc>,
    ) -> Result<AccountChanged, LiveError> {
        unimplemented!()
    }

    /// Takes in an utterance, partial or final.
    pub fn hear(
        &self,
        caller: &Caller,
        call_id: &str,
        utterance: Utterance,
        now: DateTime<Utc>,
    ) -> Result<Heard, LiveError> {
        unimplemented!()
    }

    /// All cards of a call, newest first.
    pub fn cards(&self, caller: &Caller, call_id: &str) -> Result<Vec<Card>, LiveError> {
        unimplemented!()
    }

    /// Everything the next agent needs.
    pub fn get(&self, caller: &Caller, call_id: &str) -> Result<CallView, LiveError> {
        unimplemented!()
    }

    /// Takes note of what the agent did with a card; the card as it stands now.
    pub fn engage(
        &self,
        caller: &Caller,
        call_id: &str,
        card_id: &str,
        engagement: Engagement,
        now: DateTime<Utc>,
    ) -> Result<Card, LiveError> {
        unimplemented!()
    }

    /// Ends a call; a second end tells the same summary.
    pub fn end(&self, caller: &Caller, call_id: &str, now: DateTime<Utc>) -> Result<Summary, LiveError> {
        unimplemented!()
    }

    /// Reads a call's stream. With an id, an unknown call is a stream that says `resync` and ends; without, an error.
    pub fn watch_call(
        &self,
        caller: &Caller,
        call_id: &str,
        last_event_id: Option<&str>,
    ) -> Result<Watch, LiveError> {
        unimplemented!()
    }

    /// Reads the stream of all calls of an agent that are the caller's.
    pub fn watch_agent(&self, caller: &Caller, agent_id: &str, last_event_id: Option<&str>) -> Watch {
        unimplemented!()
    }

    /// Ends idle calls and forgets ended ones; call it every few seconds.
    pub fn sweep(&self, now: DateTime<Utc>) {}

    /// Calls that have not ended.
    #[must_use]
    pub fn open_calls(&self) -> usize {
        0
    }
}
