//! A place at the desk: one call with its lock and its streams, and the map of all of them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use super::{
    Caller, EventKind, LiveError,
    call::{Call, News},
    streams::Stream,
    witness::{Witness, tell},
};
use crate::search::types::Audience;

/// A call with its lock and its streams.
pub(super) struct Seat {
    pub(super) owner: String,
    /// What the owner may see.
    pub(super) audience: Audience,
    pub(super) call: Mutex<Call>,
    pub(super) stream: Arc<Stream>,
    /// The agent's streams: the owner's and the admins'. Locked after the call, never before it.
    pub(super) agents: Mutex<Vec<Arc<Stream>>>,
    /// Are told everything too.
    pub(super) witnesses: Vec<Arc<dyn Witness>>,
    /// When it ended, in milliseconds since 1970; `OPEN` before.
    pub(super) ended_ms: AtomicI64,
}

pub(super) const OPEN: i64 = i64::MIN;

/// When the call of a customer who was erased has ended: long ago.
pub(super) const ERASED: i64 = 0;

impl Seat {
    pub(super) fn lock(&self) -> MutexGuard<'_, Call> {
        self.call.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_open(&self) -> bool {
        self.ended_ms.load(Ordering::Acquire) == OPEN
    }

    /// What both the owner and that caller may see: what is decided goes to the streams of one and to the other.
    pub(super) fn shared_with(&self, caller: &Caller) -> Audience {
        self.audience.both(&caller.audience)
    }

    fn agents(&self) -> MutexGuard<'_, Vec<Arc<Stream>>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An agent takes the call: their streams hear of it from its beginning, those of the agent before no more. The call must be
    /// locked.
    pub(super) fn hand_over(&self, agents: Vec<Arc<Stream>>) {
        let mut past = self.stream.watch(None);
        while let Some(event) = past.take() {
            for agent in &agents {
                agent.tell(
                    event.kind,
                    Arc::clone(&event.data),
                    Arc::clone(&event.about),
                );
            }
        }
        *self.agents() = agents;
    }

    /// Tells the streams what the call has to tell.
    pub(super) fn publish(&self, call: &mut Call) {
        for news in call.take_news() {
            for witness in &self.witnesses {
                tell(witness.as_ref(), &self.owner, call, &news);
            }
            let (kind, json) = match &news {
                News::Asked(_) | News::Engaged(_) | News::Opened => continue,
                News::Card(card) => (EventKind::Card, serde_json::to_string(card)),
                News::State(change) => (EventKind::CardState, serde_json::to_string(change)),
                News::Question(next) => (EventKind::Question, serde_json::to_string(next)),
                News::Ended(ended) => (EventKind::CallEnded, serde_json::to_string(ended)),
            };
            let data: Arc<str> = json.unwrap_or_default().into();
            let about = call.about(&news);
            self.stream
                .tell(kind, Arc::clone(&data), Arc::clone(&about));
            for agent in self.agents().iter() {
                agent.tell(kind, Arc::clone(&data), Arc::clone(&about));
            }
        }
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
        self.agents().iter().for_each(|agent| agent.clear());
    }
}

/// The call of that id that is the caller's; an admin's own first, else the newest of any caller.
pub(super) fn owned(
    calls: &HashMap<String, Vec<Arc<Seat>>>,
    caller: &Caller,
    call_id: &str,
) -> Option<Arc<Seat>> {
    let seats = calls.get(call_id)?;
    let own = seats.iter().find(|seat| seat.owner == caller.name);
    own.or_else(|| seats.last().filter(|_| caller.admin))
        .cloned()
}

/// Forgets the call that ended first when there are too many.
pub(super) fn make_room(
    calls: &mut HashMap<String, Vec<Arc<Seat>>>,
    limit: usize,
) -> Result<(), LiveError> {
    if calls.values().map(Vec::len).sum::<usize>() < limit {
        return Ok(());
    }
    let ended = calls
        .iter()
        .flat_map(|(id, seats)| seats.iter().map(move |seat| (id, seat)));
    let oldest = ended
        .filter(|(_, seat)| !seat.is_open())
        .min_by_key(|(_, seat)| seat.ended_ms.load(Ordering::Acquire));
    let Some((id, seat)) = oldest.map(|(id, seat)| (id.clone(), Arc::clone(seat))) else {
        return Err(LiveError::TooManyCalls { limit });
    };
    if let Some(seats) = calls.get_mut(&id) {
        seats.retain(|other| !Arc::ptr_eq(other, &seat));
        if seats.is_empty() {
            calls.remove(&id);
        }
    }
    Ok(())
}
