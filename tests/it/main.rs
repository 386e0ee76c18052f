//! What must hold of the whole, in one binary.
//!
//! - [`relevance`]: search and calls on the project's own questions stay as good as they were.
//! - [`tidy`]: modules, files and words of the source keep to their places.

#![allow(clippy::unwrap_used)] // a test may fail loudly

mod relevance;
mod tidy;
