//! Cuecard: the one place a contact centre keeps its truth, and the one way it is found.
//!
//! Data flows one way; a module may use those above it, never those below (`tests/it/tidy.rs` holds it to that):
//!
//! - [`text`]: words, scripts, sentences. Pure.
//! - [`article`]: Markdown with front matter → articles, sections, passages, diagnostics. Pure.
//! - [`index`]: keyword and vector engines, embeddings, one generation.
//! - [`search`]: one retrieval core: fuse, judge, answer.
//! - [`live`]: calls, triggers, cards.
//! - [`eval`]: all of it, measured on a data set.

pub mod article;
pub mod eval;
pub mod index;
pub mod live;
pub mod search;
pub mod source;
pub mod text;
