//! The policy when a card is shown: plain data, every number with its unit and reason.
//!
//! Owns the defaults. Leaves their use to `decide`, `view`, `questions` and `registry`.

use serde::{Deserialize, Serialize};

use super::intent::Kind;
use crate::search::types::Level;

/// The settings of live calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// How sure a meaning must be, by the kind of turn.
    pub thresholds: Thresholds,
    /// Added to the threshold after `ignored_cards` cards in a row were ignored: the agent has stopped looking.
    pub ignored_penalty: f64,
    /// Cards ignored in a row that raise the threshold.
    pub ignored_cards: u32,
    /// Later customer turns without an engagement that make a card ignored.
    pub ignored_after_turns: u32,
    /// Whether an article is shown at most once in a call, where its trigger says neither that nor a cooldown.
    pub once: bool,
    /// Seconds of silence after a push of an article that may come again, where its trigger does not say.
    pub cooldown_secs: u64,
    /// Seconds after a dismissal in which meaning pushes nothing: the agent is busy. Rules still speak.
    pub dismissal_silence_secs: u64,
    /// Cards in one call, from all sources. No cap counts cards that were withdrawn.
    pub cards_per_call: usize,
    /// Cards in any 60 seconds of a call, from all sources.
    pub cards_per_minute: usize,
    /// Cards at once, by one utterance and its partials: what an agent can take in at a glance.
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
    pub bounds: MemoryLimits,
}

/// How sure a meaning must be, by what the customer does with the turn; chances 0–1, above 1 means never.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// On a question: knowledge is asked for.
    pub asking: f64,
    /// On the first turns that say something: they tell what the call is about.
    pub opening: f64,
    /// How many turns those are.
    pub opening_turns: usize,
    /// On other turns: answers and details.
    pub other: f64,
    /// On a turn that tells and asks nothing; turns between that and `content_words` lie in between.
    pub terse: f64,
    /// Words that tell what it is about from which on a turn that asks nothing counts in full.
    pub content_words: usize,
    /// On errands that the agent does in a system: a booking, a number to look up.
    pub errand: f64,
    /// On a question about an entry of a directory of named things: once its name was heard it is one of few.
    pub entry: f64,
    /// At least, for an article that is not the best find of the turn.
    pub runner_up: f64,
    /// Levels below it are never pushed.
    pub level: Level,
    /// Moves all of the above, in log-odds: above 0 more is shown, below 0 less.
    pub lean: f64,
}

/// How the call is put to search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewPolicy {
    /// Turns that count, the newest first; each is embedded once in its life.
    pub turns: usize,
    /// What a turn counts against the one after it, 0–1: at 0.7 a turn counts half after two more.
    pub decay: f64,
    /// What the agent's words count against the customer's, 0–1.
    pub agent: f64,
    /// What the agent's last words count within a turn that asks about them ("how do I check that?"), 0–1.
    pub echo: f64,
    /// Turns in which names are heard, the newest first: a place, a product, an error code stays in play.
    pub memory: usize,
    /// What a name in a turn counts against one in the turn after it, 0–1: the newest name is the one that is meant.
    pub fade: f64,
    /// Characters of one turn; longer ones count by their end. The embedding reads about 512 tokens.
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
pub struct MemoryLimits {
    /// Calls kept at a time, open and ended; past that ended ones go first, then quiet ones of whoever has the most, then opening
    /// fails.
    pub calls: usize,
    /// Turns kept of a call; older ones are dropped.
    pub turns: usize,
    /// Characters kept of one turn, its end.
    pub turn_chars: usize,
    /// Characters kept of all turns of a call.
    pub call_chars: usize,
    /// Bytes of an account as JSON; of its values there is a bound too.
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
            ignored_penalty: 0.05,
            ignored_cards: 2,
            ignored_after_turns: 3,
            once: true,
            cooldown_secs: 0,
            dismissal_silence_secs: 30,
            cards_per_call: 15,
            cards_per_minute: 5,
            cards_per_turn: 3,
            semantic_per_turn: 2,
            semantic_per_call: 8,
            cards_on_screen: 5,
            excluded_phrases: Vec::new(),
            semantic_on_partials: false,
            view: ViewPolicy::default(),
            questions: QuestionPolicy::default(),
            bounds: MemoryLimits::default(),
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            // What a call is about is told once, early: a card there may be less sure than later ones.
            asking: 0.25,
            opening: 0.12,
            opening_turns: 2,
            other: 0.5,
            terse: 0.8,
            content_words: 8,
            errand: 0.9,
            entry: 0.1,
            runner_up: 0.3,
            level: Level::Low,
            lean: 0.0,
        }
    }
}

impl Default for ViewPolicy {
    fn default() -> Self {
        Self {
            turns: 8,
            decay: 0.6,
            agent: 0.6,
            echo: 0.5,
            memory: 40,
            fade: 0.9,
            text_chars: 1_000,
            finds: 5,
        }
    }
}

impl Default for QuestionPolicy {
    fn default() -> Self {
        Self {
            same: 0.7,
            overlap: 0.6,
            look_back: 6,
            look_ahead: 4,
        }
    }
}

