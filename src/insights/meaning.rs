//! Vectors of gap questions: made in the background, so that a report does not wait for the model.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use crate::{
    index::embed::{Embedder as _, HashedEmbedder, Vector},
    search::contrast::common,
};

/// Where a question's vector comes from; None where the model fails.
pub type Embed = Arc<dyn Fn(&str) -> Option<Arc<Vector>> + Send + Sync>;

/// Vectors kept: 1.6 kB each. All are made anew when there are more.
pub(super) const KEPT: usize = 10_000;

/// The least mean cosine within a group, after the mean of all questions was taken out: of the model's vectors.
const SAME_MEANING: f32 = 0.48;

/// The same of vectors of words.
const SAME_WORDS: f32 = 0.5;

/// Vectors of questions.
pub(super) struct Meaning {
    embed: Option<Embed>,
    common: OnceLock<Vector>,
    known: Mutex<HashMap<String, Arc<Vector>>>,
}

impl Meaning {
    /// By a model; without one, by words.
    pub(super) fn new(embed: Option<Embed>) -> Self {
        Self {
            embed,
            common: OnceLock::new(),
            known: Mutex::default(),
        }
    }

    /// How alike the questions of a group must be.
    pub(super) fn threshold(&self) -> f32 {
        if self.embed.is_some() {
            SAME_MEANING
        } else {
            SAME_WORDS
        }
    }

    /// What all questions share; empty where vectors are of words, which share nothing, and where the model fails.
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
        if let Some(known) = self.known().get(text) {
            return Some(Arc::clone(known));
        }
        let vector = match &self.embed {
            Some(embed) => embed(text),
            None => HashedEmbedder.query(text).ok().map(Arc::new),
        };
        // A model that fails may work the next time.
        let vector = vector?;
        let mut known = self.known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(text.to_owned(), Arc::clone(&vector));
        Some(vector)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Vector>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
