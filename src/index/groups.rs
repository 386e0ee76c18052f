//! Which articles of a generation are translations of one another.

use std::{collections::hash_map::Entry, sync::Arc};

use rustc_hash::FxHashMap;

use crate::article::Article;

/// Every article's group.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By article: the first of its group.
    first: Vec<u32>,
    /// All members of groups of several, by the first, in their order.
    members: FxHashMap<u32, Vec<u32>>,
}

impl Groups {
    pub(super) fn among(articles: &[Arc<Article>]) -> Self {
        let mut groups = Self::default();
        let mut firsts: FxHashMap<&str, u32> = FxHashMap::default();
        for (at, article) in (0_u32..).zip(articles) {
            let original = article.translation_of.as_deref().unwrap_or(&article.id);
            let first = match firsts.entry(original) {
                Entry::Vacant(entry) => *entry.insert(at),
                Entry::Occupied(entry) => {
                    let first = *entry.get();
                    let members = groups.members.entry(first);
                    members.or_insert_with(|| vec![first]).push(at);
                    first
                }
            };
            groups.first.push(first);
        }
        groups
    }

    pub(super) fn first(&self, article: u32) -> u32 {
        self.first[article as usize]
    }

    pub(super) fn members(&self, article: u32) -> &[u32] {
        let members = self.members.get(&self.first(article));
        members.map_or(&[], Vec::as_slice)
    }
}
