//! Assembles utterances: which events of a call belong to one utterance, and its text so far.
//!
//! Owns the open partial of every track and the utterances before it. One [`UtteranceAssembler`] per call; bounded.

use super::{
    Pause, Stream, TranscriptUpdate, UtteranceKey, partials::PartialAssembler, recent::Recent,
    segments::SegmentAssembler,
};
use crate::{live::MAX_ID_CHARS, text::tail};

/// Events remembered: repeats come within seconds, not after hours.
const REMEMBERED: usize = 512;

/// Tracks kept at once: a conference has a handful, a diarized stream opens one a segment.
const MAX_OPEN: usize = 64;

/// The track of partials of which nobody knows who speaks: the next final settles them, whoever speaks it.
pub(super) const ANYBODY: &str = "anybody";

/// The utterances of one call.
#[derive(Debug)]
pub struct UtteranceAssembler {
    /// Track → utterance of its partials so far.
    open: Recent<String>,
    /// Named utterances with partials and no final.
    waiting: Recent<()>,
    /// Named utterances that are final.
    done: Recent<()>,
    /// Event → utterance.
    known: Recent<String>,
    /// Track → number of its newest partial.
    heard: Recent<u64>,
    /// Track → number of its newest final.
    settled: Recent<u64>,
    /// Utterances that had to be given a name.
    named: u64,
    partials: PartialAssembler,
    segments: SegmentAssembler,
    /// The first stream: its times are the call's. Another's count from when that one began.
    first_stream: Option<Stream>,
}

impl Default for UtteranceAssembler {
    fn default() -> Self {
        Self {
            open: Recent::new(MAX_OPEN),
            waiting: Recent::new(MAX_OPEN),
            done: Recent::new(REMEMBERED),
            known: Recent::new(REMEMBERED),
            heard: Recent::new(MAX_OPEN),
            settled: Recent::new(MAX_OPEN),
            named: 0,
            partials: PartialAssembler::default(),
            segments: SegmentAssembler::default(),
            first_stream: None,
        }
    }
}

impl UtteranceAssembler {
    /// The utterances that an event changes: their names, and what they say by now. Empty for one that changes nothing:
    /// silence, or a partial that comes after its final.
    pub fn hear(&mut self, said: TranscriptUpdate) -> Vec<(String, TranscriptUpdate)> {
        if self.first_stream.is_none() {
            self.first_stream.clone_from(&said.stream);
        }
        let utterance = match &said.id {
            UtteranceKey::Segment(segment) => {
                let segment = segment.clone();
                let heard = self.segments.hear(&segment, said);
                return self.told(heard);
            }
            UtteranceKey::Piece { utterance, piece } if !self.done.has(utterance) => {
                let (utterance, piece) = (utterance.clone(), piece.clone());
                let said = self.partials.join(&utterance, &piece, said);
                let id = self.named(&utterance, &said);
                return self.told(id.map(|id| (id, said)));
            }
            UtteranceKey::Piece { .. } => None,
            UtteranceKey::Named(id) => {
                if said.is_final {
                    self.partials.forget(id);
                }
                self.named(id, &said)
            }
            UtteranceKey::Track(track) => self.under_way(track, &said),
            UtteranceKey::Numbered {
                track,
                event,
                number,
            } => {
                let is_silent = said.text.trim().is_empty();
                if said.is_final {
                    self.claim(event);
                    self.settle(track, event, *number, is_silent)
                } else {
                    self.partial(track, event, *number, is_silent)
                }
            }
        };
        self.told(utterance.map(|id| (id, said)))
    }

    /// Somebody paused: the utterances that are complete by that.
    pub fn pause(&mut self, pause: &Pause) -> Vec<(String, TranscriptUpdate)> {
        let heard = self.segments.pause(pause);
        self.told(heard)
    }

    /// What is told of utterances. Names of several parts may grow longer than what a call takes: their ends differ.
    fn told(
        &self,
        heard: impl IntoIterator<Item = (String, TranscriptUpdate)>,
    ) -> Vec<(String, TranscriptUpdate)> {
        let told = |(id, mut said): (String, TranscriptUpdate)| {
            if let Some((stream, first)) = said.stream.as_ref().zip(self.first_stream.as_ref())
                && stream.name != first.name
            {
                let later = stream.later_than(first);
                let in_call = |ms: u64| Some(ms.saturating_add(later?));
                (said.begin_ms, said.end_ms) = (
                    said.begin_ms.and_then(in_call),
                    said.end_ms.and_then(in_call),
                );
            }
            // Of a long name its end.
            (tail(&id, MAX_ID_CHARS).to_owned(), said)
        };
        heard.into_iter().map(told).collect()
    }

    fn named(&mut self, id: &str, said: &TranscriptUpdate) -> Option<String> {
        let is_silent = said.text.trim().is_empty();
        if said.is_final {
            self.done.put(id, ());
            let was_waiting = self.waiting.take(id).is_some();
            // An empty final takes its partial back; without one there is nothing to take back.
            return (!is_silent || was_waiting).then(|| id.to_owned());
        }
        if is_silent || self.done.has(id) {
            return None;
        }
        self.waiting.put(id, ());
        Some(id.to_owned())
    }

    /// What is under way on a track, whose partials have no names.
    fn under_way(&mut self, track: &str, said: &TranscriptUpdate) -> Option<String> {
        if said.text.trim().is_empty() {
            return None;
        }
        if let Some(open) = self.open.get(track) {
            return Some(open.clone());
        }
        self.named += 1;
        let id = format!("{track}:{}", self.named);
        self.open.put(track, id.clone());
        Some(id)
    }

    /// A final of a name that partials had is theirs, and their track's open partial another's.
    fn claim(&mut self, event: &str) {
        if self.waiting.take(event).is_some() {
            self.known.put(event, event.to_owned());
        }
        self.done.put(event, ());
    }

    fn partial(
        &mut self,
        track: &str,
        event: &str,
        number: Option<u64>,
        is_silent: bool,
    ) -> Option<String> {
        let is_late = number.is_some_and(|number| {
            self.settled.get(track).is_some_and(|last| number <= *last)
                || self.heard.get(track).is_some_and(|last| number < *last)
        });
        if is_silent || is_late {
            return None;
        }
        if let Some(number) = number {
            self.heard.put(track, number);
        }
        let open = self.open.get(track).cloned();
        if let Some(known) = self.known.get(event) {
            // An utterance that is no longer under way has its final.
            return open.filter(|open| open == known);
        }
        let id = open.unwrap_or_else(|| {
            self.open.put(track, event.to_owned());
            event.to_owned()
        });
        self.known.put(event, id.clone());
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
            for track in [track, ANYBODY] {
                if self.open.get(track) == Some(&known) {
                    self.open.take(track);
                }
            }
            return Some(known);
        }
        // A final that was overtaken by a newer one is an utterance of its own.
        let partial = if came_late {
            None
        } else {
            self.open.take(track).or_else(|| self.open.take(ANYBODY))
        };
        if partial.is_none() && is_silent {
            return None;
        }
        let id = partial.unwrap_or_else(|| event.to_owned());
        self.known.put(event, id.clone());
        if let Some(number) = number.filter(|_| !came_late) {
            self.settled.put(track, number);
        }
        Some(id)
    }
}
