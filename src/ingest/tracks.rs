//! Which events of a call are one utterance, for vendors that number events and name no utterances.
//!
//! Owns the open partial of every track and what was heard before. One [`Tracks`] a call; bounded.

use std::collections::{HashMap, HashSet, VecDeque};

use super::{Said, SaidId};

/// Events remembered: repeats come within seconds, not after hours.
const REMEMBERED: usize = 512;

/// Tracks at once: a conference has a handful, a diarized stream opens one a segment.
const MAX_OPEN: usize = 64;

/// The track of partials of which nobody knows who speaks: the next final settles them, whoever speaks it.
pub(super) const ANYBODY: &str = "anybody";

/// The utterances of one call.
#[derive(Debug, Default)]
pub struct Tracks {
    /// Track → utterance of its partials so far.
    open: HashMap<String, String>,
    /// Named utterances with partials and no final.
    waiting: HashSet<String>,
    /// Event → utterance.
    known: HashMap<String, String>,
    order: VecDeque<String>,
    /// Track → number of its newest final.
    settled: HashMap<String, u64>,
}

impl Tracks {
    /// The utterance that an event belongs to; None for one that changes nothing: silence, or a partial that comes
    /// after its final.
    pub fn utterance(&mut self, said: &Said) -> Option<String> {
        let is_silent = said.text.trim().is_empty();
        match &said.id {
            SaidId::Named(id) => {
                let is_waiting = if said.is_final {
                    self.waiting.remove(id)
                } else {
                    self.waiting.len() < MAX_OPEN && !is_silent && self.waiting.insert(id.clone())
                };
                // An empty final takes its partial back; without one there is nothing to take back.
                (!is_silent || is_waiting && said.is_final).then(|| id.clone())
            }
            SaidId::Numbered {
                track,
                event,
                number,
            } if said.is_final => self.settle(track, event, *number, is_silent),
            SaidId::Numbered {
                track,
                event,
                number,
            } => self.partial(track, event, *number, is_silent),
        }
    }

    fn partial(
        &mut self,
        track: &str,
        event: &str,
        number: Option<u64>,
        is_silent: bool,
    ) -> Option<String> {
        if is_silent {
            return None;
        }
        let is_late = |settled: &u64| number.is_some_and(|number| number <= *settled);
        if self.settled.get(track).is_some_and(is_late) {
            return None;
        }
        if let Some(known) = self.known.get(event) {
            return Some(known.clone());
        }
        let id = match self.open.get(track) {
            Some(id) => id.clone(),
            None => {
                if self.open.len() >= MAX_OPEN {
                    self.open.clear();
                }
                self.open.insert(track.to_owned(), event.to_owned());
                event.to_owned()
            }
        };
        self.remember(event, &id);
        Some(id)
    }

    fn settle(
        &mut self,
        track: &str,
        event: &str,
        number: Option<u64>,
        is_silent: bool,
    ) -> Option<String> {
        let is_late = |settled: &u64| number.is_some_and(|number| number < *settled);
        let came_late = self.settled.get(track).is_some_and(is_late);
        if let Some(known) = self.known.get(event).cloned() {
            // The final of partials of the same name, or a repeat.
            if self.open.get(track) == Some(&known) {
                self.open.remove(track);
            }
            return Some(known);
        }
        // A final that was overtaken by a newer one is an utterance of its own.
        let partial = if came_late {
            None
        } else {
            self.open
                .remove(track)
                .or_else(|| self.open.remove(ANYBODY))
        };
        if partial.is_none() && is_silent {
            return None;
        }
        let id = partial.unwrap_or_else(|| event.to_owned());
        self.remember(event, &id);
        if let Some(number) = number.filter(|_| !came_late) {
            if self.settled.len() >= MAX_OPEN {
                self.settled.clear();
            }
            self.settled.insert(track.to_owned(), number);
        }
        Some(id)
    }

    fn remember(&mut self, event: &str, utterance: &str) {
        if self
            .known
            .insert(event.to_owned(), utterance.to_owned())
            .is_none()
        {
            self.order.push_back(event.to_owned());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
