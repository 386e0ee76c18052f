//! The turns of a call: a bounded memory in which each partial becomes final once.
//!
//! Owns the order of turns, repeats and the bounds. Leaves meaning to `view`, and time to `clock`.

use std::{
    borrow::Cow,
    collections::{HashSet, VecDeque, hash_map::DefaultHasher},
    hash::{Hash, Hasher},
    sync::Arc,
};

use super::{Turn, UtteranceResponse, annotations::said, policy::MemoryLimits};
use crate::article::Role;

/// Settled ids remembered after their turns were dropped: a repeat of an hour ago still changes nothing.
const REMEMBERED_IDS: usize = 4_096;

/// Milliseconds by which a turn may be late: longer than anybody speaks in one go.
const LATE_MS: u64 = 60_000;

/// A turn with what was derived from it.
#[derive(Debug)]
pub(super) struct Spoken {
    /// As it is told.
    pub(super) turn: Turn,
    /// Asks for nothing.
    pub(super) is_small_talk: bool,
    /// The answer to its final text.
    answer: Option<Arc<UtteranceResponse>>,
}

impl Spoken {
    /// Its words, without what only the transcriber wrote.
    pub(super) fn said(&self) -> Cow<'_, str> {
        said(self.turn.text.trim())
    }

    /// Whether it has no words: nobody said anything.
    pub(super) fn is_wordless(&self) -> bool {
        self.said().trim().is_empty()
    }
}

/// What is known of an utterance's id.
#[derive(Debug, Clone)]
pub(super) enum UtteranceStatus {
    /// Unknown.
    New,
    /// Partial so far; its place among the turns.
    Partial(usize),
    /// Settled; its answer, unless that was long ago.
    Settled(Option<Arc<UtteranceResponse>>),
}

/// The turns of a call.
#[derive(Debug, Default)]
pub(super) struct Turns {
    kept: VecDeque<Spoken>,
    chars: usize,
    dropped: usize,
    heard: usize,
    settled: HashSet<u64>,
    settled_order: VecDeque<u64>,
}

impl Turns {
    /// What is known of an id.
    pub(super) fn known(&self, utterance_id: &str) -> UtteranceStatus {
        match self
            .kept
            .iter()
            .rposition(|spoken| spoken.turn.utterance_id == utterance_id)
        {
            Some(at) => match &self.kept[at] {
                Spoken {
                    turn, answer: None, ..
                } if !turn.is_final => UtteranceStatus::Partial(at),
                Spoken { answer, .. } => UtteranceStatus::Settled(answer.clone()),
            },
            None if self.settled.contains(&hash(utterance_id)) => UtteranceStatus::Settled(None),
            None => UtteranceStatus::New,
        }
    }

    /// Takes in a turn, in its partial's place, or before those that began after it: the newest where nobody says when.
    pub(super) fn put(
        &mut self,
        turn: Turn,
        is_small_talk: bool,
        place: &UtteranceStatus,
        bounds: &MemoryLimits,
    ) {
        let spoken = Spoken {
            turn,
            is_small_talk,
            answer: None,
        };
        self.chars += length(&spoken);
        match place {
            UtteranceStatus::Partial(at) if *at < self.kept.len() => {
                let before = std::mem::replace(&mut self.kept[*at], spoken);
                self.chars -= length(&before);
            }
            _ => {
                let at = self.place_of(spoken.turn.begin_ms);
                self.kept.insert(at, spoken);
                self.heard += 1;
            }
        }
        while self.kept.len() > 1
            && (self.kept.len() > bounds.turns || self.chars > bounds.call_chars)
        {
            if let Some(oldest) = self.kept.pop_front() {
                self.chars -= length(&oldest);
                self.dropped += 1;
            }
        }
    }

    /// Where a turn that begins then belongs: transcripts come out of order. Who counts from 0 again is not late.
    fn place_of(&self, begin_ms: Option<u64>) -> usize {
        let is_later = |spoken: &&Spoken| {
            let began = spoken.turn.begin_ms.zip(begin_ms);
            began.is_some_and(|(other, this)| (this + 1..this + LATE_MS).contains(&other))
        };
        self.kept.len() - self.kept.iter().rev().take_while(is_later).count()
    }

