//! Numbered events of a call or an agent: past ones, then new ones; a reader that falls behind is told so.
//!
//! Owns the numbering, the ring of past events, resuming and `resync`. Leaves the content of an event to `call`, and
//! lines and heartbeats to `http`. The ring is the only buffer: a reader may be as far behind as the ring is long, and
//! beyond that it is told so.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

/// What an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A card was pushed: [`Card`](super::Card).
    Card,
    /// A card's state changed: [`CardStateChange`](super::CardStateChange).
    CardState,
    /// What to ask next changed: [`NextQuestion`](super::NextQuestion).
    Question,
    /// The call is over: [`CallEnded`](super::CallEnded).
    CallEnded,
    /// Events were missed: fetch the cards. `{"reason": "unknown_id" | "too_old" | "slow_reader" | "restarted"}`
    Resync,
}

impl EventKind {
    /// The stream's `event:` line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::CardState => "card_state",
            Self::Question => "question",
            Self::CallEnded => "call_ended",
            Self::Resync => "resync",
        }
    }
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The stream's number, from 1, or after those of a call of the same id that was forgotten. A `resync` carries the number to
    /// go on from.
    pub id: u64,
    /// What it tells.
    pub kind: EventKind,
    /// JSON, made once for all readers.
    pub data: Arc<str>,
    pub(super) about: About,
}

/// Ids of the articles that an event tells of, each with who might see it when it was pushed.
pub(super) type About = Arc<[(String, Vec<String>)]>;

