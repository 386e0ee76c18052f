//! An entry of the call registry: one call with its lock and its streams, and the map of all entries.

use std::{
    cmp::Reverse,
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Utc};

use super::{
    Caller, EndReason, EventKind, LiveError,
    call::Call,
    observer::{CallActivity, CallObserver},
    streams::Stream,
};
use crate::search::types::Audience;

/// A call with its lock and its streams.
pub(super) struct CallEntry {
    pub(super) id: String,
    pub(super) owner: String,
    /// What the owner may see.
    pub(super) audience: Audience,
    pub(super) call: Mutex<Call>,
    pub(super) stream: Arc<Stream>,
    /// Locked after the call, never before it.
    pub(super) listeners: Mutex<Listeners>,
    /// Are told everything too.
    pub(super) witnesses: Vec<Arc<dyn CallObserver>>,
    /// When it was opened, in milliseconds since 1970.
    pub(super) opened_ms: i64,
    /// When something last happened on it, the same.
    pub(super) active_ms: AtomicI64,
    /// When it ended, the same; `OPEN` before.
    pub(super) ended_ms: AtomicI64,
}

/// Streams of the agents who have or had the call: each the owner's and the admins'.
pub(super) struct Listeners {
    /// Of the agent who has it.
    now: Vec<Arc<Stream>>,
    /// Of agents before, each with the number of the call's last event that it was told.
    before: Vec<(Weak<Stream>, u64)>,
}

impl Listeners {
    /// Of the first agent, where there is one.
    pub(super) fn new(now: Vec<Arc<Stream>>) -> Self {
        let before = Vec::new();
        Self { now, before }
    }
}

/// Milliseconds after which a call without a word is quiet; one without any word is so from its beginning.
const QUIET_AFTER_MS: i64 = 60_000;

pub(super) const OPEN: i64 = i64::MIN;

/// When the call of a customer who was erased has ended: long ago.
pub(super) const ERASED: i64 = 0;

