//! Groups of translations: which articles of a generation are translations of one another.

use std::{collections::hash_map::Entry, sync::Arc};

use rustc_hash::FxHashMap;

use crate::article::{self, Article};

/// Every article's group.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// By article: the first of its group.
    first: Vec<u32>,
    /// All members of groups of several, by the first, in their order.
    members: FxHashMap<u32, Vec<u32>>,
}

/// What an article and its translations have in common: the id of the article that they all translate, whether it is there
/// or not. `get` finds articles by id.
pub(super) fn original<'a>(
    article: &'a Article,
    get: impl Fn(&str) -> Option<&'a Article>,
) -> &'a str {
    let last = article::original(article, &get);
    let missing = last.translation_of.as_deref();
    missing.filter(|id| get(id).is_none()).unwrap_or(&last.id)
}

impl Groups {
    /// Groups articles by their [`original`].
    pub(super) fn among<'a>(
        articles: &'a [Arc<Article>],
        get: impl Fn(&str) -> Option<&'a Article>,
    ) -> Self {
        let mut groups = Self::default();
        let mut firsts: FxHashMap<&str, u32> = FxHashMap::default();
        for (at, article) in (0_u32..).zip(articles) {
            let first = match firsts.entry(original(article, &get)) {
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
