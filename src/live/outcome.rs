//! What is done with cards, and what a call reports at its end and on its streams: the types of the API.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::types::{CardState, Question};
use crate::json::{some_word, word};

/// A verdict.
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

/// What an agent did with a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Engagement {
    /// What.
    #[serde(rename = "type", deserialize_with = "word")]
    pub kind: EngagementKind,
    /// Required for `rated`.
    #[serde(default, deserialize_with = "some_word")]
    pub rating: Option<Rating>,
    /// Why, from a list of the desktop's own.
    #[serde(default)]
    pub reason: Option<String>,
    /// Why, in the agent's words.
    #[serde(default)]
    pub comment: Option<String>,
}

/// What can be done with a card.
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

/// What the call was, in its own words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// Name of the call.
    pub call_id: String,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Seconds from open to end.
    pub duration_s: i64,
    /// Utterances heard.
    pub turns: usize,
    /// What the caller wanted: their first words that asked for something, then each new topic's.
    pub wanted: Vec<String>,
    /// Cards that were pushed, oldest first.
    pub cards: Vec<SummaryCard>,
    /// Questions of the articles in play that were covered.
    pub questions_answered: Vec<Question>,
    /// Those that were not.
    pub questions_open: Vec<Question>,
    /// Promises that were made, in the agent's words.
    pub follow_ups: Vec<String>,
    /// The same as a page.
    pub markdown: String,
}

/// A card as the summary lists it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SummaryCard {
    /// Card.
    pub card_id: String,
    /// Article.
    pub article_id: String,
    /// Its title.
    pub title: String,
    /// Where the page shows it.
    pub url: String,
    /// Which text the agent saw.
    pub revision: String,
    /// What became of it.
    pub state: CardState,
}

/// Data of a `card_state` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CardStateChange {
    /// Call.
    pub call_id: String,
    /// Card.
    pub card_id: String,
    /// Article.
    pub article_id: String,
    /// What became of it.
    pub state: CardState,
    /// The agent's verdict, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// Data of a `question` event: what to ask next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NextQuestion {
    /// Call.
    pub call_id: String,
    /// The words to say; null when nothing is left to ask.
    pub question: Option<String>,
    /// Whose list it is on.
    pub article_id: Option<String>,
    /// Questions ticked off since the last such event.
    pub covered: Vec<String>,
}

/// Data of a `call_ended` event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallEnded {
    /// Call.
    pub call_id: String,
    /// What ended it.
    pub reason: EndReason,
    /// When.
    pub ended_at: DateTime<Utc>,
}

/// What ended a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The desktop said so.
    Ended,
    /// Nothing was heard for a long while.
    Idle,
}
