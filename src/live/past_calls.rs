//! Calls that were forgotten: how far the events of their streams were numbered.
//!
//! A call that is opened again under such an id goes on from there: a reader who comes back to it must not take a new event
//! for one of the call before. What a server before this one numbered is not known.

use std::hash::{DefaultHasher, Hash, Hasher};

use moka::{policy::EvictionPolicy, sync::Cache};

use super::call_entry::CallEntry;

/// Calls remembered, at a hundred bytes each; past that the one that was forgotten first is numbered from 1 again.
const CALLS: u64 = 100_000;

/// The number of the last event by owner and id, of which a hash is kept: ids may name people.
pub(super) struct PastCalls(Cache<u64, u64>);

impl Default for PastCalls {
    fn default() -> Self {
        let cache = Cache::builder().max_capacity(CALLS);
        Self(cache.eviction_policy(EvictionPolicy::lru()).build())
    }
}

impl PastCalls {
    /// Takes note of a call that is forgotten.
    pub(super) fn put(&self, call: &CallEntry) {
        self.0
            .insert(key(&call.owner, &call.id), call.stream.last());
    }

    /// Number of the last event of a call that was forgotten; 0 where none was.
    pub(super) fn last(&self, owner: &str, call_id: &str) -> u64 {
        self.0.get(&key(owner, call_id)).unwrap_or_default()
    }
}

fn key(owner: &str, call_id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (owner, call_id).hash(&mut hasher);
    hasher.finish()
}
