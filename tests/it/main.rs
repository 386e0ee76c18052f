//! What must hold of the whole, in one binary.
//!
//! - [`agents`]: AI agents get what their key lets them see, in few tokens, quoted.
//! - [`relevance`]: search and calls on the project's own questions stay as good as they were.
//! - [`source`]: the source as text, for the checks.
//! - [`tidy`]: modules, files and words of the source keep to their places.

#![allow(clippy::unwrap_used)] // a test may fail loudly

mod agents;
mod relevance;
mod source;
mod tidy;
