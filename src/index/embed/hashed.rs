//! The model's deterministic fake: hashed words and their neighbours, no meaning. For tests without the model.

use super::{EmbedError, Embedder, Text, Vector, to_unit};
use crate::text::words;

const DIMENSIONS: usize = 256;

/// Counts hashed words; texts that share words are close.
#[derive(Debug, Default, Clone, Copy)]
pub struct HashedEmbedder;

impl HashedEmbedder {
    fn embed(text: &str) -> Vector {
        let mut vector = vec![0.0_f32; DIMENSIONS];
        for word in words(text) {
            let hash = blake3::hash(word.term.as_bytes());
            let bytes = hash.as_bytes();
            let at = usize::from(u16::from_le_bytes([bytes[0], bytes[1]])) % DIMENSIONS;
            vector[at] += if bytes[2] & 1 == 0 { 1.0 } else { -1.0 };
        }
        // A text without words still needs a direction.
        if vector.iter().all(|x| *x == 0.0) {
            vector[0] = 1.0;
        }
        to_unit(&mut vector);
        vector
    }
}

impl Embedder for HashedEmbedder {
    fn id(&self) -> &str {
        "hashed-words-256"
    }

    fn dimensions(&self) -> usize {
        DIMENSIONS
    }

    fn query(&self, text: &str) -> Result<Vector, EmbedError> {
        Ok(Self::embed(text))
    }

    fn texts(&self, texts: &[Text]) -> Result<Vec<Vector>, EmbedError> {
        Ok(texts
            .iter()
            .map(|text| Self::embed(text.as_str()))
            .collect())
    }
}

/// The same for tests, with something that is asked before texts are embedded.
#[cfg(test)]
pub struct Watched<F>(pub F);

#[cfg(test)]
impl<F: Fn(&[Text]) -> Result<(), EmbedError> + Send + Sync> Embedder for Watched<F> {
    fn id(&self) -> &str {
        HashedEmbedder.id()
    }

    fn dimensions(&self) -> usize {
        HashedEmbedder.dimensions()
    }

    fn query(&self, text: &str) -> Result<Vector, EmbedError> {
        HashedEmbedder.query(text)
    }

    fn texts(&self, texts: &[Text]) -> Result<Vec<Vector>, EmbedError> {
        (self.0)(texts)?;
        HashedEmbedder.texts(texts)
    }
}
