//! The prompter: the right card at the right moment, and silence otherwise.

mod desk;
mod error;
mod knowledge;
mod policy;
mod streams;
mod types;

pub use desk::{Caller, Desk};
pub use error::LiveError;
pub use knowledge::{Found, Knowledge, Scope, View};
pub use policy::Policy;
pub use streams::{Event, EventKind, Watch};
pub use types::{
    Account, AccountChanged, CallEnded, CallView, Card, CardState, CardStateChange, EndReason, Engagement,
    EngagementKind, Heard, NextQuestion, NotShown, OpenCall, Opened, Question, Rating, Silence, Summary, SummaryCard,
    TriggerInfo, TriggerKind, Turn, Utterance,
};
