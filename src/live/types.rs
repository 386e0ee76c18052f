//! Requests and responses of calls: the types of the API, the same for HTTP and MCP.
//!
//! Owns the names and defaults of the fields. Leaves their meaning to `call` and `decide`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    gaps::AccountGap,
    outcome::{Rating, Summary},
};
use crate::{
    article::Role,
    json::word,
    search::types::{Audience, Level},
};

/// An account: whatever the desktop knows of the customer.
pub type Account = serde_json::Map<String, serde_json::Value>;

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

/// Opens a call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OpenCall {
    /// Call id, 1–200 characters; generated if omitted.
    pub call_id: Option<String>,
    /// Agent id; also names the agent's event stream.
    pub agent_id: Option<String>,
    /// Customer id.
    pub customer_id: Option<String>,
    /// BCP 47 language tag of the call, if known.
    pub lang: Option<String>,
    /// Account data of the customer, free-form JSON.
    #[schema(value_type = Object)]
    pub account: Account,
    /// What could not be had of the account; None where no source was asked. Told by the faces that fetch it, never by who asks.
    #[serde(skip)]
    pub account_gaps: Option<Vec<AccountGap>>,
    /// Whether a transcriber tells of the call. It does not take a call from the agent whom the desktop named.
    #[serde(skip)]
    pub is_overheard: bool,
}

/// A call that was opened, or already existed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = OpenCallResponse)]
pub struct Opened {
    /// Call id.
    pub call_id: String,
    /// Cards newly pushed by this request, best first; for an existing call all its cards, newest first.
    pub cards: Vec<Card>,
    /// Suppressed candidates, with the reason for each.
    pub not_shown: Vec<NotShown>,
    /// Parts of the account that could not be fetched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_gaps: Vec<AccountGap>,
    /// Whether the call existed: 200 and not 201. Not part of the answer's body.
    #[serde(skip)]
    pub existed: bool,
}

/// Cards pushed by an account update.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountChanged {
    /// Cards newly pushed by this request, best first.
    pub cards: Vec<Card>,
    /// Suppressed candidates, with the reason for each.
    pub not_shown: Vec<NotShown>,
}

/// An utterance in a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Utterance {
    /// Utterance id, shared by its partials and repeats; required for partials. 1–200 characters.
    #[serde(default)]
    pub utterance_id: Option<String>,
    /// Role of the speaker.
    #[serde(deserialize_with = "word")]
    pub role: Role,
    /// The text spoken, at most 20,000 characters; of a long text only the end is used.
    pub text: String,
    /// Whether the transcript is final.
    #[serde(default = "yes", rename = "final")]
    #[schema(default = true)]
    pub is_final: bool,
    /// Start, in milliseconds from the start of the call.
    #[serde(default)]
    #[schema(maximum = 9_007_199_254_740_991_i64)]
    pub begin_ms: Option<u64>,
    /// End, in milliseconds from the start of the call: the clock of cooldowns and caps.
    #[serde(default)]
    #[schema(maximum = 9_007_199_254_740_991_i64)]
    pub end_ms: Option<u64>,
    /// BCP 47 language tag, if known.
    #[serde(default)]
    pub lang: Option<String>,
}

fn yes() -> bool {
    true
}

impl Utterance {
    /// A final utterance with no id and no times.
    #[must_use]
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            utterance_id: None,
            role,
            text: text.into(),
            is_final: true,
            begin_ms: None,
            end_ms: None,
            lang: None,
        }
    }
}

/// The result of an utterance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UtteranceResponse {
    /// Utterance id, as given or generated.
    pub utterance_id: String,
    /// Cards newly pushed by this request, best first.
    pub cards: Vec<Card>,
    /// Suppressed candidates, with the reason for each.
    pub not_shown: Vec<NotShown>,
    /// Processing time in milliseconds; a repeat returns the original value.
    pub took_ms: f64,
}

/// An article suggested to the agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Card {
    /// Card id.
    pub card_id: String,
    /// Call id.
    pub call_id: String,
    /// Id of its `card` event on the call's stream.
    pub seq: u64,
    /// Article id.
    pub article_id: String,
    /// Title.
    pub title: String,
    /// Path of the file.
    pub path: String,
    /// First and last line of the passage, 1-based, inclusive.
    pub lines: [u32; 2],
    /// Anchor of the passage's section.
    pub anchor: String,
    /// Link to it on the web page.
    pub url: String,
    /// Language tag.
    pub lang: String,
    /// Last commit that changed the file, or the content hash.
    pub revision: String,
    /// Plain-text excerpt around the match.
    pub snippet: String,
    /// Matched words in the snippet, as offsets in Unicode scalar values, end exclusive.
    pub highlights: Vec<[usize; 2]>,
    /// Calibrated probability that it is what the caller needs, 0–1.
    pub confidence: f64,
    /// The confidence in three levels.
    pub level: Level,
    /// Lifecycle state of the card.
    pub state: CardState,
    /// The agent's rating, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// What triggered the card.
    pub trigger: TriggerInfo,
    /// The reason in one sentence, in the call's language.
    pub why: String,
    /// Questions to ask next: those of the article not yet covered, in order.
    pub next_questions: Vec<String>,
    /// When the card was pushed.
    pub created_at: DateTime<Utc>,
}