    /// Remembers the answer to a final. One without words takes its partial back: nothing was said.
    pub(super) fn settle(&mut self, utterance_id: &str, answer: Arc<UtteranceResponse>) {
        let id = hash(utterance_id);
        if self.settled.insert(id) {
            self.settled_order.push_back(id);
        }
        if self.settled_order.len() > REMEMBERED_IDS
            && let Some(oldest) = self.settled_order.pop_front()
        {
            self.settled.remove(&oldest);
        }
        let is_it = |spoken: &Spoken| spoken.turn.utterance_id == utterance_id;
        let Some(at) = self.kept.iter().rposition(is_it) else {
            return;
        };
        if self.kept[at].turn.text.trim().is_empty() {
            self.chars -= length(&self.kept[at]);
            self.kept.remove(at);
        } else {
            self.kept[at].answer = Some(answer);
        }
    }

    /// Kept turns, oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Spoken> {
        self.kept.iter()
    }

    /// The text of the agent's newest turn, if the agent spoke last before that utterance, which began then.
    pub(super) fn asked_before(&self, utterance_id: &str, begin_ms: Option<u64>) -> Option<&str> {
        let before = self
            .kept
            .range(..self.place_of(begin_ms))
            .rfind(|spoken| spoken.turn.utterance_id != utterance_id && !spoken.is_wordless())?;
        (before.turn.role == Role::Agent).then_some(before.turn.text.as_str())
    }

    /// Turns ever taken in.
    pub(super) fn heard(&self) -> usize {
        self.heard
    }

    /// Turns kept and dropped.
    pub(super) fn count(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// Turns that were dropped.
    pub(super) fn dropped(&self) -> usize {
        self.dropped
    }
}

fn length(spoken: &Spoken) -> usize {
    spoken.turn.text.chars().count()
}

fn hash(utterance_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    utterance_id.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn turn(id: &str, text: &str, is_final: bool) -> Turn {
        Turn {
            utterance_id: id.to_owned(),
            role: Role::Customer,
            text: text.to_owned(),
            is_final,
            begin_ms: None,
            end_ms: None,
            lang: None,
            at: DateTime::UNIX_EPOCH,
        }
    }

    fn say(turns: &mut Turns, id: &str, text: &str, is_final: bool, bounds: &MemoryLimits) {
        let place = turns.known(id);
        turns.put(turn(id, text, is_final), false, &place, bounds);
        if is_final {
            let answer = UtteranceResponse {
                utterance_id: id.to_owned(),
                cards: vec![],
                not_shown: vec![],
                took_ms: 1.0,
            };
            turns.settle(id, Arc::new(answer));
        }
    }

    fn texts(turns: &Turns) -> Vec<&str> {
        turns
            .iter()
            .map(|spoken| spoken.turn.text.as_str())
            .collect()
    }

    #[test]
    fn partials_are_replaced_and_finals_settle() {
        let (mut turns, bounds) = (Turns::default(), MemoryLimits::default());
        say(&mut turns, "a", "can", false, &bounds);
        say(&mut turns, "b", "hello", true, &bounds);
        say(&mut turns, "a", "cancel", false, &bounds);
        assert!(matches!(turns.known("a"), UtteranceStatus::Partial(0)));
        say(&mut turns, "a", "cancel it", true, &bounds);
        assert!(matches!(
            turns.known("a"),
            UtteranceStatus::Settled(Some(_))
        ));
        assert!(matches!(turns.known("c"), UtteranceStatus::New));
        assert_eq!(texts(&turns), ["cancel it", "hello"]);
    }

    #[test]
    fn old_turns_go_and_their_ids_stay() {
        let bounds = MemoryLimits {
            turns: 2,
            ..MemoryLimits::default()
        };
        let mut turns = Turns::default();
        for id in ["a", "b", "c"] {
            say(&mut turns, id, id, true, &bounds);
        }
        assert_eq!(texts(&turns), ["b", "c"]);
        assert_eq!((turns.count(), turns.dropped()), (3, 1));
        assert!(matches!(turns.known("a"), UtteranceStatus::Settled(None)));
        let tight = MemoryLimits {
            call_chars: 5,
            ..MemoryLimits::default()
        };
        say(&mut turns, "d", "four", true, &tight);
        assert_eq!(texts(&turns), ["c", "four"]);
    }
}
