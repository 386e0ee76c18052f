//! Raw events as read from the database.

use serde_json::{Map, Value};

use crate::search::types::Level;

/// An event.
#[derive(Debug)]
pub(super) enum Recorded {
    Search(SearchRow),
    Call(CallRow),
    Card(CardRow),
    Ask(AskRow),
    Report(ReportRow),
}

/// A search.
#[derive(Debug, Clone, Default)]
pub(super) struct SearchRow {
    pub(super) query_id: String,
    pub(super) at: i64,
    pub(super) query: String,
    pub(super) lang: String,
    pub(super) answer: Option<i64>,
    pub(super) hits: Vec<i64>,
    pub(super) level: Option<Level>,
    pub(super) attributes: Map<String, Value>,
}

/// A call.
#[derive(Debug, Clone, Default)]
pub(super) struct CallRow {
    pub(super) at: i64,
    pub(super) lang: Option<String>,
    pub(super) attributes: Map<String, Value>,
}

/// A card.
#[derive(Debug, Clone, Default)]
pub(super) struct CardRow {
    pub(super) card_id: String,
    pub(super) call: String,
    pub(super) at: i64,
    pub(super) article: i64,
    pub(super) rule: Option<String>,
    pub(super) state: Option<String>,
    /// Of its call; None if the call is no longer known.
    pub(super) opened_at: Option<i64>,
    pub(super) attributes: Map<String, Value>,
}

/// A customer's turn that may be a gap.
#[derive(Debug, Clone, Default)]
pub(super) struct AskRow {
    pub(super) at: i64,
    pub(super) query: String,
    pub(super) lang: String,
    pub(super) cards: Vec<String>,
}

/// An engagement.
#[derive(Debug, Clone, Default)]
pub(super) struct EngagementRow {
    pub(super) subject: String,
    pub(super) is_card: bool,
    pub(super) at: i64,
    pub(super) article: i64,
    pub(super) kind: String,
    pub(super) rating: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) comment: Option<String>,
    /// The person, as a keyed hash; empty if unknown.
    pub(super) by: String,
}

/// A reported gap.
#[derive(Debug, Clone, Default)]
pub(super) struct ReportRow {
    pub(super) at: i64,
    pub(super) query: String,
    pub(super) lang: String,
    pub(super) comment: Option<String>,
    pub(super) query_id: Option<String>,
    /// Audiences of the reporter; None for everything, or if unknown.
    pub(super) audience: Option<Vec<String>>,
}
