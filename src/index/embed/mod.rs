//! Embeddings: texts in, unit vectors out. And rerankers: a question and texts in, scores out.
//!
//! The only place that names fastembed and ONNX Runtime. Owns the model behind a small trait, its deterministic fake for
//! tests, and the cache that keeps the vector of every text ever embedded. Leaves storing and searching vectors to
//! `index::vector`.

pub mod cache;
mod hashed;
mod hub;
mod onnx;
mod questions;
pub mod repack;
mod reranker;
mod runtime;
mod session;

pub use hashed::HashedEmbedder;
#[cfg(test)]
pub use hashed::Watched;
pub use hub::{HubEmbedder, HubOptions};
pub use onnx::{OnnxEmbedder, OnnxOptions};
pub use reranker::{Reranker, RerankerOptions};

/// A vector of unit length.
pub type Vector = Vec<f32>;

/// A text of the index, by what it is compared as: E5 was trained with a prefix for each side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Prose that may hold an answer.
    Passage(String),
    /// What somebody might ask: a title, a customer's question. Nearest to questions when embedded as one.
    Question(String),
}

impl Text {
    /// The text alone.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Passage(text) | Self::Question(text) => text,
        }
    }

    /// The text as E5 takes it.
    #[must_use]
    pub fn prefixed(&self) -> String {
        match self {
            Self::Passage(text) => format!("passage: {text}"),
            Self::Question(text) => format!("query: {text}"),
        }
    }
}

/// Why there are no embeddings.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The model's folder or the runtime library is not there.
    #[error("{what} not found at {path}: run `make model`, or name its place in the configuration")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// Where it was looked for.
        path: String,
    },
    /// The runtime library cannot be used.
    #[error(
        "ONNX Runtime at {path} cannot be used: {detail}; run `make model` to fetch a fitting one"
    )]
    Runtime {
        /// The library.
        path: String,
        /// What the loader said.
        detail: String,
    },
    /// The hub cannot be reached.
    #[error(
        "model was not downloaded: {0}; check the network, or run `make model` and leave `model` empty"
    )]
    Hub(String),
    /// A file of the reranker is not there.
    #[error(
        "reranker: {0} not found: `reranker.model` must be a folder with model.onnx (or onnx/model.onnx), tokenizer.json, config.json, \
         special_tokens_map.json and tokenizer_config.json, or `hub`"
    )]
    NoReranker(String),
    /// The reranker cannot be loaded or run.
    #[error(
        "reranker failed: {0}; it must be a cross-encoder with an output named logits, for ONNX Runtime"
    )]
    Reranker(String),
    /// The model cannot be loaded or run.
    #[error("embedding model failed: {0}; run `make model` to fetch it again")]
    Model(String),
    /// The model's file is not the one that was loaded.
    #[error("embedding model at {0} was replaced since the start; restart to take it up")]
    Replaced(String),
}

impl EmbedError {
    fn failed(error: impl std::fmt::Display) -> Self {
        Self::Model(error.to_string())
    }
}

/// Turns texts into unit vectors. Blocking.
pub trait Embedder: Send + Sync {
    /// Names model and preparation: vectors of different ids must never be compared.
    fn id(&self) -> &str;
    /// Numbers in a vector.
    fn dimensions(&self) -> usize;
    /// Vector of a question.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn query(&self, text: &str) -> Result<Vector, EmbedError>;
    /// Vectors of texts of the index, in order.
    ///
    /// # Errors
    /// When the model cannot be run.
    fn texts(&self, texts: &[Text]) -> Result<Vec<Vector>, EmbedError>;
}

/// Brings a vector to unit length; gives the length that it had. One of no length stays as it is.
pub fn to_unit(vector: &mut [f32]) -> f32 {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    length
}

/// Scalar product: of two vectors of unit length, their cosine. Numbers that only one has count nothing.
#[must_use]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums at once: the compiler makes vector instructions of them.
    let mut sums = [0.0_f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a8.zip(b8) {
        for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
            *sum += x * y;
        }
    }
    sums.iter().sum::<f32>() + rest
}
