//! Live agent assistance: the right card at the right moment, and none otherwise.
//!
//! An utterance or a change of the account comes to the [`CallRegistry`], which finds the call. The call finds candidates
//! (`phrases`, `view`, `rulebook`), decides (`decide`, by the [`Policy`]), writes cards (`cards`, `why`), selects the
//! next question (`questions`), and sends events to its streams. Everything but the registry and the streams is pure: no
//! clock, no I/O.

mod account;
mod account_evaluator;
mod agents;
mod annotations;
mod assent;
mod call;
mod call_language;
mod candidates;
mod card_history;
mod cards;
mod clock;
mod coverage;
mod decide;

mod call_entry;
mod core_retriever;
mod error;
mod follow_ups;
mod gaps;
mod intake;
mod intent;
mod observer;
mod outcome;
mod past_calls;
mod phrases;
mod policy;
mod question;
mod questions;
mod readers;
mod registry;
mod rehearsal;
mod retriever;
mod rulebook;
mod small_talk;
mod streams;
mod summary;
mod tokens;
mod turns;
mod types;
mod view;
mod visibility;
mod why;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod tests;

pub use account::{
    ACCOUNT_VALUES, excess as account_excess, fill as fill_account, lookup as account_value,
};
pub use core_retriever::CoreRetriever;
pub use error::LiveError;
pub use gaps::{AccountGap, GapReason};
pub use intake::{LATEST_MS, MAX_COMMENT_CHARS, MAX_ID_CHARS, MAX_UTTERANCE_CHARS, is_id};
pub use observer::{CallActivity, CallFacts, CallObserver, CustomerTurn, Engaged};
pub use outcome::{
    CallEnded, CardStateChange, EndReason, Engagement, EngagementKind, NextQuestion, Rating,
    Summary, SummaryCard,
};
pub use policy::{MemoryLimits, Policy, QuestionPolicy, Thresholds, ViewPolicy};
pub use registry::{Calendar, CallRegistry};
pub use rehearsal::Rehearsal;
pub use retriever::{Retriever, Scope, View};
pub use streams::{Event, EventKind, Watch};
pub use types::{
    Account, AccountChanged, CallView, Caller, Card, CardState, NotShown, OpenCall, Opened,
    Question, SuppressionReason, TriggerInfo, TriggerKind, Turn, Utterance, UtteranceResponse,
};
