//! Vectors of gap questions, computed in the background so that a report does not wait for the model.

use std::sync::{Arc, OnceLock};

use moka::{policy::EvictionPolicy, sync::Cache};

use crate::{
    index::embed::{Embedder as _, HashedEmbedder, Vector},
    search::contrast::common,
};

/// Computes a question's vector; None if the model fails.
pub type Embed = Arc<dyn Fn(&str) -> Option<Arc<Vector>> + Send + Sync>;

/// Vectors cached, least recently used first out: 1.6 kB each. A report clusters as many questions.
pub(super) const KEPT: usize = 10_000;

/// Clustering threshold for the model's vectors: mean cosine after the mean of all questions is subtracted. Set by hand, not
/// measured.
const SAME_MEANING: f32 = 0.48;

/// The same for bag-of-words vectors; also set by hand.
const SAME_WORDS: f32 = 0.5;

/// Vectors of questions.
pub(super) struct Meaning {
    embed: Option<Embed>,
    common: OnceLock<Vector>,
    known: Cache<String, Arc<Vector>>,
}

impl Meaning {
    /// From a model; without one, from words.
    pub(super) fn new(embed: Option<Embed>) -> Self {
        Self {
            embed,
            common: OnceLock::new(),
            known: Cache::builder()
                .max_capacity(KEPT as u64)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        }
    }

    /// Clustering threshold.
    pub(super) fn threshold(&self) -> f32 {
        if self.embed.is_some() {
            SAME_MEANING
        } else {
            SAME_WORDS
        }
    }

    /// The mean vector of all questions; empty for bag-of-words vectors, and if the model fails.
    pub(super) fn common(&self) -> &[f32] {
        let Some(embed) = &self.embed else {
            return &[];
        };
        if let Some(known) = self.common.get() {
            return known;
        }
        // A model that fails may work the next time.
        common(|text| embed(text)).map_or(&[], |found| self.common.get_or_init(|| found))
    }

    /// The vector of a question.
    pub(super) fn vector(&self, text: &str) -> Option<Arc<Vector>> {
        if let Some(known) = self.known.get(text) {
            return Some(known);
        }
        let vector = match &self.embed {
            Some(embed) => embed(text),
            None => HashedEmbedder.query(text).ok().map(Arc::new),
        };
        // A model that fails may work the next time.
        let vector = vector?;
        self.known.insert(text.to_owned(), Arc::clone(&vector));
        Some(vector)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_question_too_many_takes_no_more_than_one_vector() {
        let made = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&made);
        let meaning = Meaning::new(Some(Arc::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            Some(Arc::new(vec![1.0]))
        })));
        let ask = |range: std::ops::Range<usize>| {
            range.for_each(|n| drop(meaning.vector(&n.to_string())));
            made.load(Ordering::Relaxed)
        };
        assert_eq!(ask(0..KEPT + 10), KEPT + 10);
        assert_eq!(ask(KEPT / 2..KEPT + 10), KEPT + 10, "the newest are kept");
    }
}
