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
    /// Name of the call; made up when missing. 1–200 characters.
    pub call_id: Option<String>,
    /// Who answers; names the agent's stream.
    pub agent_id: Option<String>,
    /// Who calls.
    pub customer_id: Option<String>,
    /// BCP 47 tag of the call's language, where known.
    pub lang: Option<String>,
    /// What is known of the customer, free JSON.
    #[schema(value_type = Object)]
    pub account: Account,
    /// What could not be had of the account. Told by the faces that fetch it, never by who asks.
    #[serde(skip)]
    pub account_gaps: Vec<AccountGap>,
    /// Whether a transcriber tells of the call. It does not take a call from the agent whom the desktop named.
    #[serde(skip)]
    pub is_overheard: bool,
}

/// A call was opened, or was open already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = OpenCallResponse)]
pub struct Opened {
    /// Name of the call.
    pub call_id: String,
    /// Newly pushed by this request, best first; all cards of a call that existed, newest first.
    pub cards: Vec<Card>,
    /// Why other candidates stayed silent.
    pub not_shown: Vec<NotShown>,
    /// What could not be had of the account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_gaps: Vec<AccountGap>,
    /// Whether the call existed: 200 and not 201. Not part of the answer's body.
    #[serde(skip)]
    pub existed: bool,
}

/// What a change of the account pushed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AccountChanged {
    /// Newly pushed by this request, best first.
    pub cards: Vec<Card>,
    /// Why other candidates stayed silent.
    pub not_shown: Vec<NotShown>,
}

/// Something was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Utterance {
    /// Names the utterance in partials and repeats; required for partials. 1–200 characters.
    #[serde(default)]
    pub utterance_id: Option<String>,
    /// Who spoke.
    #[serde(deserialize_with = "word")]
    pub role: Role,
    /// What was said, at most 20,000 characters; a long one counts by its end.
    pub text: String,
    /// Whether the transcriber is done with it.
    #[serde(default = "yes", rename = "final")]
    #[schema(default = true)]
    pub is_final: bool,
    /// When it began, in milliseconds since the call began.
    #[serde(default)]
    #[schema(maximum = 9_007_199_254_740_991_i64)]
    pub begin_ms: Option<u64>,
    /// When it ended, in milliseconds since the call began: the clock of cooldowns and caps.
    #[serde(default)]
    #[schema(maximum = 9_007_199_254_740_991_i64)]
    pub end_ms: Option<u64>,
    /// BCP 47 tag of its language, where known.
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

/// What an utterance did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UtteranceResponse {
    /// The utterance's id, as given or made up.
    pub utterance_id: String,
    /// Newly pushed by this request, best first.
    pub cards: Vec<Card>,
    /// Why other candidates stayed silent.
    pub not_shown: Vec<NotShown>,
    /// Milliseconds spent; a repeat tells the first one's.
    pub took_ms: f64,
}

/// An article held up to the agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Card {
    /// Name of the card.
    pub card_id: String,
    /// Its call.
    pub call_id: String,
    /// Number of its `card` event on the call's stream.
    pub seq: u64,
    /// Article.
    pub article_id: String,
    /// Its title.
    pub title: String,
    /// Its file.
    pub path: String,
    /// First and last line of the passage, 1-based, inclusive.
    pub lines: [u32; 2],
    /// Section of the passage.
    pub anchor: String,
    /// Where the page shows it.
    pub url: String,
    /// Its language.
    pub lang: String,
    /// Last commit that touched the file, or the content's hash.
    pub revision: String,
    /// Plain text around what matched.
    pub snippet: String,
    /// Matched words in the snippet: Unicode scalar values, end exclusive.
    pub highlights: Vec<[usize; 2]>,
    /// Chance that it is what the caller needs, 0–1.
    pub confidence: f64,
    /// The same in three steps.
    pub level: Level,
    /// What became of it.
    pub state: CardState,
    /// The agent's verdict, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// What brought it up.
    pub trigger: TriggerInfo,
    /// The reason in a sentence, in the call's language.
    pub why: String,
    /// What to ask next: the article's questions that nobody has covered yet, in order.
    pub next_questions: Vec<String>,
    /// When it was pushed.
    pub created_at: DateTime<Utc>,
}

/// What became of a card.
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

/// What brought a card up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TriggerInfo {
    /// Which source.
    #[serde(rename = "type")]
    pub kind: TriggerKind,
    /// Keyword: the trigger's phrase. Semantic: the words in common. Account: the values used.
    pub matched: String,
    /// `article-id#n`, n counting the article's triggers from 0; null for meaning.
    pub rule: Option<String>,
    /// The utterance; null for account triggers.
    pub utterance_id: Option<String>,
}

/// The three sources of candidates.
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

/// A candidate that stayed silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotShown {
    /// Article.
    pub article_id: String,
    /// Why.
    pub reason: SuppressionReason,
}

/// Why a candidate stayed silent.
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

/// Everything the next agent needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CallView {
    /// Name of the call.
    pub call_id: String,
    /// Who answers.
    pub agent_id: Option<String>,
    /// Who calls.
    pub customer_id: Option<String>,
    /// Language spoken last.
    pub lang: Option<String>,
    /// What is known of the customer.
    #[schema(value_type = Object)]
    pub account: Account,
    /// What could not be had of it.
    #[serde(default)]
    pub account_gaps: Vec<AccountGap>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// What the caller wants, in their own words: the first that asked for something, then each new topic's.
    #[serde(default)]
    pub wanted: Vec<String>,
    /// What was said, oldest first.
    pub turns: Vec<Turn>,
    /// Older turns that were dropped to bound the memory.
    pub turns_dropped: usize,
    /// Cards, newest first.
    pub cards: Vec<Card>,
    /// Questions of the articles in play, in the order to ask them.
    pub questions: Vec<Question>,
    /// The first of them that nobody has covered; null when nothing is left to ask.
    #[serde(default)]
    pub next_question: Option<String>,
    /// What was promised so far, in the agent's words.
    #[serde(default)]
    pub follow_ups: Vec<String>,
    /// The wrap-up, once the call has ended.
    pub summary: Option<Summary>,
}

/// One utterance as it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Turn {
    /// As given, or made up.
    pub utterance_id: String,
    /// Who spoke.
    pub role: Role,
    /// What was said; a long one is cut to its end.
    pub text: String,
    /// Whether the transcriber is done with it.
    #[serde(rename = "final")]
    pub is_final: bool,
    /// When it began, in milliseconds of the call.
    pub begin_ms: Option<u64>,
    /// When it ended, in milliseconds of the call.
    pub end_ms: Option<u64>,
    /// Its language, where given.
    pub lang: Option<String>,
    /// When it came in.
    pub at: DateTime<Utc>,
}

/// A question worth asking, from an article's `ask` list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// The words to say.
    pub question: String,
    /// Whose list it is on.
    pub article_id: String,
    /// Whether either side has covered it.
    pub covered: bool,
    /// The utterance that covered it.
    pub utterance_id: Option<String>,
    /// What the customer said to it, where it was covered.
    pub answer: Option<String>,
}