impl Event {
    fn resync(id: u64, reason: &str) -> Self {
        Self {
            id,
            kind: EventKind::Resync,
            data: format!(r#"{{"reason":"{reason}"}}"#).into(),
            about: About::default(),
        }
    }
}

/// One stream: its past as far as it is kept, and its readers.
#[derive(Debug)]
pub(super) struct Stream {
    ring: Mutex<Ring>,
    /// Says that the ring changed.
    changed: watch::Sender<()>,
    /// Events kept.
    capacity: usize,
}

#[derive(Debug, Default)]
struct Ring {
    events: VecDeque<Event>,
    /// Number of the newest event ever told.
    last: u64,
    /// Number before the first event: 0, unless the stream goes on where another ended.
    before: u64,
    closed: bool,
}

impl Stream {
    /// An empty stream that keeps so many events.
    pub(super) fn new(capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            ring: Mutex::default(),
            changed: watch::Sender::new(()),
            capacity: capacity.max(1),
        })
    }

    /// An empty stream whose numbers go on after that one.
    pub(super) fn after(before: u64, capacity: usize) -> Arc<Self> {
        let stream = Self::new(capacity);
        let mut ring = stream.ring();
        (ring.before, ring.last) = (before, before);
        drop(ring);
        stream
    }

    /// Number of the newest event ever told.
    pub(super) fn last(&self) -> u64 {
        self.ring().last
    }

    /// Tells all readers, present and to come; gives the event's number.
    pub(super) fn tell(&self, kind: EventKind, data: Arc<str>, about: About) -> u64 {
        let mut ring = self.ring();
        ring.last += 1;
        let id = ring.last;
        ring.events.push_back(Event {
            id,
            kind,
            data,
            about,
        });
        if ring.events.len() > self.capacity {
            ring.events.pop_front();
        }
        drop(ring);
        self.changed.send_replace(());
        id
    }

    /// Keeps nothing of the past.
    pub(super) fn clear(&self) {
        self.ring().events.clear();
    }

    /// Nothing more will be told.
    pub(super) fn close(&self) {
        self.ring().closed = true;
        self.changed.send_replace(());
    }

    /// A reader that has seen everything up to that event; without one, a reader from the beginning.
    pub(super) fn watch(self: &Arc<Self>, last_event_id: Option<&str>) -> Watch {
        let ring = self.ring();
        let kept_from = ring.events.front().map_or(ring.last + 1, |event| event.id);
        let (seen, first) = match last_event_id.map(|id| id.trim().parse::<u64>()) {
            // Nobody has seen an event 0: it asks for the beginning.
            None | Some(Ok(0)) if kept_from == ring.before + 1 => (ring.before, None),
            None => (kept_from - 1, Some(Event::resync(kept_from - 1, "too_old"))),
            Some(Ok(seen)) if seen > ring.last => {
                (ring.last, Some(Event::resync(ring.last, "unknown_id")))
            }
            Some(Ok(seen)) if seen + 1 < kept_from => {
                (ring.last, Some(Event::resync(ring.last, "too_old")))
            }
            Some(Ok(seen)) => (seen, None),
            Some(Err(_)) => (ring.last, Some(Event::resync(ring.last, "unknown_id"))),
        };
        Watch {
            stream: Arc::clone(self),
            changed: self.changed.subscribe(),
            seen,
            first,
        }
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reader of one stream.
#[derive(Debug)]
pub struct Watch {
    stream: Arc<Stream>,
    changed: watch::Receiver<()>,
    /// Number of the newest event given out.
    seen: u64,
    /// Goes before everything else.
    first: Option<Event>,
}

impl Watch {
    /// A reader who asks for what a restart has lost: one `resync`, then the end.
    pub(super) fn lost() -> Self {
        let stream = Stream::new(1);
        stream.close();
        Self {
            changed: stream.changed.subscribe(),
            stream,
            seen: 0,
            first: Some(Event::resync(0, "restarted")),
        }
    }

    /// The next event, waiting for it; None when the stream is closed and everything was told.
    ///
    /// Safe to drop while waiting: nothing is lost.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            self.changed.borrow_and_update();
            if let Some(event) = self.take() {
                return Some(event);
            }
            if self.finished() || self.changed.changed().await.is_err() {
                return None;
            }
        }
    }

    /// The next event, if there is one by now.
    pub fn take(&mut self) -> Option<Event> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let ring = self.stream.ring();
        if ring.last == self.seen {
            return None;
        }
        let kept_from = ring.events.front().map_or(ring.last + 1, |event| event.id);
        let event = if self.seen + 1 < kept_from {
            Event::resync(ring.last, "slow_reader")
        } else {
            ring.events
                .get(usize::try_from(self.seen + 1 - kept_from).ok()?)?
                .clone()
        };
        self.seen = event.id;
        Some(event)
    }

    /// Whether there is nothing left to tell, ever: a reader who comes again gets 204.
    #[must_use]
    pub fn finished(&self) -> bool {
        let ring = self.stream.ring();
        self.first.is_none() && ring.closed && ring.last == self.seen
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(stream: &Stream, count: usize) {
        for n in 0..count {
            stream.tell(EventKind::Card, n.to_string().into(), About::default());
        }
    }

    fn ids(watch: &mut Watch) -> Vec<(u64, EventKind)> {
        std::iter::from_fn(|| watch.take())
            .map(|event| (event.id, event.kind))
            .collect()
    }

    fn check(kept: usize, told_before: usize, last: Option<&str>, expected: &[(u64, EventKind)]) {
        let stream = Stream::new(kept);
        told(&stream, told_before);
        assert_eq!(
            ids(&mut stream.watch(last)),
            expected,
            "{told_before} told, {kept} kept, resumed from {last:?}"
        );
    }

    #[test]
    fn a_reader_gets_what_it_missed_or_is_told_to_resync() {
        use EventKind::{Card, Resync};
        check(9, 3, None, &[(1, Card), (2, Card), (3, Card)]);
        check(9, 3, Some("0"), &[(1, Card), (2, Card), (3, Card)]);
        check(9, 3, Some("2"), &[(3, Card)]);
        check(9, 3, Some("3"), &[]);
        check(9, 3, Some("4"), &[(3, Resync)]);
        check(9, 3, Some("x"), &[(3, Resync)]);
        check(2, 5, Some("1"), &[(5, Resync)]);
        check(2, 5, Some("3"), &[(4, Card), (5, Card)]);
        check(2, 5, None, &[(3, Resync), (4, Card), (5, Card)]);
        check(9, 0, None, &[]);
        check(9, 0, Some("1"), &[(0, Resync)]);
    }

    #[test]
    fn a_slow_reader_is_told_and_goes_on() {
        let stream = Stream::new(2);
        let mut watch = stream.watch(None);
        told(&stream, 5);
        assert_eq!(ids(&mut watch), [(5, EventKind::Resync)]);
        told(&stream, 1);
        assert_eq!(ids(&mut watch), [(6, EventKind::Card)]);
    }

    #[tokio::test]
    async fn a_waiting_reader_hears_of_events_and_of_the_end() {
        let stream = Stream::new(4);
        let mut watch = stream.watch(None);
        let reader = tokio::spawn(async move {
            let mut seen = Vec::new();
            while let Some(event) = watch.next().await {
                seen.push(event.id);
            }
            seen
        });
        tokio::task::yield_now().await;
        told(&stream, 2);
        stream.close();
        assert_eq!(reader.await.ok(), Some(vec![1, 2]));
        assert!(stream.watch(Some("2")).finished() && !stream.watch(Some("1")).finished());
        assert_eq!(
            Watch::lost().next().await.map(|event| event.kind),
            Some(EventKind::Resync)
        );
    }

    proptest! {
        /// Whatever the history, a reader that comes back gets exactly what it missed.
        #[test]
        fn resuming_gives_exactly_what_was_missed(kept in 1_usize..8, before in 0_usize..12, after in 0_usize..12, at in 0_u64..12) {
            let stream = Stream::new(kept);
            told(&stream, before);
            let mut watch = stream.watch(Some(&at.to_string()));
            told(&stream, after);
            let last = (before + after) as u64;
            let seen = ids(&mut watch);
            let resync = seen.iter().position(|(_, kind)| *kind == EventKind::Resync);
            let from = match resync {
                Some(place) => { prop_assert_eq!(place, 0); seen[0].0 }
                None => at,
            };
            let cards: Vec<u64> = seen.iter().filter(|(_, kind)| *kind == EventKind::Card).map(|(id, _)| *id).collect();
            if seen.iter().filter(|(_, kind)| *kind == EventKind::Resync).count() <= 1 {
                prop_assert_eq!(&cards, &(from + 1..=last).collect::<Vec<_>>());
            }
            let missed_some = at > before as u64 || (last - at.min(last)) as usize > kept;
            prop_assert_eq!(resync.is_some(), missed_some);
        }
    }
}