/// Lifecycle state of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CardState {
    /// On the agent's screen, untouched.
    Suggested,
    /// The agent opened it.
    Opened,
    /// The agent copied from it.
    Copied,
    /// The agent used it.
    Used,
    /// The agent sent it away.
    Dismissed,
    /// What was said or known no longer supports it.
    Withdrawn,
    /// Made room for newer ones.
    Expired,
}

impl CardState {
    /// The word of the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Suggested => "suggested",
            Self::Opened => "opened",
            Self::Copied => "copied",
            Self::Used => "used",
            Self::Dismissed => "dismissed",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// What triggered a card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriggerInfo {
    /// Trigger type.
    #[serde(rename = "type")]
    pub kind: TriggerKind,
    /// Keyword: the trigger's phrase. Semantic: the words in common. Account: the values used.
    pub matched: String,
    /// `article-id#n`, where n is the 0-based index of the article's trigger; null for semantic matches.
    pub rule: Option<String>,
    /// Id of the utterance; null for account triggers.
    pub utterance_id: Option<String>,
}

/// Trigger type of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriggerKind {
    /// A phrase was said.
    Keyword,
    /// The account fits.
    Account,
    /// The meaning fits.
    Semantic,
}

impl TriggerKind {
    /// The word of the contract.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Account => "account",
            Self::Semantic => "semantic",
        }
    }
}

/// A suppressed candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotShown {
    /// Article id.
    pub article_id: String,
    /// The reason.
    pub reason: SuppressionReason,
}

/// Why a candidate was suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// Not sure enough.
    BelowThreshold,
    /// Its trigger fired a short while ago.
    Cooldown,
    /// It, or its translation, was shown in this call.
    AlreadyShown,
    /// The agent sent it away, or something else just now.
    Dismissed,
    /// Enough cards in this minute or call.
    Cap,
    /// The turn asked for nothing.
    SmallTalk,
    /// A phrase that silences was said.
    ExcludedPhrase,
    /// Not in force today.
    Expired,
    /// Its condition does not hold for this account.
    When,
}

/// The state of a call, complete for a hand-over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallView {
    /// Call id.
    pub call_id: String,
    /// Agent id.
    pub agent_id: Option<String>,
    /// Customer id.
    pub customer_id: Option<String>,
    /// Language of the latest turn.
    pub lang: Option<String>,
    /// Known account data of the customer.
    #[schema(value_type = Object)]
    pub account: Account,
    /// Parts of the account that could not be fetched.
    #[serde(default)]
    pub account_gaps: Vec<AccountGap>,
    /// When the call was opened.
    pub opened_at: DateTime<Utc>,
    /// When the call ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What the caller wants, verbatim: the first request, then the first of each new topic.
    #[serde(default)]
    pub wanted: Vec<String>,
    /// Conversation turns, oldest first.
    pub turns: Vec<Turn>,
    /// Number of older turns dropped to bound memory.
    pub turns_dropped: usize,
    /// Cards, newest first.
    pub cards: Vec<Card>,
    /// Questions of the active articles, in the order to ask them.
    pub questions: Vec<Question>,
    /// The first question not yet covered; null if none is left.
    #[serde(default)]
    pub next_question: Option<String>,
    /// Promises made so far, in the agent's words.
    #[serde(default)]
    pub follow_ups: Vec<String>,
    /// The call summary, once the call has ended.
    pub summary: Option<Summary>,
}

/// A conversation turn as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Turn {
    /// Utterance id, as given or generated.
    pub utterance_id: String,
    /// Role of the speaker.
    pub role: Role,
    /// The text spoken; only the end of a long text is kept.
    pub text: String,
    /// Whether the transcript is final.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// Start, in milliseconds from the start of the call.
    pub begin_ms: Option<u64>,
    /// End, in milliseconds from the start of the call.
    pub end_ms: Option<u64>,
    /// Language tag, if given.
    pub lang: Option<String>,
    /// When it was received.
    pub at: DateTime<Utc>,
}

/// A question to ask, from an article's `ask` list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// Wording of the question.
    pub question: String,
    /// Id of the article that lists the question.
    pub article_id: String,
    /// Whether it was covered by either side.
    pub covered: bool,
    /// Id of the utterance that covered it.
    pub utterance_id: Option<String>,
    /// The customer's reply, if covered, redacted.
    pub answer: Option<String>,
}