impl CallEntry {
    pub(super) fn lock(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The call, unless it is being spoken in.
    pub(super) fn try_lock(&self) -> Option<MutexGuard<'_, Call>> {
        match self.call.try_lock() {
            Ok(call) => Some(call),
            Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.ended_ms.load(Ordering::Acquire) == OPEN
    }

    fn ended_ms(&self) -> Option<i64> {
        Some(self.ended_ms.load(Ordering::Acquire)).filter(|ms| *ms != OPEN)
    }

    /// Since when it is quiet, where it is.
    fn quiet_ms(&self, now: DateTime<Utc>) -> Option<i64> {
        let active = self.active_ms.load(Ordering::Acquire);
        let is_quiet =
            active == self.opened_ms || now.timestamp_millis() - active >= QUIET_AFTER_MS;
        is_quiet.then_some(active)
    }

    /// Ends because another call needs its place.
    pub(super) fn give_way(&self, now: DateTime<Utc>) {
        let mut call = self.lock();
        call.end(EndReason::Idle, now);
        self.publish(&mut call);
    }

    /// What both the owner and that caller may see: what is decided goes to the streams of one and to the other.
    pub(super) fn shared_with(&self, caller: &Caller) -> Audience {
        self.audience.both(&caller.audience)
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// An agent takes the call: their streams hear of it from its beginning, or from where they left it, those of the agent before
    /// no more. The call must be locked.
    pub(super) fn hand_over(&self, streams: Vec<Arc<Stream>>) {
        let mut listeners = self.listeners();
        let Listeners { now, before } = &mut *listeners;
        let last = self.stream.last();
        before.retain(|(stream, _)| stream.strong_count() > 0);
        before.extend(now.drain(..).map(|left| (Arc::downgrade(&left), last)));
        for stream in streams {
            let is_it = |(left, _): &(Weak<Stream>, u64)| left.as_ptr() == Arc::as_ptr(&stream);
            let left = before.iter().position(is_it);
            let heard = left.map(|at| before.swap_remove(at).1.to_string());
            let mut missed = self.stream.watch(heard.as_deref());
            while let Some(event) = missed.take() {
                stream.tell(event.kind, event.data, event.about);
            }
            now.push(stream);
        }
    }

    /// Tells the streams what the call has to tell.
    pub(super) fn publish(&self, call: &mut Call) {
        for news in call.take_news() {
            for observer in &self.witnesses {
                observer.note(&call.facts(&self.owner), &news);
            }
            let (kind, json) = match &news {
                CallActivity::CustomerTurn(_) | CallActivity::Engaged(_) | CallActivity::Opened => {
                    continue;
                }
                CallActivity::Card(card) => (EventKind::Card, serde_json::to_string(card)),
                CallActivity::State(change) => {
                    (EventKind::CardState, serde_json::to_string(change))
                }
                CallActivity::Question(next) => (EventKind::Question, serde_json::to_string(next)),
                CallActivity::Ended(ended) => (EventKind::CallEnded, serde_json::to_string(ended)),
            };
            let data: Arc<str> = json.unwrap_or_default().into();
            let about = call.about(&news);
            self.stream
                .tell(kind, Arc::clone(&data), Arc::clone(&about));
            for agent in &self.listeners().now {
                agent.tell(kind, Arc::clone(&data), Arc::clone(&about));
            }
        }
        self.active_ms
            .store(call.active_at().timestamp_millis(), Ordering::Release);
        if let Some(ended_at) = call.ended_at() {
            let ended_ms = match call.is_erased() {
                true => ERASED,
                false => ended_at.timestamp_millis(),
            };
            self.ended_ms.store(ended_ms, Ordering::Release);
            self.stream.close();
        }
    }

    /// Takes what was told of the call off all its streams; readers who are behind are told that they missed some.
    pub(super) fn clear_streams(&self) {
        self.stream.clear();
        let listeners = self.listeners();
        let left = listeners.before.iter();
        left.filter_map(|(stream, _)| stream.upgrade())
            .chain(listeners.now.iter().cloned())
            .for_each(|agent| agent.clear());
    }
}

/// The call of that id that is the caller's; an admin's own first, else the newest of any caller.
pub(super) fn owned(
    calls: &HashMap<String, Vec<Arc<CallEntry>>>,
    caller: &Caller,
    call_id: &str,
) -> Option<Arc<CallEntry>> {
    let seats = calls.get(call_id)?;
    let own = seats.iter().find(|seat| seat.owner == caller.name);
    own.or_else(|| seats.last().filter(|_| caller.admin))
        .cloned()
}

/// Where there are `limit` calls or more, takes one out to make room for a new call of `owner`, and returns it; None where
/// there was room. The one to go is, in this order:
///
/// 1. of the owner with the most ended calls, the one that ended first;
/// 2. of the owner with the most quiet calls, if those are more than `owner` has, the one that has been quiet longest.
///
/// So whoever fills the server makes room for others, and calls that are being spoken in stay.
///
/// # Errors
/// `TooManyCalls` where there is neither.
pub(super) fn make_room(
    calls: &mut HashMap<String, Vec<Arc<CallEntry>>>,
    limit: usize,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<Option<Arc<CallEntry>>, LiveError> {
    if calls.values().map(Vec::len).sum::<usize>() < limit {
        return Ok(None);
    }
    let ended = largest(holdings(calls, CallEntry::ended_ms).into_values());
    let held = ended.or_else(|| {
        let quiet = holdings(calls, |seat| seat.quiet_ms(now));
        let own = quiet.get(owner).map_or(0, |held| held.count);
        largest(quiet.into_values().filter(|held| held.count > own))
    });
    let Some(Holding { seat, .. }) = held else {
        return Err(LiveError::TooManyCalls { limit });
    };
    let seat = Arc::clone(seat);
    if let Some(seats) = calls.get_mut(&seat.id) {
        seats.retain(|other| !Arc::ptr_eq(other, &seat));
        if seats.is_empty() {
            calls.remove(&seat.id);
        }
    }
    Ok(Some(seat))
}

/// Calls of one kind that an owner has: how many, and the oldest.
struct Holding<'a> {
    count: usize,
    since_ms: i64,
    seat: &'a Arc<CallEntry>,
}

/// Calls of one kind by owner; of that kind are those which tell since when.
fn holdings<'a>(
    calls: &'a HashMap<String, Vec<Arc<CallEntry>>>,
    since: impl Fn(&CallEntry) -> Option<i64>,
) -> HashMap<&'a str, Holding<'a>> {
    let mut holdings: HashMap<&str, Holding> = HashMap::new();
    for seat in calls.values().flatten() {
        let Some(since_ms) = since(seat) else {
            continue;
        };
        let first = Holding {
            count: 0,
            since_ms,
            seat,
        };
        let held = holdings.entry(&seat.owner).or_insert(first);
        if since_ms < held.since_ms {
            (held.since_ms, held.seat) = (since_ms, seat);
        }
        held.count += 1;
    }
    holdings
}

fn largest<'a>(holdings: impl Iterator<Item = Holding<'a>>) -> Option<Holding<'a>> {
    holdings.max_by_key(|held| (held.count, Reverse(held.since_ms)))
}
