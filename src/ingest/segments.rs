//! Utterances of streams that finalise words segment by segment, and report separately when a speaker pauses.
//!
//! Owns the segments since the last pause, of every channel. Bounded.

use super::{Pause, TranscriptUpdate, partials::PIECE_CHARS, recent::Recent};
use crate::text::{row, tail};

/// Channels at once: past that the oldest one's words are an utterance.
const SPEECHES: usize = 16;

/// Segments without a pause: some minutes, then what was said is an utterance.
const SEGMENTS: usize = 32;

/// Segments remembered after they were settled: repeats come within seconds.
const REMEMBERED: usize = 512;

/// Milliseconds by which a segment may be late: neighbours change places on the way.
const LATE_MS: u64 = 15_000;

/// A segment of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The stream: a call may have several.
    pub stream: String,
    /// Its channel.
    pub channel: usize,
    /// Who speaks, by the stream's own number.
    pub speaker: usize,
    /// Names the segment, its partials and its final alike.
    pub name: String,
    /// Whether the speaker pauses after it.
    pub is_last: bool,
}

/// What is under way on all channels of a call.
#[derive(Debug)]
pub(super) struct SegmentAssembler {
    open: Vec<Speech>,
    /// Segment → utterance, where settled.
    known: Recent<String>,
    /// The last segment before a pause, of every channel.
    ended: Vec<Ended>,
}

/// A segment after which the speaker paused.
#[derive(Debug)]
struct Ended {
    stream: String,
    channel: usize,
    begin_ms: u64,
}

/// What was said on one channel since the last pause.
#[derive(Debug)]
struct Speech {
    /// The utterance: its first segment's name.
    id: String,
    stream: String,
    channel: usize,
    speaker: usize,
    settled: Vec<Settled>,
    /// Who spoke, when and in what language; without the words.
    said: TranscriptUpdate,
}

/// A segment that its stream is done with.
#[derive(Debug)]
struct Settled {
    name: String,
    begin_ms: Option<u64>,
    text: String,
}

impl Default for SegmentAssembler {
    fn default() -> Self {
        Self {
            open: Vec::new(),
            known: Recent::new(REMEMBERED),
            ended: Vec::new(),
        }
    }
}

impl SegmentAssembler {
    /// What a segment makes of utterances: their names, and what they say by now.
    pub(super) fn hear(
        &mut self,
        segment: &Segment,
        mut said: TranscriptUpdate,
    ) -> Vec<(String, TranscriptUpdate)> {
        let is_silent = said.text.trim().is_empty();
        if let Some(utterance) = self.known.get(&segment.name) {
            // A repeat gets the final's answer again; a partial is late.
            let is_repeat = said.is_final && !is_silent;
            return is_repeat
                .then(|| (utterance.clone(), said))
                .into_iter()
                .collect();
        }
        let mut told = Vec::new();
        let mut at = self.open.iter().position(|speech| {
            speech.stream == segment.stream && speech.channel == segment.channel
        });
        if let Some(place) = at.filter(|&at| self.open[at].is_of_another(segment) && !is_silent) {
            if !said.is_final {
                // Who speaks is a guess until its final: no utterance of its own for that.
                return told;
            }
            told.push(self.settle(place, None));
            at = None;
        }
        let ended = self.ended.iter().find(|ended| ended.is_where(segment));
        if !is_silent && ended.is_some_and(|ended| ended.comes_after(said.begin_ms)) {
            // It belongs to an utterance that is told already: it stands beside it, not in the next one.
            if said.is_final {
                let utterance = format!("{}:late", segment.name);
                self.known.put(&segment.name, utterance.clone());
                told.push((utterance, said));
            }
            return told;
        }
        let place = match at {
            Some(place) => place,
            None if is_silent => return told,
            None => {
                if self.open.len() >= SPEECHES {
                    told.push(self.settle(0, None));
                }
                self.open.push(Speech::new(segment, said.clone()));
                self.open.len() - 1
            }
        };
        let speech = &mut self.open[place];
        let is_late = speech.settled.iter().any(|done| done.name == segment.name);
        if !said.is_final && (is_silent || is_late) {
            return told;
        }
        let text = std::mem::take(&mut said.text);
        let (is_final, begin_ms) = (said.is_final, said.begin_ms);
        speech.take(segment, said);
        if !is_final {
            told.push(speech.told(Some(text.as_str())));
            return told;
        }
        if !is_silent {
            speech.put(&segment.name, begin_ms, &text);
        }
        // Words that were taken back leave nothing to wait for.
        let is_over = segment.is_last || speech.settled.is_empty();
        told.push(if is_over || speech.settled.len() >= SEGMENTS {
            self.known.put(&segment.name, speech.id.clone());
            self.settle(place, begin_ms.filter(|_| segment.is_last))
        } else {
            speech.told(None)
        });
        told
    }

