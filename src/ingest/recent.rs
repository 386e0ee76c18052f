//! A map that keeps only its newest entries, for an endless stream of vendor events.

use std::collections::{HashMap, VecDeque};

/// Entries by name, the oldest given up for a new one.
#[derive(Debug)]
pub(super) struct Recent<V> {
    limit: usize,
    entries: HashMap<String, V>,
    /// Names, oldest first.
    order: VecDeque<String>,
}

impl<V> Recent<V> {
    /// An empty map for so many entries.
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: HashMap::new(),
            order: VecDeque::new(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&V> {
        self.entries.get(name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    /// Puts an entry in the place of one of that name, or as the newest.
    pub(super) fn put(&mut self, name: &str, value: V) {
        if self.entries.insert(name.to_owned(), value).is_some() {
            return;
        }
        self.order.push_back(name.to_owned());
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    /// Takes an entry out.
    pub(super) fn take(&mut self, name: &str) -> Option<V> {
        let taken = self.entries.remove(name)?;
        self.order.retain(|other| other != name);
        Some(taken)
    }
}
