//! The caches of the core between questions, and their sizes.

use std::{sync::Arc, time::Duration};

use chrono::NaiveDate;
use fixedbitset::FixedBitSet;
use moka::{policy::EvictionPolicy, sync::Cache};

use crate::index::embed::Vector;

/// Vectors of questions and of turns kept, 1.6 kB each and 50 MB in all: the view of 4,000 open calls. What is older is
/// embedded again.
const VECTORS: u64 = 32_000;

/// Bytes for accounts whose `when` rules are kept evaluated; beyond them, the least used are evaluated again.
const UNFIT_BYTES: u64 = 32 << 20;

/// What an entry needs beside its numbers.
const ENTRY_BYTES: usize = 200;

/// A text, whatever its length.
pub(super) type TextKey = [u8; 16];

/// Vectors by what was asked or said.
pub(super) type Vectors = Cache<TextKey, Arc<Vector>>;

/// Articles whose `when` does not hold, by generation and hash of the account.
pub(super) type Unfit = Cache<(u64, [u8; 32]), Arc<Vec<u32>>>;

/// The first 16 bytes of its hash: no two texts that anybody has share them.
pub(super) fn text_key(text: &str) -> TextKey {
    let mut key = TextKey::default();
    key.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    key
}

pub(super) fn vectors() -> Vectors {
    // A turn is asked for a few times and then never again: what is old goes, however often it was used.
    Cache::builder()
        .max_capacity(VECTORS)
        .eviction_policy(EvictionPolicy::lru())
        .build()
}

/// Bytes for sets of articles within bounds.
const WITHIN_BYTES: u64 = 16 << 20;

/// Articles within bounds, by generation, day and the bounds' hash: callers choose filters, and a hash that they can meet
/// twice would count in the bounds of others.
pub(super) type Within = Cache<(u64, NaiveDate, [u8; 32]), Arc<FixedBitSet>>;

pub(super) fn within() -> Within {
    let bytes = |articles: &FixedBitSet| ENTRY_BYTES + articles.len() / 8;
    Cache::builder()
        .max_capacity(WITHIN_BYTES)
        .weigher(move |_, articles: &Arc<FixedBitSet>| {
            u32::try_from(bytes(articles)).unwrap_or(u32::MAX)
        })
        .build()
}

pub(super) fn inapplicable() -> Unfit {
    let bytes = |articles: &Vec<u32>| ENTRY_BYTES + articles.len() * size_of::<u32>();
    Cache::builder()
        .max_capacity(UNFIT_BYTES)
        .weigher(move |_, articles: &Arc<Vec<u32>>| {
            u32::try_from(bytes(articles)).unwrap_or(u32::MAX)
        })
        .time_to_idle(Duration::from_secs(3_600))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_large_knowledge_bases_take_no_more_memory_than_of_small_ones() {
        for (articles, accounts, at_least) in [(10, 5_000, 5_000), (50_000, 300, 150)] {
            let inapplicable = inapplicable();
            for account in 0..accounts {
                inapplicable.insert((account, [0; 32]), Arc::new(vec![0; articles]));
                inapplicable.run_pending_tasks();
            }
            let kept = inapplicable.entry_count();
            assert!(kept >= at_least, "{kept} of {articles}");
            assert!(
                kept * articles as u64 * 4 <= UNFIT_BYTES,
                "{kept} of {articles}"
            );
        }
    }
}