    /// Somebody paused: the utterances that are complete by that.
    pub(super) fn pause(&mut self, pause: &Pause) -> Vec<(String, TranscriptUpdate)> {
        let mut told = Vec::new();
        while let Some(at) = self.open.iter().position(|speech| speech.ends_by(pause)) {
            told.push(self.settle(at, None));
        }
        told
    }

    /// Ends a speech with the segment that begins then; those after it came early, and begin the next one.
    fn settle(&mut self, at: usize, last_ms: Option<u64>) -> (String, TranscriptUpdate) {
        let mut speech = self.open.remove(at);
        if let Some(last_ms) = last_ms {
            self.open.extend(speech.split_behind(last_ms));
            let is_other =
                |ended: &Ended| (&ended.stream, ended.channel) != (&speech.stream, speech.channel);
            self.ended.retain(is_other);
            self.ended.truncate(SPEECHES - 1);
            let ended = Ended {
                stream: speech.stream.clone(),
                channel: speech.channel,
                begin_ms: last_ms,
            };
            self.ended.insert(0, ended);
        }
        for segment in &speech.settled {
            self.known.put(&segment.name, speech.id.clone());
        }
        let (id, said) = speech.told(None);
        let is_final = true;
        (id, TranscriptUpdate { is_final, ..said })
    }
}

impl Ended {
    fn is_where(&self, segment: &Segment) -> bool {
        (&self.stream, self.channel) == (&segment.stream, segment.channel)
    }

    /// Whether a segment that begins then should have come before: a little earlier, not in a stream that begins anew.
    fn comes_after(&self, begin_ms: Option<u64>) -> bool {
        begin_ms
            .is_some_and(|begin_ms| begin_ms < self.begin_ms && self.begin_ms - begin_ms < LATE_MS)
    }
}

impl Speech {
    fn new(segment: &Segment, said: TranscriptUpdate) -> Self {
        Self {
            id: segment.name.clone(),
            stream: segment.stream.clone(),
            channel: segment.channel,
            speaker: segment.speaker,
            settled: Vec::new(),
            said,
        }
    }

    fn is_of_another(&self, segment: &Segment) -> bool {
        self.speaker != segment.speaker && !self.settled.is_empty()
    }

    fn ends_by(&self, pause: &Pause) -> bool {
        let begin_ms = self.settled.first().map(|segment| segment.begin_ms);
        let is_before = |begin_ms: Option<u64>| {
            pause
                .until_ms
                .is_none_or(|until| begin_ms.is_none_or(|begin| begin < until))
        };
        begin_ms.is_some_and(is_before)
            && pause
                .stream
                .as_ref()
                .is_none_or(|name| *name == self.stream)
            && pause.channel.is_none_or(|number| number == self.channel)
    }

    /// Parts from the segments that begin after that time: another speech, where there are any.
    fn split_behind(&mut self, last_ms: u64) -> Option<Self> {
        let is_of_it = |segment: &Settled| segment.begin_ms.is_none_or(|begin| begin <= last_ms);
        let at = self.settled.iter().rposition(is_of_it)? + 1;
        let settled = self.settled.split_off(at);
        let first = settled.first()?;
        Some(Self {
            id: first.name.clone(),
            stream: self.stream.clone(),
            said: TranscriptUpdate {
                begin_ms: first.begin_ms,
                ..self.said.clone()
            },
            settled,
            ..*self
        })
    }

    /// Takes over what an event says beside its words.
    fn take(&mut self, segment: &Segment, said: TranscriptUpdate) {
        let begin_ms = self.said.begin_ms.min(said.begin_ms);
        let end_ms = self.said.end_ms.max(said.end_ms);
        if self.settled.is_empty() {
            self.speaker = segment.speaker;
            self.said.role = said.role;
        }
        self.said = TranscriptUpdate {
            role: self.said.role,
            begin_ms,
            end_ms,
            is_final: false,
            ..said
        };
    }

    fn put(&mut self, name: &str, begin_ms: Option<u64>, text: &str) {
        let segment = Settled {
            name: name.to_owned(),
            begin_ms,
            text: tail(text, PIECE_CHARS).to_owned(),
        };
        match self.settled.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = segment,
            None => self.settled.push(segment),
        }
        self.settled.sort_by_key(|segment| segment.begin_ms);
    }

    /// What is said by now, with the words of a segment that is under way.
    fn told(&self, partial: Option<&str>) -> (String, TranscriptUpdate) {
        let settled = self.settled.iter().map(|segment| segment.text.as_str());
        let text = row(settled.chain(partial));
        let said = self.said.clone();
        (self.id.clone(), TranscriptUpdate { text, ..said })
    }
}
