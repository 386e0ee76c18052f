//! When a card is shown and when not: plain data, every number with its unit and reason.
//!
//! Owns the defaults. Leaves their use to `decide`, `view`, `questions` and `desk`.

use serde::{Deserialize, Serialize};

use crate::search::types::Level;

/// The prompter's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// How sure a meaning must be at each level, as a chance 0–1; above 1 means never.
    pub thresholds: Thresholds,
    /// Added to the threshold after `ignored_cards` cards in a row were ignored: the agent has stopped looking.
    pub ignored_penalty: f64,
    /// Cards ignored in a row that raise the threshold.
    pub ignored_cards: u32,
    /// Later customer turns without an engagement that make a card ignored.
    pub ignored_after_turns: u32,
    /// Whether an article is shown at most once in a call, where its trigger does not say.
    pub once: bool,
    /// Seconds of silence after a push of an article that may come again, where its trigger does not say.
    pub cooldown_secs: u64,
    /// Seconds after a dismissal in which meaning pushes nothing: the agent is busy. Rules still speak.
    pub dismissal_silence_secs: u64,
    /// Cards in one call, from all sources.
    pub cards_per_call: usize,
    /// Cards in any 60 seconds of a call, from all sources.
    pub cards_per_minute: usize,
    /// Cards at once: what an agent can take in at a glance.
    pub cards_per_turn: usize,
    /// Cards that one customer turn can bring up by meaning.
    pub semantic_per_turn: usize,
    /// Cards that meaning can bring up in one call.
    pub semantic_per_call: usize,
    /// Untouched cards on the screen; the oldest makes room for a new one and expires.
    pub cards_on_screen: usize,
    /// Phrases that silence every candidate of their utterance, whoever says them.
    pub excluded_phrases: Vec<String>,
    /// Whether partial transcripts are searched by meaning too. Phrases always work on partials; meaning on half a
    /// sentence costs an embedding each and brings cards that are withdrawn again.
    pub semantic_on_partials: bool,
    /// How the call is put to search.
    pub view: ViewPolicy,
    /// What to ask next.
    pub questions: QuestionPolicy,
    /// What bounds the memory.
    pub bounds: Bounds,
}

/// How sure a meaning must be, by the level that search gives it; chances 0–1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// For level `high`.
    pub high: f64,
    /// For level `medium`.
    pub medium: f64,
    /// For level `low`: never, by default.
    pub low: f64,
    /// For an article that is not the best find of the turn but the best that was not shown yet.
    pub runner_up: f64,
}

/// How the call is put to search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewPolicy {
    /// Weight of the customer's last turn, 0–1.
    pub last_turn: f64,
    /// Weight of the last turns of both sides, 0–1; 0 leaves them out.
    pub recent: f64,
    /// How many turns those are.
    pub recent_turns: usize,
    /// Weight of what the customer said in the whole call, 0–1; 0 leaves it out.
    pub customer: f64,
    /// How many of the customer's turns that takes, the newest first.
    pub customer_turns: usize,
    /// Characters of one text; longer ones count by their end. The embedding reads about 512 tokens.
    pub text_chars: usize,
    /// Finds looked at each time.
    pub finds: usize,
}

/// What to ask next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuestionPolicy {
    /// Chance that two texts ask the same, from which a question counts as asked, 0–1.
    pub same: f64,
    /// Share of a question's words that must have been said, where there is no model, 0–1.
    pub overlap: f64,
    /// Earlier turns that a new question is compared with.
    pub look_back: usize,
    /// Open questions that each turn is compared with: each costs an embedding at most.
    pub look_ahead: usize,
}

/// What bounds the memory of a call and of all calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Calls kept at a time, open and ended; past that ended ones go first, then opening fails.
    pub calls: usize,
    /// Turns kept of a call; older ones are dropped.
    pub turns: usize,
    /// Characters kept of one turn, its end.
    pub turn_chars: usize,
    /// Characters kept of all turns of a call.
    pub call_chars: usize,
    /// Bytes of an account as JSON.
    pub account_bytes: usize,
    /// Events kept of a stream for readers that come back.
    pub stream_events: usize,
    /// Seconds without a word after which a call ends by itself.
    pub idle_secs: u64,
    /// Seconds that an ended call can still be read.
    pub keep_ended_secs: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            thresholds: Thresholds::default(),
            ignored_penalty: 0.1,
            ignored_cards: 2,
            ignored_after_turns: 3,
            once: true,
            cooldown_secs: 0,
            dismissal_silence_secs: 30,
            cards_per_call: 15,
            cards_per_minute: 5,
            cards_per_turn: 3,
            semantic_per_turn: 1,
            semantic_per_call: 8,
            cards_on_screen: 5,
            excluded_phrases: Vec::new(),
            semantic_on_partials: false,
            view: ViewPolicy::default(),
            questions: QuestionPolicy::default(),
            bounds: Bounds::default(),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { high: 0.5, medium: 0.5, low: 1.1, runner_up: 0.8 }
    }
}

impl Default for ViewPolicy {
    fn default() -> Self {
        Self {
            last_turn: 1.0,
            recent: 0.8,
            recent_turns: 3,
            customer: 0.4,
            customer_turns: 6,
            text_chars: 1_000,
            finds: 5,
        }
    }
}

impl Default for QuestionPolicy {
    fn default() -> Self {
        Self { same: 0.7, overlap: 0.6, look_back: 6, look_ahead: 4 }
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            calls: 10_000,
            turns: 400,
            turn_chars: 4_000,
            call_chars: 100_000,
            account_bytes: 256 * 1024,
            stream_events: 256,
            idle_secs: 1_800,
            keep_ended_secs: 3_600,
        }
    }
}

impl Policy {
    /// How sure a find of that level must be when nothing speaks against it, 0–1.
    #[must_use]
    pub fn threshold(&self, level: Level) -> f64 {
        match level {
            Level::High => self.thresholds.high,
            Level::Medium => self.thresholds.medium,
            Level::Low => self.thresholds.low,
        }
    }
}
