//! Random tokens that are valid for a while. Their number is limited, and a tenth of it is the limit of one holder, who
//! loses their own oldest token beyond it and nobody else's.

use std::{
    collections::VecDeque,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use moka::{policy::EvictionPolicy, sync::Cache};

use crate::keys::{KeyHash, random_token};

/// Holders of as many tokens as there can be.
const SHARE: u64 = 10;

/// Tokens in force by their hashes, and whose they are.
pub(super) struct TokenStore<H, V> {
    open: Cache<KeyHash, V>,
    /// The oldest first; those that ended in between are found out when there are too many.
    held: Cache<H, Arc<Mutex<VecDeque<KeyHash>>>>,
    each: usize,
}

impl<H, V> TokenStore<H, V>
where
    H: Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// At most `all` of them, beyond which the least used ones end, each for so long.
    pub(super) fn new(all: u64, lifetime: Duration) -> Self {
        Self {
            open: Cache::builder()
                .max_capacity(all)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(lifetime)
                .build(),
            held: Cache::builder()
                .max_capacity(all)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_idle(lifetime)
                .build(),
            each: usize::try_from(all / SHARE).unwrap_or(usize::MAX),
        }
    }

    /// Gives out a token, which is known to nobody else.
    pub(super) fn give(&self, holder: H, value: V) -> String {
        let token = random_token();
        let name = KeyHash::of(&token);
        self.open.insert(name, value);
        let held = self.held.get_with(holder, Arc::default);
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= self.each {
            held.retain(|name| self.open.contains_key(name));
        }
        while held.len() >= self.each
            && let Some(oldest) = held.pop_front()
        {
            self.open.invalidate(&oldest);
        }
        held.push_back(name);
        token
    }

    /// What a token stands for.
    pub(super) fn get(&self, token: &str) -> Option<V> {
        self.open.get(&KeyHash::of(token))
    }

    /// Whether the token of that hash is in force.
    pub(super) fn is_open(&self, token: KeyHash) -> bool {
        self.open.contains_key(&token)
    }

    /// What a token stood for: it ends.
    pub(super) fn take(&self, token: &str) -> Option<V> {
        self.open.remove(&KeyHash::of(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> TokenStore<u64, ()> {
        TokenStore::new(100, Duration::from_secs(60))
    }

    #[test]
    fn whoever_takes_too_many_loses_their_own_oldest() {
        let tokens = tokens();
        let other = tokens.give(0, ());
        let own: Vec<String> = (0..500).map(|_| tokens.give(1, ())).collect();
        let open: Vec<bool> = own.iter().map(|one| tokens.get(one).is_some()).collect();
        let expected: Vec<bool> = (0..500).map(|n| n >= 490).collect();
        assert_eq!(open, expected);
        assert!(tokens.get(&other).is_some());
        // Those that ended make room.
        for token in &own[495..] {
            assert!(tokens.take(token).is_some() && tokens.take(token).is_none());
        }
        for _ in 0..5 {
            tokens.give(1, ());
        }
        assert!(tokens.get(&own[490]).is_some());
    }

    #[test]
    fn beyond_the_bound_the_newest_stays() {
        let tokens = tokens();
        for holder in 0..100 {
            tokens.give(holder, ());
        }
        tokens.open.run_pending_tasks();
        let newest = tokens.give(100, ());
        tokens.open.run_pending_tasks();
        assert!(tokens.get(&newest).is_some());
        assert_eq!(tokens.open.entry_count(), 100);
    }
}