impl Default for MemoryLimits {
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
    /// Whether the settings make sense together.
    ///
    /// # Errors
    /// The first that does not: its key, and what it must be.
    pub fn check(&self) -> Result<(), String> {
        let Thresholds {
            asking,
            opening,
            other,
            terse,
            errand,
            entry,
            runner_up,
            ..
        } = self.thresholds;
        let chances = [
            ("thresholds.asking", asking, 2.0),
            ("thresholds.opening", opening, 2.0),
            ("thresholds.other", other, 2.0),
            ("thresholds.terse", terse, 2.0),
            ("thresholds.errand", errand, 2.0),
            ("thresholds.entry", entry, 2.0),
            ("thresholds.runner_up", runner_up, 2.0),
            ("ignored_penalty", self.ignored_penalty, 1.0),
            ("view.decay", self.view.decay, 1.0),
            ("view.agent", self.view.agent, 1.0),
            ("view.echo", self.view.echo, 1.0),
            ("view.fade", self.view.fade, 1.0),
            ("questions.same", self.questions.same, 1.0),
            ("questions.overlap", self.questions.overlap, 1.0),
        ];
        for (key, value, most) in chances {
            if !(0.0..=most).contains(&value) {
                return Err(format!(
                    "{key} is {value}, it must lie between 0 and {most}"
                ));
            }
        }
        if !self.thresholds.lean.is_finite() {
            return Err(
                "thresholds.lean must be a number, 0 leaves everything as it is".to_owned(),
            );
        }
        let counts = [
            ("cards_per_call", self.cards_per_call),
            ("cards_per_minute", self.cards_per_minute),
            ("cards_per_turn", self.cards_per_turn),
            ("cards_on_screen", self.cards_on_screen),
            ("view.turns", self.view.turns),
            ("view.memory", self.view.memory),
            ("view.text_chars", self.view.text_chars),
            ("view.finds", self.view.finds),
            ("bounds.calls", self.bounds.calls),
            ("bounds.turns", self.bounds.turns),
            ("bounds.turn_chars", self.bounds.turn_chars),
            ("bounds.call_chars", self.bounds.call_chars),
            ("bounds.account_bytes", self.bounds.account_bytes),
            ("bounds.stream_events", self.bounds.stream_events),
        ];
        match counts.into_iter().find(|(_, count)| *count == 0) {
            Some((key, _)) => Err(format!("{key} is 0, it must be at least 1")),
            None => Ok(()),
        }
    }

    /// How sure the best find must be on that kind of turn when nothing speaks against it, 0–1.
    pub(super) fn threshold(&self, kind: Kind) -> f64 {
        let thresholds = &self.thresholds;
        let told = |threshold: f64, words: usize| {
            let missing = 1.0 - (words as f64 / thresholds.content_words.max(1) as f64).min(1.0);
            threshold + (thresholds.terse - threshold).max(0.0) * missing
        };
        let threshold = match kind {
            Kind::Asking => thresholds.asking,
            Kind::Opening(words) => told(thresholds.opening, words),
            Kind::Wish(words) | Kind::Other(words) => told(thresholds.other, words),
            Kind::Errand => thresholds.errand,
        };
        leant(threshold, thresholds.lean)
    }

    /// How sure an entry of a directory must be of which something is asked, 0–1.
    pub(super) fn entry(&self) -> f64 {
        leant(self.thresholds.entry, self.thresholds.lean)
    }

    /// How sure a find must be at least that is not the best of its turn, 0–1.
    pub(super) fn runner_up(&self) -> f64 {
        leant(self.thresholds.runner_up, self.thresholds.lean)
    }
}

/// A threshold p moved by a lean in log-odds: logit(p') = logit(p) − lean, with logit(p) = ln(p / (1 − p)). Thresholds outside
/// of 0–1, which mean "always" and "never", stay what they are.
fn leant(p: f64, lean: f64) -> f64 {
    if lean == 0.0 || p <= 0.0 || p >= 1.0 {
        return p;
    }
    1.0 / (1.0 + ((1.0 - p) / p) * lean.exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_makes_sense_and_nonsense_is_named() {
        assert_eq!(Policy::default().check(), Ok(()));
        let mut policy = Policy::default();
        policy.thresholds.other = 1.1;
        assert_eq!(policy.check(), Ok(()), "above 1 means never");
        policy.thresholds.lean = 1.0;
        assert!(policy.threshold(Kind::Asking) < Policy::default().threshold(Kind::Asking));
        assert_eq!(policy.threshold(Kind::Other(8)), 1.1, "never is never");
        policy = Policy::default();
        let opening = [0, 4, 8, 20].map(|words| policy.threshold(Kind::Opening(words)));
        assert!(opening[0] > opening[1] && opening[1] > opening[2]);
        assert_eq!(opening[2], opening[3], "enough was told");
        policy.view.decay = f64::NAN;
        assert!(
            policy
                .check()
                .is_err_and(|problem| problem.starts_with("view.decay is NaN"))
        );
        policy = Policy::default();
        policy.bounds.calls = 0;
        assert_eq!(
            policy.check(),
            Err("bounds.calls is 0, it must be at least 1".to_owned())
        );
    }
}
