//! Streams of agents: a caller sees an agent's calls that are its own; an admin sees those of all callers.
//!
//! Owns the streams of each caller and agent, and that event numbers never repeat: when an unused stream was dropped, or
//! its server ended, a reader that reconnects to the new stream must not take new events for those it missed.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::streams::Stream;

/// An agent, and whose calls; None is every admin's.
type Name = (String, Option<String>);

/// All streams of agents.
#[derive(Debug)]
pub(super) struct Agents {
    known: Mutex<AgentStreams>,
    /// Events kept of a stream.
    capacity: usize,
}

#[derive(Debug, Default)]
struct AgentStreams {
    streams: HashMap<Name, Arc<Stream>>,
    /// The highest number of any stream that was forgotten, or of a server before this one.
    numbered: u64,
}

impl Agents {
    /// None yet; numbers go on after that one.
    pub(super) fn after(numbered: u64, capacity: usize) -> Self {
        Self {
            known: Mutex::new(AgentStreams {
                numbered,
                ..AgentStreams::default()
            }),
            capacity,
        }
    }

    /// The stream of an agent.
    pub(super) fn stream(&self, agent_id: &str, owner: Option<&str>) -> Arc<Stream> {
        let mut known = self.lock();
        let (numbered, capacity) = (known.numbered, self.capacity);
        let name = (agent_id.to_owned(), owner.map(str::to_owned));
        let stream = known.streams.entry(name);
        Arc::clone(stream.or_insert_with(|| Stream::after(numbered, capacity)))
    }

    /// The streams that are told of a call: the admins', and its owner's where that is another.
    pub(super) fn told(&self, agent_id: &str, owner: Option<&str>) -> Vec<Arc<Stream>> {
        let own = owner.map(|owner| self.stream(agent_id, Some(owner)));
        own.into_iter()
            .chain([self.stream(agent_id, None)])
            .collect()
    }

    /// Forgets streams that only this map holds: they have neither calls nor readers.
    pub(super) fn sweep(&self) {
        let mut known = self.lock();
        let mut numbered = known.numbered;
        known.streams.retain(|_, stream| {
            let is_needed = Arc::strong_count(stream) > 1;
            if !is_needed {
                numbered = numbered.max(stream.last());
            }
            is_needed
        });
        known.numbered = numbered;
    }

    fn lock(&self) -> MutexGuard<'_, AgentStreams> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
