//! What must hold of the whole, in one binary.
//!
//! - [`relevance`]: search and calls on the project's own questions stay as good as they were.
//! - [`replay`]: a recorded call is told as a timeline, with figures.
//! - [`source`]: the source as text, for the checks.
//! - [`tidy`]: modules, files and words of the source keep to their places.

#![allow(clippy::unwrap_used)] // a test may fail loudly

mod relevance;
mod replay;
mod source;
mod tidy;
