//! What is done with cards, and what a call reports at its end and on its streams: the types of the API.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::types::{CardState, Question};
use crate::json::{some_word, word};

/// A rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// It helped.
    Helpful,
    /// It did not.
    NotHelpful,
}

impl Rating {
    /// The word of the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Helpful => "helpful",
            Self::NotHelpful => "not_helpful",
        }
    }
}

/// An agent's engagement with a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// Type of engagement.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: EngagementKind,
    /// Required for `rated`.
    #[serde(default, deserialize_with = "some_word")]
    pub rating: Option<Rating>,
    /// Reason chosen from the agent desktop's own list.
    #[serde(default)]
    pub reason: Option<String>,
    /// Free-text reason, in the agent's words.
    #[serde(default)]
    pub comment: Option<String>,
}

/// Type of engagement with a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EngagementKind {
    /// Looked at.
    Opened,
    /// Copied from.
    Copied,
    /// Used for the answer.
    Used,
    /// Sent away.
    Dismissed,
    /// Judged.
    Rated,
}

impl EngagementKind {
    /// The word of the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Copied => "copied",
            Self::Used => "used",
            Self::Dismissed => "dismissed",
            Self::Rated => "rated",
        }
    }
}

/// Call summary, in the words of the conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// Call id.
    pub call_id: String,
    /// When the call was opened.
    pub opened_at: DateTime<Utc>,
    /// When the call ended.
    pub ended_at: DateTime<Utc>,
    /// Duration of the call in seconds.
    pub duration_s: i64,
    /// Number of utterances.
    pub turns: usize,
    /// What the caller wanted, verbatim: the first request, then the first of each new topic.
    pub wanted: Vec<String>,
    /// Cards pushed, oldest first.
    pub cards: Vec<SummaryCard>,
    /// Questions of the active articles that were covered.
    pub questions_answered: Vec<Question>,
    /// Questions of the active articles that were not covered.
    pub questions_open: Vec<Question>,
    /// Promises made, in the agent's words.
    pub follow_ups: Vec<String>,
    /// The summary as Markdown.
    pub markdown: String,
}

/// A card in the summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SummaryCard {
    /// Card id.
    pub card_id: String,
    /// Article id.
    pub article_id: String,
    /// Title.
    pub title: String,
    /// Link to it on the web page.
    pub url: String,
    /// Revision of the article that the agent saw.
    pub revision: String,
    /// Lifecycle state of the card.
    pub state: CardState,
}

/// Data of a `card_state` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CardStateChange {
    /// Call id.
    pub call_id: String,
    /// Card id.
    pub card_id: String,
    /// Article id.
    pub article_id: String,
    /// Lifecycle state of the card.
    pub state: CardState,
    /// The agent's rating, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// Data of a `question` event: the next question to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NextQuestion {
    /// Call id.
    pub call_id: String,
    /// Wording of the question; null if none is left.
    pub question: Option<String>,
    /// Id of the article that lists the question.
    pub article_id: Option<String>,
    /// Questions covered since the last such event.
    pub covered: Vec<String>,
}

/// Data of a `call_ended` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallEnded {
    /// Call id.
    pub call_id: String,
    /// Why the call ended.
    pub reason: EndReason,
    /// When the call ended.
    pub ended_at: DateTime<Utc>,
}

/// Why a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The desktop said so.
    Ended,
    /// Nothing was heard for a long while.
    Idle,
}
