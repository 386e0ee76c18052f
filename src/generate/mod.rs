//! Text generation, if the operator configured an endpoint: answers, reply drafts and call summaries written by a
//! language model from given passages, each sentence with the passage that supports it.
//!
//! Owns the prompt (`prompt`), what is kept of the model's output (`citation_filter`) and requests to the endpoint
//! (`client`). Leaves finding passages, and who may see them, to `search` and `live`; the fallback when the endpoint
//! fails, to the caller. What customers said is redacted before it is sent. Blocking: callers run it off the async
//! threads.

mod citation_filter;
mod client;
mod numbers;
mod prompt;
mod settings;
#[cfg(test)]
pub(crate) mod tests;

pub use citation_filter::Sentence;
pub use client::Generator;
pub use prompt::{Channel, Task, Tone};
pub use settings::Settings;

/// A text that may be rested on; sentences cite it by its place in the list, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// Where it comes from, in words: a title, or who spoke.
    pub name: String,
    /// The text.
    pub text: String,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Sentences that rest on a passage, in order.
    pub sentences: Vec<Sentence>,
    /// Sentences that were thrown away: they cite nothing, or nothing that there is, or numbers that do not stand there.
    pub dropped: usize,
    /// Whether the endpoint failed, or time or its room ran out, before the end.
    pub is_cut: bool,
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// It cannot be reached, or was not done in time.
    #[error("the generating endpoint cannot be reached: {0}; check generate.url and the network")]
    Unreachable(String),
    /// It said no.
    #[error("the generating endpoint answered {0}; check generate.model and the key")]
    Refused(u16),
    /// It failed several times in a row and is not asked for a while.
    #[error(
        "the generating endpoint keeps failing and is left alone for a while; check generate.url and the network"
    )]
    Paused,
}
